import { UsageError } from "../output.ts";

/** A word of a line, and whether its `*` and `?` stand for names. */
export interface Word {
  readonly text: string;
  readonly isPattern: boolean;
}

/** What a shell would do, and the verbs do not. */
const OPERATORS = /^(?:\|\||&&|>>|[|&;<>()`])/;

/**
 * Splits a line into words as a shell does: `'a b'`, `"a b"`, `a\ b`; `#` begins a comment.
 *
 * @throws UsageError For a quote that is not closed, and for what only a real shell can do.
 */
export function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  let rest = line.trimStart();
  while (rest !== "" && !rest.startsWith("#")) {
    const [word, length] = wordAt(rest);
    words.push(word);
    rest = rest.slice(length).trimStart();
  }
  return words;
}

function wordAt(line: string): [word: Word, length: number] {
  let text = "";
  let isPattern = false;
  let at = 0;
  while (at < line.length && !/\s/.test(line[at] ?? "")) {
    const character = line[at] ?? "";
    const operator = OPERATORS.exec(line.slice(at))?.[0];
    if (operator !== undefined)
      throw new UsageError(
        `${operator}: the verbs have none; quote it when it is part of a name: '${operator}'`,
      );
    if (character === "'" || character === '"') {
      const [quoted, length] = quotedAt(line.slice(at));
      text += quoted;
      at += length;
    } else if (character === "\\") {
      text += line[at + 1] ?? "\\";
      at += 2;
    } else {
      isPattern ||= "*?[".includes(character);
      text += character;
      at++;
    }
  }
  return [{ text, isPattern }, at];
}

/** What stands between two quotes; in `"` a backslash takes the meaning of `"` and of itself. */
function quotedAt(line: string): [text: string, length: number] {
  const quote = line[0];
  let text = "";
  for (let at = 1; at < line.length; at++) {
    const character = line[at] ?? "";
    if (character === quote) return [text, at + 1];
    if (quote === '"' && character === "\\" && /["\\]/.test(line[at + 1] ?? "")) text += line[++at] ?? "";
    else text += character;
  }
  throw new UsageError(`${quote} is not closed`);
}

/** A word as {@link wordsOf} gives it back. */
export function escapedWord(text: string): string {
  return text.replaceAll(/[\s'"\\*?[\]|&;<>()`#]/g, "\\$&");
}
