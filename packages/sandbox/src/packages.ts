import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Seen from the sources and from what is built of them alike.
const FOLDER = realpathSync(fileURLToPath(new URL("..", import.meta.url)));
// Guests run what is built, also where this runs from its sources: to take the types out of them, in each process anew,
// takes a third of the time that a session needs to start.
const CODE = join(FOLDER, "dist");

/** What every guest may read: this package's code. */
export const OWN_CODE: readonly string[] = [CODE, join(FOLDER, "package.json")];

/**
 * The program of an engine's guests, a real path.
 *
 * @throws Error when this package was not built.
 */
export function programOf(engine: string): string {
  const path = join(CODE, engine, "guest/main.js");
  if (!existsSync(path))
    throw new Error(`the program of ${engine} is missing: build @vfs/sandbox (pnpm build)`);
  return path;
}

/** An installed package, and what a process must be able to read to load it. */
export interface InstalledPackage {
  /** Its folder, a real path. */
  readonly folder: string;
  readonly version: string;
  /** Its files, those of all that it needs, and where Node looks for these: to be refused a place ends its search. */
  readonly readable: readonly string[];
}

/**
 * Finds an optional package, exactly the version that this one was made for.
 *
 * @param from Whose dependency it is: a folder, this package's unless told.
 * @throws Error that names the command which installs it, when it is missing or another version.
 */
export function findPackage(name: string, version?: string, from: string = CODE): InstalledPackage {
  const closure = new Closure();
  const folder = closure.add(name, from);
  const found = folder === undefined ? undefined : manifestOf(folder).version;
  if (folder !== undefined && found !== undefined && (version ?? found) === found)
    return { folder, version: found, readable: [...closure.readable] };
  const wanted = version === undefined ? name : `${name}@${version}`;
  const state = found === undefined ? "not installed" : `installed as ${found}, which this was not made for`;
  throw new Error(`${name} is ${state}: run "npm install ${wanted}"`);
}

/** A package with all that it needs. */
class Closure {
  readonly readable = new Set<string>();
  readonly #folders = new Set<string>();

  /** Adds a package as seen from a folder. Answers its own folder, or undefined when there is none. */
  add(name: string, from: string): string | undefined {
    const place = this.#look(name, from);
    if (place === undefined) return undefined;
    const folder = realpathSync(place);
    if (this.#folders.has(folder)) return folder;
    this.#folders.add(folder);
    this.readable.add(folder);
    const { dependencies, optionalDependencies } = manifestOf(folder);
    // One that is optional and not there is not missed.
    for (const other of Object.keys({ ...dependencies, ...optionalDependencies })) this.add(other, folder);
    return folder;
  }

  /** Where a package lies, noting every place that is looked at. */
  #look(name: string, from: string): string | undefined {
    for (let at = from; ; at = dirname(at)) {
      const place = join(at, "node_modules", name);
      this.readable.add(place);
      if (existsSync(join(place, "package.json"))) return place;
      if (at === dirname(at)) return undefined;
    }
  }
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
