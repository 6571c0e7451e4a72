import { linearRegex } from "@vfs/core/linear-regex";
import { kindsOf, type ContentKind } from "../content-kind.ts";
import { ALL, CREATE, READ, sumOf, WRITE } from "../operation-class.ts";
import { fold } from "./fold.ts";
import { below, exactly, globSteps, pathSteps, type Pattern } from "./pattern.ts";
import { toRule, type Rule, type RuleLike } from "./rule.ts";

/** Whether rules refuse or let through. */
export type Effect = "allow" | "deny";

/** A rule as it is worked with. */
export interface CompiledRule {
  readonly effect: Effect;
  readonly name: string;
  /** Where in its list it stands: of several that refuse a call, the first is told. */
  readonly order: number;
  /** The sum of its classes. */
  readonly classes: number;
  readonly actors: ReadonlySet<string> | undefined;
  /** Where it may hold: step by step. */
  readonly patterns: readonly Pattern[];
  /** What must hold beside that; undefined when nothing must. */
  readonly holds: ((path: string, name: string) => boolean) | undefined;
  /** Whether content of this kind is meant; undefined when any is. */
  readonly content: ((kind: ContentKind) => boolean) | undefined;
}

/**
 * Compiles rules.
 *
 * @param folded For a store in which `a` and `A` are one name.
 * @throws TypeError for a rule that makes no sense; VfsError `EINVAL` for a glob or an expression that is too large, or
 * takes more than linear time.
 */
export function compileRules(
  effect: Effect,
  rules: readonly RuleLike[],
  folded: boolean,
): readonly CompiledRule[] {
  return rules.map((rule, order) => compileRule(effect, rule, order, folded));
}

function compileRule(effect: Effect, given: RuleLike, order: number, folded: boolean): CompiledRule {
  const rule = toRule(given, `${effect} ${order + 1}`);
  const { name, actors, operations } = rule;
  const content = contentOf(rule, effect, name);
  const holds = allOf([extensionTest(rule, name), regexTest(rule, folded)]);
  const classes = operations === undefined ? ALL : sumOf(operations);
  if (content !== undefined && operations !== undefined && (classes & ~(READ | WRITE | CREATE)) !== 0)
    throw new TypeError(`rule "${name}": content is looked at in read, write and create only`);
  return {
    effect,
    name,
    order,
    classes: content !== undefined && operations === undefined ? WRITE | CREATE : classes,
    actors: actors === undefined ? undefined : new Set(actors),
    patterns: patternsOf(rule, effect, holds !== undefined, name, folded ? fold : (text) => text),
    holds,
    content,
  };
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** `path` and `glob` both must hold where both are given: as one walk can follow only one, the other is put into it. */
function patternsOf(
  rule: Rule,
  effect: Effect,
  conditional: boolean,
  name: string,
  change: (text: string) => string,
): readonly Pattern[] {
  const paths = listOf(rule.path).map((path) => pathSteps(path, name).map(change));
  const globs = listOf(rule.glob).flatMap((glob) => globSteps(change(glob)));
  if (paths.length > 0 && globs.length > 0)
    throw new TypeError(`rule "${name}" has a path and a glob: write the path into the glob`);
  if ((rule.path !== undefined && paths.length === 0) || (rule.glob !== undefined && globs.length === 0))
    throw new TypeError(`rule "${name}" has an empty list and would never hold`);
  // A deny rule holds for what lies below too; with a condition, that is asked at each step.
  const reaches = conditional || effect === "allow" ? below : exactly;
  if (globs.length > 0) return effect === "deny" && !conditional ? globs.map(withoutEnd) : globs;
  if (paths.length > 0) return paths.map((steps) => reaches(steps));
  return literalStarts(rule).map((steps) => reaches(steps.map(change)));
}

/** What matches a directory matches what is in it: `a/**` is `a`. */
function withoutEnd(pattern: Pattern): Pattern {
  const last = pattern.findLastIndex(({ kind }) => kind !== "deep");
  return pattern.slice(0, last + 1);
}

/** Where the texts that expressions find begin, as far as that is plain to see: whole names from the root on. */
function literalStarts({ regex }: Rule): readonly (readonly string[])[] {
  const all = listOf(regex);
  return all.length === 0 ? [[]] : all.map(literalStart);
}

function literalStart({ source, flags }: RegExp): readonly string[] {
  const [, text = ""] = /^\^((?:\\?\/[\w-]+)+)\\?\/(?![*?{])/.exec(source) ?? [];
  if (/[im]/.test(flags) || source.includes("|")) return [];
  return text.replaceAll("\\", "").split("/").filter(Boolean);
}

function extensionTest({ extensions }: Rule, rule: string): CompiledRule["holds"] {
  if (extensions === undefined) return undefined;
  const wanted = new Set(extensions.map((extension) => fold(extension.replace(/^\./, ""))));
  if (wanted.has("") || wanted.size === 0)
    throw new TypeError(`rule "${rule}": an extension is what follows the dot, and not empty`);
  return (_path, name) => {
    const text = fold(name);
    for (let dot = text.indexOf("."); dot >= 0; dot = text.indexOf(".", dot + 1))
      if (wanted.has(text.slice(dot + 1))) return true;
    return false;
  };
}

function regexTest({ regex }: Rule, folded: boolean): CompiledRule["holds"] {
  if (regex === undefined) return undefined;
  const all = listOf(regex).map(({ source, flags }) => {
    const kept = flags.replaceAll(/[gyd]/g, "");
    return linearRegex(source, folded && !kept.includes("i") ? `${kept}i` : kept);
  });
  return (path) => {
    const text = folded ? path.normalize("NFC") : path;
    return all.some((expression) => expression.search(text, 0) !== undefined);
  };
}

function allOf(tests: readonly CompiledRule["holds"][]): CompiledRule["holds"] {
  const given = tests.filter((test) => test !== undefined);
  if (given.length === 0) return undefined;
  return (path, name) => given.every((test) => test(path, name));
}

function contentOf(rule: Rule, effect: Effect, name: string): CompiledRule["content"] {
  const { content, contentOtherThan } = rule;
  if (content === undefined && contentOtherThan === undefined) return undefined;
  if (effect === "allow")
    throw new TypeError(`rule "${name}": content is for deny rules; deny contentOtherThan these kinds`);
  const meant = content === undefined ? undefined : kindsOf(content);
  const spared = contentOtherThan === undefined ? undefined : kindsOf(contentOtherThan);
  return (kind) => (meant?.has(kind) ?? true) && !(spared?.has(kind) ?? false);
}
