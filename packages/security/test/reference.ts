import { nameMatcher } from "@vfs/core";
import type { OperationClass, Rule } from "../src/index.ts";

/** What a call needs: a class at a path; `ifNew` only where there is nothing yet. */
export type Need = readonly [path: string, operation: OperationClass, ifNew?: "ifNew"];

export interface Book {
  readonly allow: readonly Rule[];
  readonly deny: readonly Rule[];
}

/** The rules in 30 lines, slowly: a deny rule holds for what it matches and all below, and wins; an allow rule must match. */
export function isAllowed(
  { allow, deny }: Book,
  path: string,
  operation: OperationClass,
  actor?: string,
): boolean {
  const applies = (rule: Rule): boolean =>
    (rule.operations?.includes(operation) ?? true) &&
    (rule.actors === undefined || (actor !== undefined && rule.actors.includes(actor)));
  if (deny.some((rule) => applies(rule) && withAncestors(path).some((one) => matches(rule, one))))
    return false;
  return allow.some((rule) => applies(rule) && matches(rule, path));
}

const withAncestors = remembered((path: string): string[] => {
  const names = path.split("/").filter(Boolean);
  return ["/", ...names.map((_, i) => `/${names.slice(0, i + 1).join("/")}`)];
});

const answers = new WeakMap<Rule, (at: string) => boolean>();

/** Asked of few rules and few paths, many times. */
function matches(rule: Rule, at: string): boolean {
  let answer = answers.get(rule);
  if (answer === undefined) answers.set(rule, (answer = remembered((one: string) => isMatch(rule, one))));
  return answer(at);
}

/** A function that is computed once for each text. */
export function remembered<Result>(compute: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    const result = known.get(text) ?? compute(text);
    known.set(text, result);
    return result;
  };
}

function isMatch({ path, glob, regex, extensions }: Rule, at: string): boolean {
  const name = at.slice(at.lastIndexOf("/") + 1);
  const isWithin = (top: string): boolean => top === "/" || at === top || at.startsWith(`${top}/`);
  return (
    (path === undefined || [path].flat().some(isWithin)) &&
    (glob === undefined || [glob].flat().some((one) => matchesGlob(one, at))) &&
    (regex === undefined || [regex].flat().some((one) => one.test(at))) &&
    (extensions === undefined || extensions.some((one) => name.toLowerCase().endsWith(`.${one}`)))
  );
}

function matchesGlob(glob: string, path: string): boolean {
  const fits = ([step, ...steps]: string[], names: string[]): boolean => {
    if (step === undefined) return names.length === 0;
    if (step === "**")
      return fits(steps, names) || (names.length > 0 && fits([step, ...steps], names.slice(1)));
    return names.length > 0 && nameMatcher(step)(names[0] ?? "") && fits(steps, names.slice(1));
  };
  const steps = glob.includes("/") ? glob.split("/").filter(Boolean) : ["**", glob];
  return fits(steps, path.split("/").filter(Boolean));
}
