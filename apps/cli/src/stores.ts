import { existsSync, statSync } from "node:fs";
import { parse, posix } from "node:path";
import { createVfs, isVfsError, VfsError, type Provider, type Vfs } from "@vfs/core";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { meansDirectory, parseLocation, type Location, type MountSpec } from "./location.ts";
import { UsageError } from "./output.ts";

/** Where an argument of the command line leads. */
export interface Place {
  /** In the Vfs of all stores. */
  readonly path: string;
  /** As it was written. */
  readonly text: string;
  /** What is written before a path below it. */
  readonly lead: string;
  /** Whether it is the top of a store. */
  readonly isTop: boolean;
}

/** What a command wants of a place: to look at it, to put something there, or to take away what is there. */
export type Use = "read" | "write" | "remove";

/** What a command may do with the stores that are mounted for it. */
export interface Traits {
  /** Make a database that is not there; false unless told. */
  readonly makesDatabases?: boolean;
  /**
   * See the working directory at `/cwd` when nothing is mounted, and the configuration that lies in it; true unless
   * told. What is for untrusted code is not to find anything that nobody has named.
   */
  readonly seesCwd?: boolean;
  /** Open what is mounted only when a location leads there. */
  readonly opensLate?: boolean;
  /** What is in memory lasts longer than one command. */
  readonly isShell?: boolean;
  /** Do without the configuration, and mount nothing: the command looks at both by itself. */
  readonly opensNothing?: boolean;
}

/** A store that is open, with how its paths are written. */
interface OpenStore {
  /** Where it is mounted. */
  readonly at: string;
  /** What is written before a path in it. */
  readonly prefix: string;
}

/** All stores that a command names, in one Vfs, so that it can work from each to each. */
export class Stores {
  readonly vfs: Vfs = createVfs(memory());
  /** Where paths of the root start that do not begin with a slash. */
  at = "/";
  readonly #cwd: string;
  /** Whether what is in memory is still there for the next command: in a shell. */
  readonly #isLasting: boolean;
  readonly #open = new Map<string, OpenStore>([["root", { at: ROOT_AT, prefix: "" }]]);
  /** What makes up the root, shortest path first. */
  #specs: readonly MountSpec[] = [];
  #isMounted = false;
  /** Makes what the root is made of; undefined when that is done. */
  #mounting: (() => Promise<void>) | undefined;
  /** Databases of the configuration that are not there yet, by their paths. */
  readonly #missing = new Map<string, MountSpec>();

  constructor(cwd: string, isLasting = false) {
    this.#cwd = cwd;
    this.#isLasting = isLasting;
  }

