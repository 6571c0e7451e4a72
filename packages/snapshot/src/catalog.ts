import { VfsError } from "@vfs/core";
import type { TreeEntry } from "./tree-entry.ts";

/** A state of a tree that is kept under a name. */
export interface Snapshot {
  readonly name: string;
  readonly description: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** With directories and links, and of the whole store, where that keeps the snapshot by itself. */
  readonly files: number;
  /** Bytes of content, as files have them. */
  readonly bytes: number;
  /** Bytes that it added to the store. */
  readonly addedBytes: number;
  /** No change was seen while the tree was read. */
  readonly consistent: boolean;
  /** What was seen to change then: the first hundred paths. */
  readonly changedPaths: readonly string[];
  /** What could not be kept: sockets, pipes, devices. */
  readonly skippedPaths: readonly string[];
  readonly tags: readonly string[];
  /** Made by `autoSnapshot`, `undo` or `redo`. */
  readonly auto: boolean;
}

/** A snapshot with where its tree is. */
export interface SnapshotRecord extends Snapshot {
  readonly root: TreeEntry;
  /** What was mounted below the top; not known of an archive. */
  readonly mounts?: readonly string[] | undefined;
}

/** A restore that was begun. */
export interface Journal {
  readonly name: string;
  /** What of the tree is restored: a path below the top. */
  readonly path: string;
  readonly target: TreeEntry;
  readonly mounts?: readonly string[] | undefined;
  /** The whole tree as it was before. */
  readonly before: TreeEntry;
}

/** All that a store of snapshots says of itself. It is replaced in one step: that is when something is done. */
export interface Catalog {
  readonly format: "vfs-snapshots";
  readonly version: 1;
  /** Who wrote it, and when: what was read of the store before is still so while this stays. */
  readonly revision: string;
  /** Bytes of all objects. */
  readonly storedBytes: number;
  /** Oldest first. */
  readonly snapshots: readonly SnapshotRecord[];
  /** Names of automatic snapshots to go back to, and forward: the next is the last. */
  readonly undo: readonly string[];
  readonly redo: readonly string[];
  readonly journal?: Journal | undefined;
  /** The label of those snapshots of the tree's own store that are ours. */
  readonly states?: string | undefined;
}

export const EMPTY_CATALOG: Catalog = {
  format: "vfs-snapshots",
  version: 1,
  revision: "",
  storedBytes: 0,
  snapshots: [],
  undo: [],
  redo: [],
};

/** @throws VfsError `EIO` for what is no catalog of this version. */
export function parseCatalog(text: string): Catalog {
  let value: Partial<Catalog> | undefined;
  try {
    value = JSON.parse(text) as Partial<Catalog>;
  } catch {
    value = undefined;
  }
  if (value?.format !== "vfs-snapshots" || value.version !== 1 || !Array.isArray(value.snapshots))
    throw new VfsError("EIO", {
      hint: "its catalog.json is damaged, or of a later version: this is no snapshot store that can be read",
    });
  return { ...EMPTY_CATALOG, ...value };
}

/** What a caller is told of a snapshot. */
export function shown({ root: _root, mounts: _mounts, ...snapshot }: SnapshotRecord): Snapshot {
  return snapshot;
}

/**
 * The snapshot of a name, or the newest that has such a tag.
 *
 * @throws VfsError `ENOENT`.
 */
export function named({ snapshots }: Catalog, name: string): SnapshotRecord {
  const found =
    snapshots.find((snapshot) => snapshot.name === name) ??
    snapshots.findLast(({ tags }) => tags.includes(name));
  if (found === undefined) throw new VfsError("ENOENT", { hint: `no snapshot is called "${name}"` });
  return found;
}

const NAME_MOST = 200;

/** @throws TypeError for what no snapshot can be called. */
export function checkName(name: string): string {
  if (typeof name !== "string" || name === "" || name.length > NAME_MOST || /\p{Cc}/u.test(name))
    throw new TypeError(
      `a snapshot's name must have 1 to ${NAME_MOST} characters and none of control, got ${JSON.stringify(name)}`,
    );
  if (name === "now") throw new TypeError('no snapshot can be called "now": that is the tree as it is');
  return name;
}

/** Everything that a catalog still needs. */
export function rootsOf({ snapshots, journal }: Pick<Catalog, "snapshots" | "journal">): TreeEntry[] {
  const roots = snapshots.map(({ root }) => root);
  if (journal !== undefined) roots.push(journal.target, journal.before);
  return roots;
}
