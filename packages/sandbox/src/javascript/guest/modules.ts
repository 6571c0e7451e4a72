import { HostError } from "../../python/guest/channel.ts";
import type { Files } from "../../guest/files.ts";
import { INSIDE, insideName, insideSource } from "./inside.ts";
import { parentOf, type Resolver } from "./resolve.ts";

// How `import` finds its way: to the code of this package inside, to what stands in for Node's modules, and to files.

/** What a module is called, that another one asks for. */
export function moduleName(base: string, specifier: string, resolver: Resolver, directory: string): string {
  if (base.startsWith(INSIDE) || base === "") return insideName(specifier);
  const from = base.startsWith("/") ? parentOf(base) : directory;
  // Only what stands in for a script asks for this, below.
  if (specifier === LOADER && (base.startsWith("node:") || base.startsWith("/"))) return LOADER;
  try {
    return resolver.resolve(specifier, from, "import");
  } catch (error) {
    // An error of this step comes to nobody's ears: the next one tells it.
    return MISSING + importError(error).message;
  }
}

const MISSING = "missing:";

const LOADER = `${INSIDE}require`;

/**
 * The text of a module.
 *
 * @param namesOf By which names the exports of a script can be imported: it is run for that.
 */
export function moduleSource(
  name: string,
  files: Files,
  resolver: Resolver,
  namesOf: (id: string) => readonly string[],
): string {
  if (name.startsWith(INSIDE)) return insideSource(name);
  if (name.startsWith(MISSING)) throw new Error(name.slice(MISSING.length));
  if (!name.startsWith("node:") && resolver.formatOf(name) === "module")
    return about(name) + withoutHashBang(files.text(name));
  const names = namesOf(name).filter((one) => one !== "default");
  return [
    `import { load } from ${JSON.stringify(LOADER)};`,
    `const whole = load(${JSON.stringify(name)});`,
    "export default whole;",
    ...names.map((one, i) => `const _${i} = whole[${JSON.stringify(one)}];`),
    `export { ${names.map((one, i) => `_${i} as ${one}`).join(", ")} };`,
  ].join("\n");
}

/** What a module knows of itself, on the line that its text begins with. */
function about(path: string): string {
  const meta = { url: `file://${encodeURI(path)}`, filename: path, dirname: parentOf(path) };
  return `Object.assign(import.meta,${JSON.stringify(meta)});`;
}

function withoutHashBang(text: string): string {
  return text.startsWith("#!") ? `//${text}` : text;
}

/** What went wrong, as the code is told of it. */
export function importError(error: unknown): Error {
  if (!(error instanceof HostError)) return error as Error;
  const { code, message } = error;
  return new Error(message === "" ? `${code}: the module cannot be read` : message);
}
