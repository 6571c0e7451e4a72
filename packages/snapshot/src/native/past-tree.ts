import { isVfsError, type Bytes, type Capabilities, type Dirent, type Stats, type Vfs } from "@vfs/core";
import { withAttributes } from "../entry-of-stat.ts";
import { inPool } from "../in-pool.ts";
import { childPath, type Tree, type TreeEntry } from "../tree-entry.ts";

const WHOLE_BYTES = 1 << 20;

/** A name that was found, with its stat. */
export interface Found {
  readonly path: string;
  readonly type: Dirent["type"];
  readonly stat: Stats;
}

export interface PastTreeOptions {
  /** A Vfs of the state, whose root is the top of the tree. */
  readonly past: Vfs;
  /** What the store keeps. */
  readonly caps: Capabilities;
  /** Where the snapshots themselves are, when that is below the top. */
  readonly leaveOut: string | undefined;
}

/** The whole of a tree in a state that its store keeps by itself. Paths are below the top. */
export class PastTree implements Tree {
  /** Which state. */
  readonly id: string;
  readonly past: Vfs;
  readonly root: TreeEntry;
  readonly #caps: Capabilities;
  readonly #leaveOut: string | undefined;
  #groups: Promise<Groups> | undefined;

  private constructor(id: string, { past, caps, leaveOut }: PastTreeOptions, stat: Stats) {
    this.id = id;
    this.past = past;
    this.#leaveOut = leaveOut;
    this.#caps = caps;
    this.root = withAttributes({ name: "", type: "directory", at: "/" }, stat, this.#caps);
  }

  static async open(id: string, options: PastTreeOptions): Promise<PastTree> {
    return new PastTree(id, options, await options.past.lstat("/"));
  }

  /** What the snapshots themselves take, which is no part of the tree. */
  async leftOut(): Promise<{ readonly files: number; readonly bytes: number }> {
    const own = this.#leaveOut;
    if (own === undefined || !(await this.past.exists(own))) return { files: 0, bytes: 0 };
    const { files, directories, bytes } = await this.past.du(own);
    return { files: files + directories + 1, bytes };
  }

  async list({ at = "/" }: TreeEntry): Promise<readonly TreeEntry[]> {
    const found = await this.found(at, false);
    const groups = found.some(hasNames) ? await this.groups() : NO_GROUPS;
    return this.entries(found, groups);
  }

  async find({ at = "/" }: TreeEntry, name: string): Promise<TreeEntry | undefined> {
    const found = await this.look(childPath(at, name));
    if (found === undefined) return undefined;
    return (await this.entries([found], hasNames(found) ? await this.groups() : NO_GROUPS))[0];
  }

  async *read({ at = "/", size = 0 }: TreeEntry): AsyncIterable<Bytes> {
    if (size > WHOLE_BYTES) yield* this.past.readStream(at);
    else if (size > 0) yield await this.past.readFile(at);
  }

  /** What is at a path; undefined where nothing is, or nothing that can be kept. */
  async look(path: string): Promise<Found | undefined> {
    if (path === this.#leaveOut) return undefined;
    try {
      const stat = await this.past.lstat(path);
      const { type } = stat;
      return type === "other" ? undefined : { path, type, stat };
    } catch (reason) {
      if (isVfsError(reason, "ENOENT", "ENOTDIR")) return undefined;
      throw reason;
    }
  }

  /** What is in a directory, and, when told, in those in it. */
  async found(path: string, recursive: boolean): Promise<Found[]> {
    const all = await this.past.readdir(path, { recursive, withFileTypes: true, stat: true });
    return all.flatMap(({ path: at, type, stat }) =>
      stat === undefined || type === "other" || this.#isOurs(at) ? [] : [{ path: at, type, stat }],
    );
  }

  /** By code units of their names. */
  async entries(found: readonly Found[], groups: Groups): Promise<TreeEntry[]> {
    const made: TreeEntry[] = [];
    await inPool(found, async (one) => {
      made.push(await this.#entry(one, groups));
    });
    return made.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The first name of each file that has several names in the tree. */
  groups(): Promise<Groups> {
    return (this.#groups ??= this.found("/", true).then(groupsOf));
  }

  async #entry({ path, type, stat }: Found, groups: Groups): Promise<TreeEntry> {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (type === "directory") return withAttributes({ name, type, at: path }, stat, this.#caps);
    if (type === "symlink") {
      const target = await this.past.readlink(path);
      return withAttributes({ name, type, at: path, target }, stat, this.#caps);
    }
    const { size, ino, etag, atimeMs } = stat;
    const of = { size, group: groups.get(ino), at: path, version: `${ino}:${etag ?? ""}` };
    return withAttributes({ name, type: "file", ...of }, stat, this.#caps, atimeMs);
  }

  #isOurs(path: string): boolean {
    const own = this.#leaveOut;
    return own !== undefined && (path === own || path.startsWith(`${own}/`));
  }
}

/** By the number of the file. */
export type Groups = ReadonlyMap<number, string>;

const NO_GROUPS: Groups = new Map();

function hasNames({ type, stat: { nlink } }: Found): boolean {
  return type === "file" && nlink > 1;
}

/** The first names of the files that have several names among these. */
export function groupsOf(found: readonly Found[]): Groups {
  const groups = new Map<number, string>();
  for (const [ino, paths] of namesOf(found))
    if (paths.length > 1)
      groups.set(
        ino,
        paths.reduce((a, b) => (a < b ? a : b)),
      );
  return groups;
}

/** The names among these of each file that has several anywhere. */
export function namesOf(found: readonly Found[]): Map<number, string[]> {
  const names = new Map<number, string[]>();
  for (const one of found)
    if (hasNames(one)) {
      const { ino } = one.stat;
      const known = names.get(ino);
      if (known === undefined) names.set(ino, [one.path]);
      else known.push(one.path);
    }
  return names;
}
