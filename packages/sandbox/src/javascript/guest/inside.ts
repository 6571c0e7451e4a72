import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";

// The code that this package puts into the interpreter, module by module. It lies beside the guest program, as sources
// when that runs from its sources.

const ENDING = import.meta.url.slice(-3);

/** How the names of these modules begin. */
export const INSIDE = "inside:";

/** The text of a module, by its name: `inside:fs`. */
export function insideSource(name: string): string {
  const url = new URL(`../inside/${name.slice(INSIDE.length)}${ENDING}`, import.meta.url);
  const text = readFileSync(url, "utf8");
  return ENDING === ".ts" ? stripTypeScriptTypes(text) : text;
}

/** The name of a module that another one of these imports: `./fs.ts` or `./fs.js`. */
export function insideName(specifier: string): string {
  return INSIDE + specifier.replace(/^\.\//, "").replace(/\.[jt]s$/, "");
}
