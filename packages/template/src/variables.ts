import type { TemplateValue, TemplateVariable } from "./template.ts";

/** The name of a variable. */
export const NAME: RegExp = /^[A-Za-z_][A-Za-z0-9_]*$/;

// A dollar that escapes, a variable, or the beginning of one that never ends.
const PART = /\$\$\{|\$\{([^}]*)\}|\$\{/g;

/** What is wrong in a text with variables. */
export interface VariableFault {
  /** The variable, when it has a name. */
  readonly name?: string;
  readonly message: string;
}

/** The values that variables have, by name. */
export type Values = ReadonlyMap<string, string>;

/** The variables of a text, each time that one occurs, and what is wrong with them whatever values they get. */
export function scan(text: string): {
  readonly names: ReadonlySet<string>;
  readonly faults: VariableFault[];
} {
  const names = new Set<string>();
  const faults: VariableFault[] = [];
  for (const [whole, inside] of text.matchAll(PART)) {
    if (whole === "$${") continue;
    const { name, fallback } = read(inside);
    if (name === undefined)
      faults.push({
        message: `\`${whole}\` is no variable: write \${name} or \${name:-default}, and $\${ for a literal \${`,
      });
    else if (fallback === undefined) names.add(name);
  }
  return { names, faults };
}

/** Every variable that a text has, those with a default of their own too. */
export function mentioned(text: string): Set<string> {
  const names = new Set<string>();
  for (const [, inside] of text.matchAll(PART)) {
    const { name } = read(inside);
    if (name !== undefined) names.add(name);
  }
  return names;
}

/** Puts values in the place of variables, once: what is put there is not looked into. */
export function expand(text: string, values: Values): string {
  return text.replaceAll(PART, (whole: string, inside: string | undefined) => {
    if (whole === "$${") return "${";
    const { name = "", fallback = name } = read(inside);
    return values.get(name) ?? fallback;
  });
}

/** Writes a text so that {@link expand} gives it back. */
export function escapeText(text: string): string {
  return text.replaceAll("${", () => "$${");
}

/** The default of a variable as a template declares it; undefined when a value must be given. */
export function defaultOf(variable: TemplateVariable): TemplateValue | undefined {
  if (variable === null) return undefined;
  return typeof variable === "object" ? variable.default : variable;
}

function read(inside: string | undefined): { readonly name?: string; readonly fallback?: string } {
  if (inside === undefined) return {};
  const at = inside.indexOf(":-");
  const name = at < 0 ? inside : inside.slice(0, at);
  if (!NAME.test(name)) return {};
  return at < 0 ? { name } : { name, fallback: inside.slice(at + 2) };
}
