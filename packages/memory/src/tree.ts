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
import { Inode } from "./inode.ts";
import { Lookup, namesOf } from "./lookup.ts";
import { Dentry } from "./names.ts";

const SET_GID = 0o2000;

/** The inodes and names of a store, and the way from a path to them. */
export class Tree {
  readonly root: Inode;
  #lastIno = 0;
  #lastOrder = 0;
  #version = 0;
  #bytes = 0;
  #files = 0;
  readonly #lookup: Lookup;

  constructor() {
    this.root = this.makeInode("directory", 0o755);
    this.root.nlink = 2;
    this.#lookup = new Lookup(this.root);
  }

  makeInode(type: FileType, mode: number, target?: string): Inode {
    return new Inode(++this.#lastIno, type, mode, Date.now(), target);
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
    namesOf(parent).add(entry);
    node.nlink++;
    if (node.nlink === 1) {
      this.#files++;
      this.#bytes += node.content.size;
    }
    if (node.type === "directory") {
      node.nlink = 2;
      node.parent = parent;
      parent.nlink++;
    }
    this.#touchDirectory(parent, nowMs);
  }

  /** Takes a name away; the node goes with its last name, unless it is open. */
  drop(parent: Inode, entry: Dentry): void {
    const { node } = entry;
    const nowMs = Date.now();
    this.#detach(parent, entry, nowMs);
    node.nlink = node.type === "directory" ? 0 : node.nlink - 1;
    node.touchAttributes(nowMs);
    if (node.nlink === 0) {
      this.#files--;
      if (node.opens === 0) this.#bytes -= node.content.size;
    }
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
    this.#detach(from, entry, nowMs);
    if (node.type === "directory") {
      node.parent = to;
      to.nlink++;
      this.#lookup.moved();
    }
    namesOf(to).add(this.#lookup.entryAt(path, node, ++this.#lastOrder));
    node.touchAttributes(nowMs);
    this.#touchDirectory(to, nowMs);
  }

  /** Notes that a new file has got its content, in the step that made it: nobody has seen it without. */
  filled(node: Inode): void {
    node.version = ++this.#version;
    this.#bytes += node.content.size;
  }

  /** Notes that the content of a file changed from `before` bytes to what it is now. */
  changed(node: Inode, before: number, nowMs: number): void {
    node.touch(++this.#version, nowMs);
    if (node.nlink > 0 || node.opens > 0) this.#bytes += node.content.size - before;
  }

  /** Notes that a handle is gone. */
  released(node: Inode): void {
    if (--node.opens === 0 && node.nlink === 0) this.#bytes -= node.content.size;
  }

  #detach(parent: Inode, entry: Dentry, nowMs: number): void {
    this.#lookup.forget(entry);
    namesOf(parent).delete(entry);
    if (entry.node.type === "directory") {
      entry.node.parent = undefined;
      parent.nlink--;
    }
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
