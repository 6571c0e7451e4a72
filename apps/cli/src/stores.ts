import { existsSync, statSync } from "node:fs";
import { parse } from "node:path";
import { createVfs, VfsError, type Provider, type Vfs } from "@vfs/core";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { sqlite } from "@vfs/sqlite";
import { parseLocation, type Location, type MountSpec } from "./location.ts";

/** Where an argument of the command line leads. */
export interface Place {
  /** In the Vfs of all stores. */
  readonly path: string;
  /** As it was written. */
  readonly text: string;
  /** Whether it is the top of a store. */
  readonly isTop: boolean;
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
  readonly #cwd: string;
  readonly #open = new Map<string, OpenStore>();

  private constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /**
   * Opens the stores that make up the root.
   *
   * @param mounts Without any, the root is a memory with the working directory in it, read-only, at `/cwd`.
   */
  static async open(cwd: string, mounts: readonly MountSpec[]): Promise<Stores> {
    const stores = new Stores(cwd);
    const usual: MountSpec = { path: "/cwd", source: { store: "file", path: cwd }, readOnly: true };
    const specs = mounts.length === 0 ? [usual] : [...mounts].sort((a, b) => a.path.length - b.path.length);
    if (specs[0]?.path !== "/") await stores.vfs.mount(ROOT_AT, memory());
    for (const { path, source, readOnly } of specs) {
      if (readOnly) needExisting(source);
      await stores.vfs.mount(path === "/" ? ROOT_AT : ROOT_AT + path, providerFor(source), { readOnly });
    }
    stores.#open.set("root", { at: ROOT_AT, prefix: "" });
    return stores;
  }

  /** The root that the mounts make, as a Vfs of its own. */
  get root(): Vfs {
    return this.vfs.view({ root: ROOT_AT });
  }

  /**
   * Finds the place of an argument; opens its store when no other argument has named it yet.
   *
   * @param toWrite Whether something is to be put there: only then is a database made that does not exist.
   */
  async place(text: string, toWrite = false): Promise<Place> {
    const location = parseLocation(text, this.#cwd);
    const { at } = this.#open.get(keyOf(location)) ?? (await this.#add(location, toWrite));
    const inner = location.store === "file" ? hostPath(location.path) : location.path;
    return { path: inner === "/" ? at : at + inner, text, isTop: inner === "/" };
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

  async #add(location: Location, toWrite: boolean): Promise<OpenStore> {
    if (!toWrite) needExisting(location);
    const store = { at: `/store-${this.#open.size}`, prefix: prefixOf(location) };
    const provider =
      location.store === "file" ? local({ root: parse(location.path).root }) : providerFor(location);
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
    default:
      return location.store;
  }
}

function prefixOf(location: Location): string {
  if (location.store === "sqlite") return `sqlite:${location.file}:`;
  if (location.store === "file") return `file:${parse(location.path).root.slice(0, -1)}`;
  return "memory:";
}

/** A database is made when something is to be written into it, not when somebody wants to look. */
function needExisting(location: Location): void {
  if (location.store === "sqlite" && !existsSync(location.file))
    throw new VfsError("ENOENT", { path: `sqlite:${location.file}`, hint: "there is no such database" });
}

/** The whole of what a location is in. */
function providerFor(location: Location): Provider {
  switch (location.store) {
    case "sqlite":
      return sqlite({ file: location.file });
    case "file":
      if (!statSync(location.path, { throwIfNoEntry: false })?.isDirectory())
        throw new VfsError("ENOTDIR", {
          path: `file:${location.path}`,
          hint: "only a directory can be mounted",
        });
      return local({ root: location.path });
    default:
      return memory();
  }
}

/** An absolute path of the host below the top of its drive, with slashes. */
function hostPath(path: string): string {
  return `/${path.slice(parse(path).root.length).replaceAll("\\", "/")}`;
}

/** How a path in or below a place is written, beginning as the place was. */
export function below({ path, text }: Place, found: string): string {
  const rest = found.slice(path.length);
  if (rest === "") return text;
  const isDatabase = text.startsWith("sqlite:") && !text.includes(":/", "sqlite:".length + 1);
  return (isDatabase ? `${text}:` : text.replace(/\/+$/, "")) + rest;
}
