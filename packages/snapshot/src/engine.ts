import type { Catalog } from "./catalog.ts";
import type { Base } from "./fork.ts";
import type { Tree, TreeEntry } from "./tree-entry.ts";

export interface KeepOptions {
  /** Read every file, whatever its stat says. */
  readonly deep?: boolean | undefined;
  /** How often to look again when something changed meanwhile; 0 unless told. */
  readonly retries?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that were read of those that have to be. */
  readonly onProgress?: ((bytes: number, totalBytes: number | undefined) => void) | undefined;
}

/** A tree as it was found, and what became of it in the store. */
export interface State {
  readonly root: TreeEntry;
  readonly files: number;
  readonly bytes: number;
  /** What was found to change meanwhile. */
  readonly changed: ReadonlySet<string>;
  /** What is neither file, directory nor link. */
  readonly skipped: readonly string[];
  /** Bytes that it added to the store. */
  readonly addedBytes: number;
  readonly tree: Tree;
  /** Takes back what it added. */
  discard(): Promise<void>;
}

/** Something that is wrong with what is kept. */
export interface Damage {
  /** Below the top of the tree; of a directory, everything below it is lost. */
  readonly path: string;
  readonly message: string;
}

/** What takes in a tree that comes from elsewhere. */
export interface Intake {
  /** Keeps the content of a file. */
  file(
    source: AsyncIterable<Uint8Array<ArrayBuffer>>,
  ): Promise<Pick<TreeEntry, "content" | "lists"> & { size: number }>;
  /** Keeps a directory, whose entries are in order of their names by code units. */
  directory(entries: readonly TreeEntry[]): Promise<string>;
  readonly addedBytes: number;
  discard(): Promise<void>;
}

/**
 * How trees are kept. Everything that names, compares, restores and exports snapshots goes through this; a store that
 * keeps trees by itself, without reading them, is one more of these.
 */
export interface Engine {
  /** Does something while nobody else changes the store. */
  exclusive<T>(action: () => Promise<T>): Promise<T>;
  /** What there is. */
  catalog(): Promise<Catalog>;
  /** Makes it so, in one step. Only within `exclusive`. */
  save(catalog: Omit<Catalog, "revision">): Promise<void>;
  /** Keeps the tree as it is now. It stays for as long as a catalog that was saved has it. */
  keep(options: KeepOptions): Promise<State>;
  /** Looks at the tree as it is now, until that is discarded. Contents can be read from it only where a store keeps it. */
  look(options: KeepOptions): Promise<State>;
  /** A kept tree. */
  open(root: TreeEntry): Tree;
  /** Two trees to be compared: their lists may leave out what is the same in both, with everything below it. */
  pair(a: Tree, b: Tree): Promise<readonly [Tree, Tree]>;
  /** Whether two kept trees are the same but for times of directories, which change with their content and back. */
  isSame(a: TreeEntry, b: TreeEntry): Promise<boolean>;
  /** A kept tree as a store that can be read. */
  provide(root: TreeEntry): Promise<Base>;
  intake(): Promise<Intake>;
  /** Bytes that are kept elsewhere than among the objects of the store. */
  keptBytes(): Promise<number>;
  /** Gives back what the catalog does not need, as far as that costs nothing to find. Only within `exclusive`. */
  tidy(): Promise<void>;
  /** Gives back what the catalog does not need. Only within `exclusive`. Answers what is left. */
  sweep(): Promise<{ readonly freedBytes: number; readonly storedBytes: number }>;
  verify(
    root: TreeEntry,
  ): Promise<{ readonly objects: number; readonly bytes: number; readonly damages: readonly Damage[] }>;
  close(): Promise<void>;
}
