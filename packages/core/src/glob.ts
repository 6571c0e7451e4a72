import { VfsError } from "./error.ts";

/** How one name is compared. */
export type NameMatcher = (name: string) => boolean;

/** A step of a path pattern: `**`, a name without magic, or a matcher. */
export type Segment =
  | { readonly kind: "deep" }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "match"; readonly text: string; readonly matches: NameMatcher };

type Token =
  | { readonly kind: "any" }
  | { readonly kind: "one" }
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "class";
      readonly negated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    };

// A pattern such as {a,b}{a,b}{a,b}... doubles with each group.
const MOST_ALTERNATIVES = 1024;
// As long as a path may be.
const LONGEST_PATTERN = 4096;

/**
 * What matches a single name as find(1) does: `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}`, and `\` before a character that is
 * meant as it is. Takes time proportional to the lengths of name and pattern, whatever the pattern.
 *
 * @throws VfsError `EINVAL` for a pattern that is too long or has too many alternatives.
 */
export function nameMatcher(pattern: string): NameMatcher {
  const alternatives = expandBraces(checkLength(pattern)).map(tokenize);
  return (name) => alternatives.some((tokens) => matchTokens(tokens, name));
}

/**
 * The patterns that {@link nameMatcher} takes one pattern for, its braces resolved: what is left of magic is `*`, `?`,
 * classes and `\\`.
 */
export function namePatterns(pattern: string): string[] {
  return expandBraces(checkLength(pattern));
}

/**
 * What matches a path below a directory, name by name: `**` stands for any number of directories.
 *
 * @throws VfsError `EINVAL` for a pattern that is too long or has too many alternatives.
 */
export function pathMatcher(pattern: string): (names: readonly string[]) => boolean {
  const alternatives = namePatterns(pattern).map((text) =>
    text
      .split("/")
      .filter((step) => step !== "" && step !== ".")
      .map((step) => (step === "**" ? undefined : nameMatcher(step))),
  );
  return (names) => alternatives.some((steps) => matchSteps(steps, names));
}

/** As with `*` in a name: when what follows the last `**` does not fit, that takes one name more. */
function matchSteps(steps: readonly (NameMatcher | undefined)[], names: readonly string[]): boolean {
  let step = 0;
  let retry = -1;
  let retryAt = 0;
  for (let at = 0; at < names.length;) {
    const matches = steps[step];
    if (step < steps.length && matches === undefined) {
      retry = ++step;
      retryAt = at;
    } else if (matches?.(names[at] as string) === true) {
      step++;
      at++;
    } else if (retry >= 0) {
      step = retry;
      at = ++retryAt;
    } else {
      return false;
    }
  }
  while (step < steps.length && steps[step] === undefined) step++;
  return step === steps.length;
}

/** A path pattern, step by step, one list for each alternative. A leading dot is matched by a leading dot only. */
export function pathPatterns(pattern: string): Segment[][] {
  return expandBraces(checkLength(pattern)).map((alternative) =>
    alternative
      .split("/")
      .filter((text) => text !== "" && text !== ".")
      .map(toSegment)
      .filter(({ kind }, index, all) => kind !== "deep" || all[index - 1]?.kind !== "deep"),
  );
}

function checkLength(pattern: string): string {
  if (pattern.length <= LONGEST_PATTERN) return pattern;
  throw new VfsError("EINVAL", { hint: `a pattern has at most ${LONGEST_PATTERN} characters` });
}

function toSegment(text: string): Segment {
  if (text === "..")
    throw new VfsError("EINVAL", { hint: 'a pattern cannot contain ".."; give a cwd instead' });
  if (text === "**") return { kind: "deep" };
  const tokens = tokenize(text);
  if (tokens.every(({ kind }) => kind === "text"))
    return { kind: "name", name: tokens.map((token) => (token.kind === "text" ? token.text : "")).join("") };
  const dotted = text.startsWith(".");
  return {
    kind: "match",
    text,
    matches: (name) => (dotted || !name.startsWith(".")) && matchTokens(tokens, name),
  };
}

