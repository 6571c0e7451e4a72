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

/** Whether two files have the same bytes. */
export function sameContent(a: TreeEntry, b: TreeEntry): boolean {
  return a.size === b.size && contentKey(a) === contentKey(b);
}

/** The same for two files with the same bytes, and for no others. */
export function contentKey({ content = [], lists }: TreeEntry): string {
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