  /**
   * Opens the stores that make up the root.
   *
   * @param mounts Without any, the root is a memory with the working directory in it, read-only, at `/cwd`.
   * @throws UsageError When two are for one path.
   */
  async mount(
    mounts: readonly MountSpec[],
    { makesDatabases = false, seesCwd = true, opensLate = false }: Traits,
  ): Promise<void> {
    this.#isMounted = mounts.length > 0;
    this.#specs = [...mounts].sort((a, b) => a.path.length - b.path.length);
    if (!this.#isMounted && seesCwd)
      this.#specs = [
        { path: "/cwd", source: { store: "file", path: this.#cwd }, readOnly: true, text: "file:." },
      ];
    const paths = this.#specs.map(({ path }) => path);
    const twice = paths.find((path, i) => paths.indexOf(path) !== i);
    if (twice !== undefined) throw new UsageError(`${twice}: two stores are mounted there`);
    this.#mounting = async () => {
      if (paths[0] !== "/") await this.vfs.mount(ROOT_AT, memory());
      for (const spec of this.#specs) await this.#mountOne(spec, makesDatabases && !opensLate);
    };
    // Nobody has asked for what is only configured.
    if (!opensLate) await this.open();
  }

  /**
   * Opens what makes up the root, unless that is done.
   *
   * @param onProblem Is told of what cannot be opened, which otherwise ends it.
   */
  async open(onProblem?: (spec: MountSpec, error: unknown) => void): Promise<void> {
    const mounting = this.#mounting;
    this.#mounting = undefined;
    if (onProblem === undefined) return mounting?.();
    await this.vfs.mount(ROOT_AT, memory());
    for (const spec of this.#specs) {
      try {
        if (spec.path === "/") await this.vfs.unmount(ROOT_AT);
        await this.#mountOne(spec, false);
      } catch (error) {
        onProblem(spec, error);
      }
    }
  }

  async #mountOne(spec: MountSpec, makesDatabases: boolean): Promise<void> {
    const { path, source, readOnly, layers, make = () => providerFor(source) } = spec;
    if (spec.problem !== undefined) throw spec.problem;
    const at = path === "/" ? ROOT_AT : ROOT_AT + path;
    const mayMake = makesDatabases && !readOnly;
    if (!mayMake && spec.isConfigured && isMissing(source)) {
      this.#missing.set(at, spec);
      return this.vfs.mount(at, memory(), { readOnly: true });
    }
    if (!mayMake) needExisting(source);
    await this.vfs.mount(at, await make(), { readOnly, layers });
  }

  /** Makes the database of the configuration that a path is in. */
  async #makeMissing(path: string): Promise<void> {
    for (const [at, spec] of this.#missing) {
      if (path !== at && !path.startsWith(`${at}/`)) continue;
      await this.vfs.unmount(at);
      this.#missing.delete(at);
      await this.#mountOne(spec, true);
    }
  }

  /** What makes up the root, shortest path first. */
  get specs(): readonly MountSpec[] {
    return this.#specs;
  }

  /** What is meant where no location is given. */
  get here(): string {
    return this.#isLasting ? "." : "/";
  }

  /** The root that the mounts make, as a Vfs of its own. */
  get root(): Vfs {
    return this.vfs.view({ root: ROOT_AT });
  }

