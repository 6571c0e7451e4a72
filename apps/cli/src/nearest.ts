/** The word that was probably meant; undefined when none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  // As many slips as one makes in a word of that length.
  let least = Math.max(1, Math.floor(word.length * 0.4));
  for (const candidate of words) {
    const slips = distance(word.toLowerCase(), candidate.toLowerCase());
    if (slips > least || (slips === least && best !== undefined)) continue;
    least = slips;
    best = candidate;
  }
  return best;
}

/** `; did you mean ls?`, or nothing when no word is near. */
export function didYouMean(
  word: string,
  words: readonly string[],
  shown: (near: string) => string = (near) => near,
): string {
  const near = nearest(word, words);
  return near === undefined ? "" : `; did you mean ${shown(near)}?`;
}

/** How many characters are to be put in, left out, changed, or changed with the next one. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        next[j] = Math.min(next[j] ?? 0, (before[j - 2] ?? 0) + 1);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
