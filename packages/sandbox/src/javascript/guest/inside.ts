import { readFileSync } from "node:fs";

// The code that this package puts into the interpreter, module by module. It lies, built, beside the guest program.

/** How the names of these modules begin. */
export const INSIDE = "inside:";

/** The text of a module, by its name: `inside:fs`. */
export function insideSource(name: string): string {
  return readFileSync(new URL(`../inside/${name.slice(INSIDE.length)}.js`, import.meta.url), "utf8");
}

/** The name of a module that another one of these imports: `./fs.js`. */
export function insideName(specifier: string): string {
  return INSIDE + specifier.replace(/^\.\//, "").replace(/\.js$/, "");
}