  /**
   * Reads an argument, and opens nothing yet: so that a command that makes no sense has done nothing.
   *
   * @throws UsageError When it cannot be meant so: what is written into a memory that ends with the command is lost.
   */
  check(text: string, use: Use): Location {
    const location = this.#parse(text);
    if (this.#isLasting) return location;
    const isGuess = location.store === "root" && location.isRelative && !this.#isMounted;
    if (!isGuess && (use === "read" || !this.#endsWithCommand(location))) return location;
    const isRelative = location.store === "root" && location.isRelative;
    const meant = isRelative ? text : location.path.slice(1) || ".";
    throw new UsageError(`${text} is in memory that ends with this command; did you mean file:${meant}?`);
  }

  /**
   * Finds the place of an argument; opens its store when no other argument has named it yet.
   *
   * @param use A database that does not exist is only made to write into it.
   * @throws UsageError as {@link check}; VfsError `ENOTDIR` for `file/`, unless something is to be written there.
   */
  async place(text: string, use: Use = "read"): Promise<Place> {
    const location = this.check(text, use);
    if (location.store === "root") await this.open();
    const { at } = this.#open.get(keyOf(location)) ?? (await this.#add(location, use));
    const inner = location.store === "file" ? hostPath(location.path) : location.path;
    const path = inner === "/" ? at : at + inner;
    if (location.store === "root" && use === "write") await this.#makeMissing(path);
    if (use !== "write" && meansDirectory(text)) await this.#needDirectory(path);
    const isDatabase = location.store === "sqlite" && text === location.written;
    const lead = isDatabase ? `${text}:` : text.replace(/\/+$/, "");
    return { path, text, lead, isTop: inner === "/" };
  }

  /** Whether an argument names the top of a store, be it mounted. */
  isTop(text: string): boolean {
    const location = this.#parse(text);
    if (location.store === "file") return hostPath(location.path) === "/";
    const { path } = location;
    return path === "/" || (location.store === "root" && this.#specs.some((spec) => spec.path === path));
  }

  /** How a path of the Vfs of all stores is written on the command line. */
  written(path: string): string {
    for (const { at, prefix } of this.#open.values())
      if (path === at || path.startsWith(`${at}/`)) return prefix + (path.slice(at.length) || "/");
    return path;
  }

  close(): Promise<void> {
    return this.vfs.close();
  }

  #parse(text: string): Location {
    const location = parseLocation(text, this.#cwd);
    if (location.store !== "root" || !location.isRelative) return location;
    return { ...location, path: posix.resolve(this.at, text) };
  }

  #endsWithCommand(location: Location): boolean {
    if (location.store !== "root") return location.store === "memory";
    const { path } = location;
    const around = this.#specs.findLast(
      (spec) => spec.path === "/" || `${path}/`.startsWith(`${spec.path}/`),
    );
    return around === undefined || around.source.store === "memory";
  }

  async #needDirectory(path: string): Promise<void> {
    const stats = await this.vfs.stat(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === false) throw new VfsError("ENOTDIR", { path });
  }

  async #add(location: Location, use: Use): Promise<OpenStore> {
    if (use !== "write") needExisting(location);
    const store = { at: `/store-${this.#open.size}`, prefix: prefixOf(location) };
    const provider =
      location.store === "file" ? local({ root: parse(location.path).root }) : await providerFor(location);
    await this.vfs.mount(store.at, provider);
    this.#open.set(keyOf(location), store);
    return store;
  }
}

const ROOT_AT = "/root";

function keyOf(location: Location): string {
  switch (location.store) {
    case "sqlite":
      return `sqlite:${location.file}`;
    case "file":
      return `file:${parse(location.path).root}`;
    case "s3":
      return `s3://${location.bucket}`;
    case "e2b":
      return `e2b://${location.sandboxId}`;
    default:
      return location.store;
  }
}

function prefixOf(location: Location): string {
  if (location.store === "sqlite") return `${location.written}:`;
  if (location.store === "s3") return `s3://${location.bucket}`;
  if (location.store === "e2b") return `e2b://${location.sandboxId}`;
  if (location.store === "file") return `file:${parse(location.path).root.slice(0, -1)}`;
  return "memory:";
}

/** A database is made when something is to be written into it, not when somebody wants to look. */
function needExisting(location: Location): void {
  if (location.store === "sqlite" && isMissing(location))
    throw new VfsError("ENOENT", { path: location.written, hint: "there is no such database" });
}

function isMissing(location: Location): boolean {
  return location.store === "sqlite" && !existsSync(location.file);
}

/** The whole of what a location is in. What only some stores need is loaded when there is one. */
async function providerFor(location: Location): Promise<Provider> {
  switch (location.store) {
    case "sqlite":
      return database(location.file, location.written);
    case "file":
      if (!statSync(location.path, { throwIfNoEntry: false })?.isDirectory())
        throw new VfsError("ENOTDIR", {
          path: `file:${location.path}`,
          hint: "only a directory can be mounted",
        });
      return local({ root: location.path });
    case "s3":
      return (await import("./buckets.ts")).bucketStore(location.bucket);
    case "e2b":
      // Paths are those of the sandbox; the key, and where the service is, are those of the SDK's environment.
      return (await import("@vfs/e2b")).e2b({ sandboxId: location.sandboxId, rootDir: "/" });
    default:
      return memory();
  }
}

/**
 * Opens a database, or makes it.
 *
 * @throws VfsError as `sqlite` does, with the file as the user wrote it.
 */
async function database(file: string, written: string): Promise<Provider> {
  const { sqlite } = await import("@vfs/sqlite");
  try {
    return sqlite({ file });
  } catch (error) {
    if (!isVfsError(error)) throw error;
    throw new VfsError(error.code, { path: written, hint: error.hint, cause: error });
  }
}

/** An absolute path of the host below the top of its drive, with slashes. */
function hostPath(path: string): string {
  return `/${path.slice(parse(path).root.length).replaceAll("\\", "/")}`;
}

/** How a path in or below a place is written, beginning as the place was. */
export function below({ path, text, lead }: Place, found: string): string {
  const rest = found.slice(path.length);
  return rest === "" ? text : lead + rest;
}
