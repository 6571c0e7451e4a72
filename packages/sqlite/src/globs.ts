import { namePatterns } from "@vfs/core";

// Each is one more comparison a row.
const MOST_GLOBS = 8;

/**
 * Patterns for SQLite's GLOB that match at least what any of these matches; none where that would be too many.
 *
 * SQLite compares by going back to each `*`, which takes time by the power of their number: only two are left, and what
 * lies between more is not looked at. Nor is a class, whose rules are others there: it stands for any character.
 *
 * @see https://sqlite.org/lang_expr.html#the_like_glob_regexp_match_and_extract_operators
 */
export function globsOf(patterns: readonly string[]): string[] {
  const globs = patterns.flatMap(namePatterns).map(toGlob);
  return globs.length > MOST_GLOBS ? [] : globs;
}

function toGlob(pattern: string): string {
  const tokens = tokensOf(pattern);
  const stars = tokens.flatMap((token, at) => (token === "*" ? [at] : []));
  const [first = 0] = stars;
  const kept =
    stars.length <= 2 ? tokens : [...tokens.slice(0, first + 1), ...tokens.slice((stars.at(-1) ?? 0) + 1)];
  return kept.join("");
}

function tokensOf(pattern: string): string[] {
  const tokens: string[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    const close = character === "[" ? closingBracket(characters, at) : -1;
    if (close > 0) {
      tokens.push("?");
      at = close;
    } else if (character === "*" || character === "?") {
      if (character === "?" || tokens.at(-1) !== "*") tokens.push(character);
    } else {
      if (character === "\\" && at + 1 < characters.length) at++;
      const text = characters[at] as string;
      tokens.push("*?[".includes(text) ? `[${text}]` : text);
    }
  }
  return tokens;
}

/** As core finds it: a bracket right behind the opening one, or behind its `!`, is meant as it is. */
function closingBracket(characters: readonly string[], open: number): number {
  const negated = characters[open + 1] === "!" || characters[open + 1] === "^";
  return characters.indexOf("]", open + (negated ? 3 : 2));
}