function expandBraces(pattern: string): string[] {
  let done: string[] = [""];
  for (let i = 0; i < pattern.length;) {
    const close = pattern[i] === "{" ? closingBrace(pattern, i) : -1;
    const parts = close < 0 ? [] : splitAlternatives(pattern.slice(i + 1, close));
    if (parts.length < 2) {
      const step = pattern[i] === "\\" ? 2 : 1;
      const text = pattern.slice(i, i + step);
      done = done.map((head) => head + text);
      i += step;
      continue;
    }
    const tails = parts.flatMap(expandBraces);
    if (done.length * tails.length > MOST_ALTERNATIVES)
      throw new VfsError("EINVAL", {
        hint: `a pattern may stand for at most ${MOST_ALTERNATIVES} alternatives`,
      });
    done = done.flatMap((head) => tails.map((tail) => head + tail));
    i = close + 1;
  }
  return done;
}

function closingBrace(pattern: string, open: number): number {
  let depth = 0;
  for (let i = open; i < pattern.length; i++) {
    if (pattern[i] === "\\") i++;
    else if (pattern[i] === "{") depth++;
    else if (pattern[i] === "}" && --depth === 0) return i;
  }
  return -1;
}

function splitAlternatives(inner: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < inner.length; i++) {
    if (inner[i] === "\\") i++;
    else if (inner[i] === "{") depth++;
    else if (inner[i] === "}") depth--;
    else if (inner[i] === "," && depth === 0) {
      parts.push(inner.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, inner.slice(from)];
}

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  // By code points, so that `?` is a whole character.
  const characters = Array.from(pattern);
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    const close = character === "[" ? closingBracket(characters, i) : -1;
    if (character === "*") {
      if (tokens.at(-1)?.kind !== "any") tokens.push({ kind: "any" });
    } else if (character === "?") {
      tokens.push({ kind: "one" });
    } else if (close > 0) {
      tokens.push(classToken(characters.slice(i + 1, close)));
      i = close;
    } else {
      if (character === "\\" && i + 1 < characters.length) i++;
      tokens.push({ kind: "text", text: characters[i] as string });
    }
  }
  return tokens;
}

function closingBracket(characters: readonly string[], open: number): number {
  // A bracket right behind the opening one, or behind its `!`, is meant as it is.
  const first = open + (characters[open + 1] === "!" || characters[open + 1] === "^" ? 3 : 2);
  return characters.indexOf("]", first);
}

function classToken(inner: readonly string[]): Token {
  const negated = inner[0] === "!" || inner[0] === "^";
  const members = negated ? inner.slice(1) : inner;
  const ranges: [string, string][] = [];
  for (let i = 0; i < members.length; i++) {
    const from = members[i] as string;
    const isRange = members[i + 1] === "-" && i + 2 < members.length;
    ranges.push([from, isRange ? (members[i + 2] as string) : from]);
    if (isRange) i += 2;
  }
  return { kind: "class", negated, ranges };
}

function matchTokens(tokens: readonly Token[], name: string): boolean {
  const characters = Array.from(name);
  let token = 0;
  let at = 0;
  // Where to go on when what follows the last `*` does not fit: that `*` takes one character more.
  let retryToken = -1;
  let retryAt = 0;
  while (at < characters.length) {
    const current = tokens[token];
    if (current?.kind === "any") {
      retryToken = ++token;
      retryAt = at;
    } else if (current !== undefined && matchOne(current, characters[at] as string)) {
      token++;
      at++;
    } else if (retryToken >= 0) {
      token = retryToken;
      at = ++retryAt;
    } else {
      return false;
    }
  }
  while (tokens[token]?.kind === "any") token++;
  return token === tokens.length;
}

function matchOne(token: Token, character: string): boolean {
  switch (token.kind) {
    case "one":
      return true;
    case "text":
      return token.text === character;
    case "class":
      return token.ranges.some(([from, to]) => character >= from && character <= to) !== token.negated;
    case "any":
      return false;
  }
}
