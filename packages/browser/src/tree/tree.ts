import {
  checkEnter,
  inherit,
  linkMet,
  VfsError,
  type FileType,
  type Usage,
  type VPath,
  type Who,
} from "@vfs/core";
import { encodeImage } from "./image.ts";
import { Inode } from "./inode.ts";
import type { Journal } from "./journal.ts";
import { Lookup, namesOf } from "./lookup.ts";
import type { Dentry } from "./names.ts";
import type { Step } from "./records.ts";
import { Replay } from "./replay.ts";

const SET_GID = 0o2000;
const ROOT_INO = 1;

/** What becomes of an inode that has lost its last name. */
export interface Ends {
  /** Whether it must stay, for somebody may have it open. */
  mustStay(node: Inode): boolean;
  /** It is gone, and so may its content be. */
  gone(node: Inode): void;
}

/** The inodes and names of a store, and the way from a path to them. What changes is noted in a journal. */
export class Tree {
  root: Inode;
  readonly inodes: Map<number, Inode> = new Map();
  readonly #journal: Journal;
  readonly #ends: Ends;
  #lastIno = ROOT_INO;
  #lastOrder = 0;
  #version = 0;
  #bytes = 0;
  #files = 0;
  #lookup: Lookup;

  constructor(journal: Journal, ends: Ends) {
    this.#journal = journal;
    this.#ends = ends;
    this.root = this.#makeRoot();
    this.#lookup = new Lookup(this.root);
  }

