import {
  checkSearch,
  isRoot,
  isWithin,
  linkMet,
  parentOf,
  ROOT,
  VfsError,
  type VPath,
  type Who,
} from "@vfs/core";
import { hashOf } from "./hash.ts";
import type { Snapshot } from "./history.ts";
import type { Inode } from "./inode.ts";
import { namesOf } from "./lookup.ts";
import { Dentry, Names } from "./names.ts";
import { keptAt, stateAt } from "./past.ts";

// Paths whose nodes are remembered: in a snapshot they never change.
const REMEMBERED_PATHS = 65_536;

/** The tree as it was in a snapshot. */
export class SnapshotTree {
  readonly #root: Inode;
  readonly #snapshot: Snapshot;
  #remembered = new Map<VPath, Inode>();
  /** The names of directories in which some came or went since. */
  readonly #names = new WeakMap<Inode, Names>();

  constructor(root: Inode, snapshot: Snapshot) {
    this.#root = root;
    this.#snapshot = snapshot;
  }

  /**
   * What lies at `path` itself; {@link state} tells how that was.
   *
   * @throws LinkMet for a link on the way; VfsError `ENOENT`, `ENOTDIR`, `EACCES`; `ESTALE` when the snapshot is dropped.
   */
  need(path: VPath, who: Who): Inode {
    if (this.#snapshot.isDropped) throw new VfsError("ESTALE", { hint: "the snapshot was dropped" });
    return this.#find(path, path, isRoot(who) ? undefined : who);
  }

  /** What lies at `path`; a link there is to be followed. */
  follow(path: VPath, who: Who): Inode {
    const node = this.need(path, who);
    if (node.type === "symlink") throw linkMet(path, path, node.target);
    return node;
  }

  /** How a node was. */
  state(node: Inode): Inode {
    return stateAt(node, this.#snapshot.epoch);
  }

  /** The names that a directory had. */
  names(directory: Inode): Names {
    const past = directory.past?.names;
    // They are those of now still.
    if (past === undefined) return namesOf(directory);
    const known = this.#names.get(directory);
    if (known !== undefined) return known;
    const entries: Dentry[] = [];
    for (const entry of namesOf(directory).all())
      if (!this.#isOther(directory, entry.name)) entries.push(entry);
    for (const kept of past.values()) {
      const entry = keptAt(kept, this.#snapshot.epoch)?.entry;
      if (entry !== undefined) entries.push(entry);
    }
    entries.sort((a, b) => a.order - b.order);
    const names = new Names(0);
    // Each is at its place among the names of now, too.
    for (const { name, node, hash, order } of entries) names.add(new Dentry(name, node, hash, order));
    this.#names.set(directory, names);
    return names;
  }

  #find(path: VPath, whole: VPath, who: Who): Inode {
    if (path === ROOT) return this.#root;
    const known = who === undefined ? this.#remembered.get(path) : undefined;
    if (known !== undefined) return known;
    const parentPath = parentOf(path);
    const parent = this.#find(parentPath, whole, who);
    if (parent.type === "symlink") throw linkMet(whole, parentPath, parent.target);
    if (parent.type !== "directory") throw new VfsError("ENOTDIR");
    if (who !== undefined && isWithin(parentPath, who.root)) checkSearch(who, this.state(parent));
    const node = this.#child(parent, path);
    if (node === undefined) throw new VfsError("ENOENT");
    this.#remember(path, node);
    return node;
  }

  #child(directory: Inode, path: VPath): Inode | undefined {
    const from = path.lastIndexOf("/") + 1;
    const past = directory.past?.names?.get(path.slice(from));
    const kept = past === undefined ? undefined : keptAt(past, this.#snapshot.epoch);
    if (kept !== undefined) return kept.entry?.node;
    return namesOf(directory).find(path, from, hashOf(path, from))?.node;
  }

  /** Whether a name stood for something else than now. */
  #isOther(directory: Inode, name: string): boolean {
    const past = directory.past?.names?.get(name);
    return past !== undefined && keptAt(past, this.#snapshot.epoch) !== undefined;
  }

  #remember(path: VPath, node: Inode): void {
    if (this.#remembered.size >= REMEMBERED_PATHS) this.#remembered = new Map();
    this.#remembered.set(path, node);
  }
}
