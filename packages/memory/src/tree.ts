import {
  checkEnter,
  checkSearch,
  inherit,
  isRoot,
  linkMet,
  nameOf,
  parentOf,
  ROOT,
  VfsError,
  type FileType,
  type Identity,
  type Usage,
  type VPath,
  type Who,
} from "@vfs/core";
import { Dentry, Inode } from "./inode.ts";

const SET_GID = 0o2000;

// Paths that are remembered, so that a lookup is one step however deep it is; then it begins anew.
const REMEMBERED_PATHS = 65_536;

/** The inodes and names of a store, and the way from a path to them. */
export class Tree {
  readonly root: Inode;
  #lastIno = 0;
  #lastOrder = 0;
  #version = 0;
  #bytes = 0;
  #files = 0;
  readonly #rootEntry: Dentry;
  #remembered = new Map<string, Dentry>();
  /** The path that was looked up in vain last, until something changes, and where it would be: it is often made next. */
  #missed: VPath | undefined;
  #missedParent: Inode;
  #missedName = "";

  constructor() {
    this.root = this.makeInode("directory", 0o755);
    this.root.nlink = 2;
    this.#rootEntry = new Dentry("", this.root, 0);
    this.#missedParent = this.root;
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

  /**
   * What lies at `path` itself, or undefined.
   *
   * @param who May have to be allowed to search every directory on the way.
   * @throws LinkMet for a link on the way; VfsError `ENOTDIR` when the way leads through a file, `EACCES` when it leads
   * through a directory that `who` may not search.
   */
  find(path: VPath, who?: Who): Dentry | undefined {
    if (who !== undefined) this.#admit(path, who);
    return this.#remembered.get(path) ?? this.#walk(path, path);
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

  /** The directory that `path` lies in, or is to lie in. */
  parent(path: VPath, who?: Who): Inode {
    if (who !== undefined) this.#admit(path, who);
    return path === this.#missed ? this.#missedParent : this.#parent(path, path);
  }

  /** Gives `node` the name `path`, where nothing is. Its directory must be there. */
  addAt(path: VPath, node: Inode): void {
    const name = path === this.#missed ? this.#missedName : nameOf(path);
    this.#remember(path, this.add(this.parent(path), name, node));
  }

  /** Gives `node` a name. */
  add(parent: Inode, name: string, node: Inode): Dentry {
    const entry = new Dentry(name, node, ++this.#lastOrder);
    entriesOf(parent).set(name, entry);
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
    this.#touchDirectory(parent);
    return entry;
  }

  /** Takes a name away; the node goes with its last name, unless it is open. */
  drop(parent: Inode, entry: Dentry): void {
    const { node } = entry;
    this.#detach(parent, entry);
    node.nlink = node.type === "directory" ? 0 : node.nlink - 1;
    node.ctimeMs = Date.now();
    if (node.nlink === 0) {
      this.#files--;
      if (node.opens === 0) this.#bytes -= node.content.size;
    }
  }

  /** Takes a directory away with everything in it. */
  dropTree(parent: Inode, entry: Dentry): void {
    const directories: Inode[] = [entry.node];
    for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
      for (const child of entriesOf(directory).values()) {
        this.drop(directory, child);
        if (child.node.type === "directory") directories.push(child.node);
      }
    }
    this.drop(parent, entry);
  }

  /** Puts a name elsewhere, with all that is below it. */
  move(from: Inode, entry: Dentry, to: Inode, name: string): void {
    const { node } = entry;
    this.#detach(from, entry);
    entriesOf(to).set(name, new Dentry(name, node, ++this.#lastOrder));
    if (node.type === "directory") {
      node.parent = to;
      to.nlink++;
      // The paths of everything below have changed.
      this.#remembered = new Map();
    }
    node.ctimeMs = Date.now();
    this.#touchDirectory(to);
  }

  /** Notes that the content of a file changed from `before` bytes to what it is now. */
  changed(node: Inode, before: number, nowMs: number = Date.now()): void {
    node.touch(++this.#version, nowMs);
    if (node.nlink > 0 || node.opens > 0) this.#bytes += node.content.size - before;
  }

  /** Notes that a handle is gone. */
  released(node: Inode): void {
    if (--node.opens === 0 && node.nlink === 0) this.#bytes -= node.content.size;
  }

  #detach(parent: Inode, entry: Dentry): void {
    this.#forget(entry);
    entriesOf(parent).delete(entry.name);
    if (entry.node.type === "directory") {
      entry.node.parent = undefined;
      parent.nlink--;
    }
    this.#touchDirectory(parent);
  }

  #touchDirectory(directory: Inode): void {
    directory.mtimeMs = directory.ctimeMs = Date.now();
    directory.listing = undefined;
    this.#missed = undefined;
  }

  #walk(path: VPath, whole: VPath): Dentry | undefined {
    if (path === ROOT) return this.#rootEntry;
    const parent = this.#parent(path, whole);
    const name = nameOf(path);
    const entry = entriesOf(parent).get(name);
    if (entry !== undefined) {
      this.#remember(path, entry);
    } else {
      this.#missed = path;
      this.#missedParent = parent;
      this.#missedName = name;
    }
    return entry;
  }

  #parent(path: VPath, whole: VPath): Inode {
    const directory = parentOf(path);
    const entry = this.#remembered.get(directory) ?? this.#walk(directory, whole);
    if (entry === undefined) throw new VfsError("ENOENT");
    const { node } = entry;
    if (node.type === "directory") return node;
    throw node.type === "symlink" ? linkMet(whole, directory, node.target) : new VfsError("ENOTDIR");
  }

  /** Fails unless `who` may search every directory on the way to `path`, as far as that goes. */
  #admit(path: VPath, who: Identity, whole: VPath = path): void {
    const { root } = who;
    if (isRoot(who) || path === ROOT || path.length <= root.length) return;
    const directory = parentOf(path);
    const known = this.#remembered.get(directory)?.node;
    if (known?.type === "directory") return this.#admitInto(known, who);
    // From above, for what lies behind a directory that cannot be searched is nobody's to know.
    this.#admit(directory, who, whole);
    const node = this.#walk(directory, whole)?.node;
    if (node?.type === "directory") checkSearch(who, node);
  }

  /** The same for a directory that is known, and so all that are above it. */
  #admitInto(directory: Inode, who: Identity): void {
    const top = who.root === ROOT ? this.root : this.find(who.root)?.node;
    for (let at: Inode | undefined = directory; at !== undefined; at = at === top ? undefined : at.parent)
      checkSearch(who, at);
  }

  #remember(path: VPath, entry: Dentry): void {
    if (this.#remembered.size >= REMEMBERED_PATHS) this.#remembered = new Map();
    this.#remembered.set(path, entry);
    entry.rememberedAs = path;
  }

  /** What is gone must not be kept in memory for having been looked up. */
  #forget(entry: Dentry): void {
    if (entry.rememberedAs !== undefined) this.#remembered.delete(entry.rememberedAs);
  }
}

/** The names in a directory. */
export function entriesOf(directory: Inode): Map<string, Dentry> {
  if (directory.entries === undefined) throw new VfsError("ENOTDIR");
  return directory.entries;
}

/** Whether `directory` is `ancestor` or lies below it. */
export function isInside(directory: Inode | undefined, ancestor: Inode): boolean {
  for (let at = directory; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return false;
}
