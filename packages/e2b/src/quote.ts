/**
 * Quotes a text so that a shell takes it as one word, whatever is in it. Every text that reaches a shell goes through
 * here.
 *
 * @throws TypeError for a text with a NUL, which no word can have.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02
 */
export function quoted(text: string): string {
  if (text.includes("\0")) throw new TypeError("a word of a shell cannot have a NUL in it");
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
