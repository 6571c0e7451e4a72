import type { Bytes } from "@vfs/core";
import { joined } from "./content/packing.ts";

/** One name in a kept tree. Only what the store of the tree keeps is told; the names of the fields are what is stored. */
export interface TreeEntry {
  /** Empty for the top of the tree. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink";
  /** Bytes of a file. */
  readonly size?: number | undefined;
  /** Permission bits. */
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly mtimeMs: number;
  /** As it was when the file was last found changed: being read is no change. */
  readonly atimeMs?: number | undefined;
  readonly contentType?: string | undefined;
  readonly meta?: Readonly<Record<string, string>> | undefined;
  /** The text of a symbolic link. */
  readonly target?: string | undefined;
  /** Of a file with several names: the first of them, by path below the top. The same for all of them. */
  readonly group?: string | undefined;
  /** Where the content of a file is: hashes of its pieces, or, with `lists`, of lists of such hashes. */
  readonly content?: readonly string[] | undefined;
  readonly lists?: true | undefined;
  /** Where the entries of a directory are. */
  readonly tree?: string | undefined;
  /** Of the top: which of the snapshots that the store of the tree keeps by itself. */
  readonly state?: string | undefined;
  /** In such a snapshot: the path below the top. */
  readonly at?: string | undefined;
  /** In such a snapshot: the same for two files with the same bytes, mostly. */
  readonly version?: string | undefined;
}

/** A tree as it was once, or is now. */
export interface Tree {
  readonly root: TreeEntry;
  /** The entries of a directory, by name in code units. */
  list(directory: TreeEntry): Promise<readonly TreeEntry[]>;
  find(directory: TreeEntry, name: string): Promise<TreeEntry | undefined>;
  /** The content of a file, piece by piece. Of the tree of now it may not be kept. */
  read(file: TreeEntry): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

// A file that is larger is compared piece by piece.
const WHOLE_BYTES = 1 << 20;

/** An entry with its path below the top of its tree: `/a/b`. */
export interface Placed {
  readonly path: string;
  readonly entry: TreeEntry;
}

export function childPath(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

/** Everything in a tree, each directory before what is in it. */
export async function* walk(tree: Tree, from: TreeEntry = tree.root, at = "/"): AsyncIterable<Placed> {
  for (const entry of await tree.list(from)) {
    const path = childPath(at, entry.name);
    yield { path, entry };
    if (entry.type === "directory") yield* walk(tree, entry, path);
  }
}

/** What lies at a path below the top; undefined where nothing does. Links are not followed. */
export async function lookUp(tree: Tree, path: string): Promise<TreeEntry | undefined> {
  let entry: TreeEntry | undefined = tree.root;
  for (const name of path.split("/").filter((part) => part !== "")) {
    if (entry?.type !== "directory") return undefined;
    entry = await tree.find(entry, name);
  }
  return entry;
}

/** A file, with the tree that it is read from. */
export interface FileIn {
  readonly tree: Tree;
  readonly entry: TreeEntry;
}

/** Whether two files have the same bytes. They are read only where nothing else tells. */
export async function sameContent(a: FileIn, b: FileIn): Promise<boolean> {
  if (a.entry.size !== b.entry.size) return false;
  if (contentKey(a.entry) === contentKey(b.entry)) return true;
  const isTold = a.entry.version === undefined && b.entry.version === undefined;
  return !isTold && sameBytes(a, b);
}

async function sameBytes(a: FileIn, b: FileIn): Promise<boolean> {
  if ((a.entry.size ?? 0) <= WHOLE_BYTES) {
    const [one, other] = await Promise.all([bytesOf(a.tree, a.entry), bytesOf(b.tree, b.entry)]);
    return one.length === other.length && one.every((byte, i) => byte === other[i]);
  }
  const ours = new Bytewise(a.tree.read(a.entry));
  const theirs = new Bytewise(b.tree.read(b.entry));
  try {
    for (;;) {
      const [one, other] = [await ours.next(), await theirs.next()];
      if (one === undefined || other === undefined) return one === other;
      const length = Math.min(one.length, other.length);
      for (let i = 0; i < length; i++) if (one[i] !== other[i]) return false;
      ours.taken(length);
      theirs.taken(length);
    }
  } finally {
    await Promise.all([ours.close(), theirs.close()]);
  }
}

/** Bytes that are taken in parts of any length. */
class Bytewise {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** What is there next, at least a byte; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return undefined;
      this.#rest = value;
    }
    return this.#rest;
  }

  taken(length: number): void {
    this.#rest = this.#rest.subarray(length);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/** The same for two files with the same bytes; of a snapshot that a store keeps by itself it may be another one too. */
export function contentKey({ content = [], lists, version }: TreeEntry): string {
  if (version !== undefined) return `v${version}`;
  return `${lists === true ? "l" : "c"}${content.join()}`;
}

/** The whole content of a file. */
export async function bytesOf(tree: Tree, file: TreeEntry): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of tree.read(file)) {
    parts.push(part);
    length += part.length;
  }
  return joined(parts, length);
}
