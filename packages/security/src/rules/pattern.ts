import { namePatterns, nameMatcher, type NameMatcher } from "@vfs/core";

/** What one name, or any number of them, of a path must be. */
export type Step =
  | { readonly kind: "deep" }
  | { readonly kind: "name"; readonly name: string }
  /** Every name that ends so; it begins with a dot. */
  | { readonly kind: "suffix"; readonly suffix: string }
  | { readonly kind: "match"; readonly text: string; readonly matches: NameMatcher };

/** The steps of a path from the root on. */
export type Pattern = readonly Step[];

const DEEP: Step = { kind: "deep" };

/** Exactly one path. */
export function exactly(names: readonly string[]): Pattern {
  return names.map((name) => ({ kind: "name", name }));
}

/** A path and everything below it. */
export function below(names: readonly string[]): Pattern {
  return [...exactly(names), DEEP];
}

/**
 * The names of a path in a rule.
 *
 * @throws TypeError unless it is absolute and without `.` and `..`.
 */
export function pathSteps(path: string, rule: string): readonly string[] {
  const names = path.split("/").filter(Boolean);
  if (!path.startsWith("/") || names.some((name) => name === "." || name === "..") || path.includes("\0"))
    throw new TypeError(`rule "${rule}": a path begins with "/" and has no "." or "..", got "${path}"`);
  return names;
}

/** The patterns that a glob stands for, its braces resolved. */
export function globSteps(glob: string): readonly Pattern[] {
  return namePatterns(glob).map((text) => {
    const steps = text.split("/").filter((step) => step !== "" && step !== ".");
    if (steps.includes("..")) throw new TypeError(`a glob has no "..", got "${glob}"`);
    const pattern = steps.map(stepOf);
    const anywhere = !text.includes("/") ? [DEEP, ...pattern] : pattern;
    return anywhere.filter(({ kind }, i) => kind !== "deep" || anywhere[i - 1]?.kind !== "deep");
  });
}

function stepOf(text: string): Step {
  if (text === "**") return DEEP;
  const literal = literalOf(text);
  if (literal !== undefined) return { kind: "name", name: literal };
  const rest = text.startsWith("*.") ? literalOf(text.slice(1)) : undefined;
  if (rest !== undefined) return { kind: "suffix", suffix: rest };
  return { kind: "match", text, matches: nameMatcher(text) };
}

/** The text that a pattern without magic stands for. */
function literalOf(text: string): string | undefined {
  let literal = "";
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if ("*?[".includes(character)) return undefined;
    literal += character === "\\" && i + 1 < text.length ? (text[++i] as string) : character;
  }
  return literal;
}
