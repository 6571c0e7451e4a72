import { check, isValue, kind } from "./check.ts";
import { parse, type TemplateProblem } from "./parse.ts";
import { plan, type Plan } from "./plan.ts";
import type { Template, TemplateValue } from "./template.ts";

export interface ValidateOptions {
  /** Values of variables. Without them, variables that have none are no problem. */
  readonly variables?: Readonly<Record<string, TemplateValue>> | undefined;
}

/**
 * Tells what is wrong with a template: with lines and columns when it is given as text.
 *
 * @param template YAML, JSON, or an object.
 * @returns Nothing for one that is right.
 */
export function validate(template: string | Template, options: ValidateOptions = {}): TemplateProblem[] {
  return examine(template, options.variables).problems;
}

/** Reads a template, and plans it unless something is wrong. */
export function examine(
  template: string | Template,
  variables: Readonly<Record<string, TemplateValue>> | undefined,
): { readonly problems: TemplateProblem[]; readonly plan: Plan } {
  checkValues(variables ?? {});
  const { value, problems: unread, problem } = parse(template);
  const problems = [...unread];
  const nothing = { nodes: [], unused: [] };
  if (problems.length > 0) return { problems, plan: nothing };
  check(value, (place, message) => problems.push(problem(place, message)));
  if (problems.length > 0) return { problems, plan: nothing };
  const whole = value as Template;
  const given = variables ?? standIns(whole);
  return { plan: plan(whole, given, (place, message) => problems.push(problem(place, message))), problems };
}

/** Something for each variable, so that paths can be looked at before there are values. */
function standIns(template: Template): Record<string, TemplateValue> {
  const names = [...JSON.stringify(template).matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)/g)].map(
    ([, name = ""]) => name,
  );
  const declared = Object.entries(template.variables ?? {});
  const withDefault = new Set(
    declared.filter(([, variable]) => isValue(variable) || isValue(variable?.default)).map(([name]) => name),
  );
  return Object.fromEntries(names.filter((name) => !withDefault.has(name)).map((name) => [name, name]));
}

function checkValues(variables: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(variables))
    if (!isValue(value))
      throw new TypeError(
        `the variable "${name}" must be a text, a number or true or false, got ${kind(value)}`,
      );
}
