import type { GrepOptions, GrepPattern } from "./options.ts";

/** Finds the first match in a text at or behind `from`: where it begins and ends, in UTF-16 units. */
export interface Searcher {
  search(text: string, from: number): readonly [start: number, end: number] | undefined;
}

/** What a `RegExp` with the flag `g` has, and RE2 too. */
export interface RegExpLike {
  lastIndex: number;
  exec(text: string): { readonly index: number; readonly 0: string } | null;
}

/** Makes something that searches out of an expression. The flags are those of the expression, and `g`. */
export type RegexEngine = (source: string, flags: string) => Searcher | RegExpLike;

/** What lines are searched for. */
export interface Wanted extends Searcher {
  /** A text that occurs in every line that matches, where one is known. */
  readonly text: string | undefined;
}

/**
 * What a pattern is searched by.
 *
 * @throws TypeError when it is neither a text nor an expression; whatever the engine throws.
 */
export function searcherFor(
  pattern: GrepPattern,
  { ignoreCase = false, engine = native }: GrepOptions,
): Wanted {
  const patterns: readonly (string | RegExp)[] =
    typeof pattern === "string" || pattern instanceof RegExp ? [pattern] : pattern;
  if (!Array.isArray(patterns) || patterns.length === 0)
    throw new TypeError("the pattern must be a string, a RegExp, or an array of these that is not empty");
  const all = patterns.map((one) => wantedFor(one, ignoreCase, engine));
  const [first] = all;
  return first !== undefined && all.length === 1 ? first : { text: undefined, search: anyOf(all) };
}

function wantedFor(pattern: string | RegExp, ignoreCase: boolean, engine: RegexEngine): Wanted {
  if (typeof pattern === "string") {
    // A text without choice or repetition keeps no engine busy.
    if (ignoreCase && pattern !== "")
      return { text: undefined, search: searchOf(native(pattern.replace(SPECIAL, "\\$&"), "giu")) };
    return { text: pattern === "" ? undefined : pattern, search: textSearch(pattern) };
  }
  if (!(pattern instanceof RegExp))
    throw new TypeError(`a pattern must be a string or a RegExp, got ${typeof pattern}`);
  const { source } = pattern;
  // With `y` only the beginning of a line would be looked at.
  const flags = new Set(pattern.flags.replace("y", "").concat("g", ignoreCase ? "i" : ""));
  return {
    text: flags.has("i") ? undefined : textIn(source),
    // A new one: whoever gave it may be using its `lastIndex`.
    search: searchOf(engine(source, [...flags].join(""))),
  };
}

// What means more than itself in an expression with the flag `u`.
const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;

function native(source: string, flags: string): RegExpLike {
  return new RegExp(source, flags);
}

function textSearch(text: string): Searcher["search"] {
  return (line, from) => {
    const at = line.indexOf(text, from);
    return at < 0 ? undefined : [at, at + text.length];
  };
}

function searchOf(compiled: Searcher | RegExpLike): Searcher["search"] {
  if ("search" in compiled && !("exec" in compiled)) return (text, from) => compiled.search(text, from);
  const expression = compiled as RegExpLike;
  return (text, from) => {
    expression.lastIndex = from;
    const match = expression.exec(text);
    return match === null ? undefined : [match.index, match.index + match[0].length];
  };
}

function anyOf(all: readonly Searcher[]): Searcher["search"] {
  return (text, from) => {
    let first: readonly [number, number] | undefined;
    for (const one of all) {
      const found = one.search(text, from);
      if (found !== undefined && (first === undefined || found[0] < first[0])) first = found;
    }
    return first;
  };
}

/** The longest text that an expression cannot match without; undefined where it is not plain to see. */
function textIn(source: string): string | undefined {
  // Choices, groups, classes and escapes: what lies in them may be left out, or stand for something else.
  if (/[|()[\]{}\\]/.test(source)) return undefined;
  // What stands in front of `*` or `?` need not be there; in front of `+` it is there, but then perhaps again.
  const runs = source.replaceAll(/[^](?=[*?])/gu, "\n").split(/[\n*?+.^$]/);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  return longest === "" ? undefined : longest;
}
