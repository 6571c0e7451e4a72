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
import { History } from "./history.ts";
import { Inode } from "./inode.ts";
import { Lookup, namesOf } from "./lookup.ts";
import { Dentry } from "./names.ts";

const SET_GID = 0o2000;

/** After every epoch. No `Infinity`, which would make it another kind of number, and all inodes slower for it. */
const NEVER_AGAIN: number = 2 ** 30 - 1;

/** The inodes and names of a store, and the way from a path to them. */
export class Tree {
  readonly root: Inode = new Inode(1, "directory", 0o755, Date.now(), 0, "");
  /** What was, for snapshots: it is told before anything changes. */
  readonly history: History = new History(this.root);
  #lastIno = 1;
  #lastOrder = 0;
  #version = 0;
  #bytes = 0;
  #files = 0;
  readonly #lookup: Lookup = new Lookup(this.root);

  constructor() {
    this.root.nlink = 2;
  }

  makeInode(type: FileType, mode: number, target = ""): Inode {
    return new Inode(++this.#lastIno, type, mode, Date.now(), this.history.epoch, target);
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
    this.#add(parent, this.#lookup.entryAt(path, node, ++this.#lastOrder), nowMs);
  }

  /** Gives a copy the name that the original has elsewhere. */
  addLike(parent: Inode, { name, hash }: Dentry, copy: Inode): void {
    this.#add(parent, new Dentry(name, copy, hash, ++this.#lastOrder), copy.birthtimeMs);
  }

  #add(parent: Inode, entry: Dentry, nowMs: number): void {
    const { node } = entry;
    if (this.history.newest >= 0) {
      this.#keepNames(parent, entry, undefined);
      if (node.nlink > 0) this.history.keep(node);
    }
    namesOf(parent).add(entry);
    entry.directory = parent;
    node.named(entry);
    node.nlink++;
    if (node.nlink === 1) {
      this.#files++;
      this.#bytes += node.content.size;
    }
    if (node.type === "directory") {
      node.nlink = 2;
      parent.nlink++;
    }
    this.#touchDirectory(parent, nowMs);
  }

  /** Takes a name away; the node goes with its last name, unless it is open. */
  drop(parent: Inode, entry: Dentry): void {
    const { node } = entry;
    const nowMs = Date.now();
    this.#detach(parent, entry, nowMs);
    this.#unlink(node, nowMs);
  }

  /** Notes that a node has a name less. */
  #unlink(node: Inode, nowMs: number): void {
    node.nlink = node.type === "directory" ? 0 : node.nlink - 1;
    node.touchAttributes(nowMs);
    if (node.nlink > 0) return;
    this.#files--;
    // What has no name now is in no snapshot that is to come.
    node.since = NEVER_AGAIN;
    if (node.opens === 0) this.#gone(node);
  }

  /** Notes that nobody can have the content any more. */
  #gone(node: Inode): void {
    this.#bytes -= node.content.size;
    if (node.past !== undefined) this.history.contentGone(node);
  }

  /** Takes a directory away with everything in it. Those in it keep their names: nobody but snapshots can get there. */
  dropTree(parent: Inode, entry: Dentry): void {
    const nowMs = Date.now();
    const directories: Inode[] = [entry.node];
    for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
      for (const child of namesOf(directory).all()) {
        this.#lookup.forget(child);
        if (child.node.type === "directory") directories.push(child.node);
        this.#dropBelow(child, nowMs);
      }
    }
    this.drop(parent, entry);
  }

  #dropBelow(entry: Dentry, nowMs: number): void {
    const { node } = entry;
    if (node.type === "directory") {
      this.#files--;
      return;
    }
    this.#keepNode(node);
    node.unnamed(entry);
    this.#unlink(node, nowMs);
  }

  /** Puts a name at `path`, with all that is below it. */
  move(from: Inode, entry: Dentry, to: Inode, path: VPath): void {
    const { node } = entry;
    const nowMs = Date.now();
    this.#detach(from, entry, nowMs);
    if (node.type === "directory") this.#lookup.moved();
    const moved = this.#lookup.entryAt(path, node, ++this.#lastOrder);
    if (this.history.newest >= 0) this.#keepNames(to, moved, undefined);
    if (node.type === "directory") to.nlink++;
    namesOf(to).add(moved);
    moved.directory = to;
    node.named(moved);
    node.touchAttributes(nowMs);
    this.#touchDirectory(to, nowMs);
  }

  /** Notes that a new file has got its content, in the step that made it: nobody has seen it without. */
  filled(node: Inode): void {
    node.version = ++this.#version;
    this.#bytes += node.content.size;
  }

  /** To be called before the content or an attribute of a node changes. */
  keep(node: Inode): void {
    this.history.keep(node);
  }

  /** Notes that the content was read. */
  accessed(node: Inode): void {
    if (!node.isUnread) return;
    if (node.notesReading) {
      this.history.keepQuietly(node);
      node.atimeMs = Date.now();
    }
    node.isUnread = false;
  }

  /** Notes that the content of a file changed from `before` bytes to what it is now. */
  changed(node: Inode, before: number, nowMs: number): void {
    if (node.past !== undefined) this.history.contentGone(node);
    node.touch(++this.#version, nowMs);
    if (node.nlink > 0 || node.opens > 0) this.#bytes += node.content.size - before;
  }

  /** Notes that a handle is gone. */
  released(node: Inode): void {
    if (--node.opens === 0 && node.nlink === 0) this.#gone(node);
  }

  /** A name is to come, or to go: what it stood for until now. */
  #keepNames(directory: Inode, { name, node }: Dentry, entry: Dentry | undefined): void {
    this.history.keepName(directory, name, entry, node.type === "directory");
    this.history.keepQuietly(directory);
  }

  /** A name of a node is to go. Its other names have to tell of that too. */
  #keepNode(node: Inode): void {
    if (node.nlink > 1 && node.type !== "directory") this.history.keep(node);
    else this.history.keepQuietly(node);
  }

  #detach(parent: Inode, entry: Dentry, nowMs: number): void {
    if (this.history.newest >= 0) {
      this.#keepNames(parent, entry, entry);
      this.#keepNode(entry.node);
    }
    this.#lookup.forget(entry);
    namesOf(parent).delete(entry);
    entry.node.unnamed(entry);
    if (entry.node.type === "directory") parent.nlink--;
    this.#touchDirectory(parent, nowMs);
  }

  #touchDirectory(directory: Inode, nowMs: number): void {
    directory.mtimeMs = directory.ctimeMs = nowMs;
    directory.listing = undefined;
    this.#lookup.changed();
  }
}

/** Whether `directory` is `ancestor` or lies below it. */
export function isInside(directory: Inode | undefined, ancestor: Inode): boolean {
  for (let at = directory; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return false;
}