  #makeRoot(): Inode {
    const root = new Inode(ROOT_INO, "directory", 0o755, Date.now());
    root.nlink = 2;
    this.inodes.set(ROOT_INO, root);
    return root;
  }

  /** Forgets everything, to be filled anew. */
  clear(): void {
    this.inodes.clear();
    this.root = this.#makeRoot();
    this.#lookup = new Lookup(this.root);
    this.#lastIno = ROOT_INO;
    this.#lastOrder = this.#version = this.#bytes = this.#files = 0;
  }

  makeInode(type: FileType, mode: number, target?: string): Inode {
    const node = new Inode(++this.#lastIno, type, mode, Date.now(), target);
    this.inodes.set(node.ino, node);
    this.#journal.changed(node);
    return node;
  }

  /** Something new that is to be put into `parent`, by `who`: it belongs to them. */
  makeIn(parent: Inode, type: FileType, mode: number, who: Who, target?: string): Inode {
    if (who === undefined && (parent.mode & SET_GID) === 0) return this.makeInode(type, mode, target);
    checkEnter(who, parent);
    const owned = inherit(who, parent, mode, type === "directory");
    return Object.assign(this.makeInode(type, owned.mode, target), { uid: owned.uid, gid: owned.gid });
  }

  get usage(): Usage {
    return { bytes: this.#bytes, files: this.#files };
  }

  get counters(): Pick<Step, "lastIno" | "lastOrder" | "lastVersion"> {
    return { lastIno: this.#lastIno, lastOrder: this.#lastOrder, lastVersion: this.#version };
  }

  /** As {@link Lookup.find}. */
  find(path: VPath, who?: Who): Dentry | undefined {
    return this.#lookup.find(path, who);
  }

  /** As {@link find}; throws VfsError `ENOENT` when there is nothing. */
  need(path: VPath, who?: Who): Dentry {
    const found = this.find(path, who);
    if (found === undefined) throw new VfsError("ENOENT");
    return found;
  }

  /** Whether a path leads to this very inode. */
  isAt(path: VPath, node: Inode): boolean {
    try {
      return this.find(path)?.node === node;
    } catch {
      return false;
    }
  }

  /** What lies at `path`; a link there is to be followed. */
  follow(path: VPath, who?: Who): Inode {
    const { node } = this.need(path, who);
    if (node.type === "symlink") throw linkMet(path, path, node.target);
    return node;
  }

  /** As {@link Lookup.parent}. */
  parent(path: VPath, who?: Who): Inode {
    return this.#lookup.parent(path, who);
  }

  /** Gives `node` the name `path`, where nothing is, at this time, which is the present. Its directory must be there. */
  addAt(path: VPath, node: Inode, nowMs: number = Date.now()): void {
    const parent = this.parent(path);
    const entry = this.#lookup.entryAt(path, node, ++this.#lastOrder);
    this.#put(parent, entry);
    this.#journal.named(parent, entry.name, node, entry.order);
    this.#touchDirectory(parent, nowMs);
  }

  /** Takes a name away; the node goes with its last name, unless it is open. */
  drop(parent: Inode, entry: Dentry): void {
    const { node } = entry;
    const nowMs = Date.now();
    this.#take(parent, entry);
    this.#journal.unnamed(parent, entry.name);
    this.#touchDirectory(parent, nowMs);
    node.touchAttributes(nowMs);
    this.#journal.changed(node);
    if (node.nlink === 0) this.#lastNameGone(node);
  }

  /** Takes a directory away with everything in it. */
  dropTree(parent: Inode, entry: Dentry): void {
    const directories: Inode[] = [entry.node];
    for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
      for (const child of namesOf(directory).all()) {
        this.drop(directory, child);
        if (child.node.type === "directory") directories.push(child.node);
      }
    }
    this.drop(parent, entry);
  }

  /** Puts a name at `path`, with all that is below it. */
  move(from: Inode, entry: Dentry, to: Inode, path: VPath): void {
    const { node } = entry;
    const nowMs = Date.now();
    this.#detach(from, entry);
    this.#journal.unnamed(from, entry.name);
    this.#touchDirectory(from, nowMs);
    if (node.type === "directory") {
      node.parent = to;
      to.nlink++;
      this.#lookup.moved();
    }
    const moved = this.#lookup.entryAt(path, node, ++this.#lastOrder);
    namesOf(to).add(moved);
    this.#journal.named(to, moved.name, node, moved.order);
    node.touchAttributes(nowMs);
    this.#journal.changed(node);
    this.#touchDirectory(to, nowMs);
  }

  /** Notes that a new file has got its content, in the step that made it: nobody has seen it without. */
  filled(node: Inode): void {
    node.version = ++this.#version;
    if (node.nlink > 0) this.#bytes += node.bytes;
    this.#journal.changed(node);
  }

  /** Notes that the content of a file changed from `before` bytes to what it is now. */
  changed(node: Inode, before: number, nowMs: number): void {
    node.touch(++this.#version, nowMs);
    if (node.nlink > 0 || node.opens > 0) this.#bytes += node.bytes - before;
    this.#journal.changed(node);
  }

  /** Notes that attributes changed. */
  described(node: Inode): void {
    this.#journal.changed(node);
  }

  opened(node: Inode): void {
    node.opens++;
  }

  /** Memory was filled anew, and this one is open. */
  reopened(ino: number): void {
    const node = this.inodes.get(ino);
    if (node === undefined) return;
    if (node.nlink === 0 && node.opens === 0) this.#bytes += node.bytes;
    node.opens++;
  }

  /** A file without a name, which is not written down. */
  makeScratch(): Inode {
    const node = new Inode(++this.#lastIno, "file", 0o600, Date.now());
    this.inodes.set(node.ino, node);
    return node;
  }

  /** Notes that a handle is gone. */
  released(node: Inode): void {
    if (--node.opens > 0 || node.nlink > 0 || this.inodes.get(node.ino) !== node) return;
    this.#bytes -= node.bytes;
    if (!this.#ends.mustStay(node)) this.bury(node);
  }

  /** Takes away an inode that has no name. */
  bury(node: Inode): void {
    this.inodes.delete(node.ino);
    this.#journal.gone(node);
    this.#ends.gone(node);
  }

  /** Inodes that nobody has a name for. */
  orphans(): Inode[] {
    return [...this.inodes.values()].filter(({ nlink, opens }) => nlink === 0 && opens === 0);
  }

  /** Everything that there is, to be read by {@link Replay.image}. */
  image(): Uint8Array<ArrayBuffer> {
    return encodeImage([...this.inodes.values()], this.counters);
  }

  /** Does in memory what was written down, here before or by others. */
  replay(): Replay {
    return new Replay(this, this.#lookup, {
      put: (parent, entry) => this.#put(parent, entry),
      take: (parent, entry) => this.#take(parent, entry),
      grown: (bytes) => void (this.#bytes += bytes),
      counters: (step) => this.#setCounters(step),
    });
  }

  #setCounters({
    lastIno,
    lastOrder,
    lastVersion,
  }: Pick<Step, "lastIno" | "lastOrder" | "lastVersion">): void {
    this.#lastIno = Math.max(this.#lastIno, lastIno);
    this.#lastOrder = Math.max(this.#lastOrder, lastOrder);
    this.#version = Math.max(this.#version, lastVersion);
  }

  #lastNameGone(node: Inode): void {
    if (node.opens > 0) return;
    if (this.#ends.mustStay(node)) return;
    this.bury(node);
  }

  #put(parent: Inode, entry: Dentry): void {
    const { node } = entry;
    namesOf(parent).add(entry);
    node.nlink++;
    if (node.nlink === 1) {
      this.#files++;
      this.#bytes += node.bytes;
    }
    if (node.type === "directory") {
      node.nlink = 2;
      node.parent = parent;
      parent.nlink++;
    }
    this.#lookup.changed();
    parent.listing = undefined;
  }

  #take(parent: Inode, entry: Dentry): void {
    const { node } = entry;
    this.#detach(parent, entry);
    node.nlink = node.type === "directory" ? 0 : node.nlink - 1;
    if (node.nlink > 0) return;
    this.#files--;
    if (node.opens === 0) this.#bytes -= node.bytes;
  }

  #detach(parent: Inode, entry: Dentry): void {
    this.#lookup.forget(entry);
    namesOf(parent).delete(entry);
    if (entry.node.type === "directory") {
      entry.node.parent = undefined;
      parent.nlink--;
    }
    this.#lookup.changed();
    parent.listing = undefined;
  }

  #touchDirectory(directory: Inode, nowMs: number): void {
    directory.mtimeMs = directory.ctimeMs = nowMs;
    directory.listing = undefined;
    this.#journal.changed(directory);
    this.#lookup.changed();
  }
}

/** Whether `directory` is `ancestor` or lies below it. */
export function isInside(directory: Inode | undefined, ancestor: Inode): boolean {
  for (let at = directory; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return false;
}
