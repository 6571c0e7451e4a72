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
import { Inode } from "./inode.ts";
import { Dentry, type Names } from "./names.ts";

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
  /** Undefined under a path that is gone, for the reason that {@link Names} tells. */
  #remembered = new Map<string, Dentry | undefined>();
  /** How often a directory was moved: what was remembered before may lie elsewhere by now. */
  #moves = 0;
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
    return this.#known(path) ?? this.#walk(path, path);
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
  addAt(path: VPath, node: Inode, nowMs?: number): void {
    const name = path === this.#missed ? this.#missedName : nameOf(path);
    this.#remember(path, this.add(this.parent(path), name, node, nowMs));
  }

  /** Gives `node` a name; at this time, which is the present. */
  add(parent: Inode, name: string, node: Inode, nowMs: number = Date.now()): Dentry {
    const entry = new Dentry(name, node, ++this.#lastOrder);
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
    return entry;
  }

  /** Takes a name away; the node goes with its last name, unless it is open. */
  drop(parent: Inode, entry: Dentry): void {
    const { node } = entry;
    const nowMs = Date.now();
    this.#detach(parent, entry, nowMs);
    node.nlink = node.type === "directory" ? 0 : node.nlink - 1;
    node.ctimeMs = nowMs;
    if (node.nlink === 0) {
      this.#files--;
      if (node.opens === 0) this.#bytes -= node.content.size;
    }
  }

  /** Takes a directory away with everything in it. */
  dropTree(parent: Inode, entry: Dentry): void {
    const directories: Inode[] = [entry.node];
    for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
      for (let child = namesOf(directory).first; child !== undefined; child = child.behind) {
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
    const moved = new Dentry(nameOf(path), node, ++this.#lastOrder);
    namesOf(to).add(moved);
    if (node.type === "directory") {
      node.parent = to;
      to.nlink++;
      // The paths of everything below have changed. What is remembered of them is looked at again when it is asked for:
      // to forget it here would cost the more the larger the store is.
      this.#moves++;
    }
    node.ctimeMs = nowMs;
    this.#touchDirectory(to, nowMs);
    this.#remember(path, moved);
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
    this.#forget(entry);
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
    this.#missed = undefined;
  }

  /** What is remembered of `path`, if that is still so. */
  #known(path: VPath): Dentry | undefined {
    const entry = this.#remembered.get(path);
    return entry === undefined || entry.sureAt === this.#moves || this.#isStill(path, entry)
      ? entry
      : undefined;
  }

  /** A directory was moved since `entry` was found at `path`: whether it is there still. */
  #isStill(path: VPath, entry: Dentry): boolean {
    const directory = parentOf(path);
    const parent = directory === ROOT ? this.root : this.#known(directory)?.node;
    if (parent?.names?.get(entry.name) !== entry) {
      this.#forget(entry);
      return false;
    }
    entry.sureAt = this.#moves;
    return true;
  }

  #walk(path: VPath, whole: VPath): Dentry | undefined {
    if (path === ROOT) return this.#rootEntry;
    const parent = this.#parent(path, whole);
    const name = nameOf(path);
    const entry = namesOf(parent).get(name);
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
    const entry = this.#known(directory) ?? this.#walk(directory, whole);
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
    const known = this.#known(directory)?.node;
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
    // At one path only, so that it can be forgotten.
    if (entry.rememberedAs !== undefined) this.#forget(entry);
    this.#remembered.set(path, entry);
    entry.rememberedAs = path;
    entry.sureAt = this.#moves;
  }

  /** What is gone must not be kept in memory for having been looked up. */
  #forget(entry: Dentry): void {
    const { rememberedAs } = entry;
    if (rememberedAs === undefined) return;
    entry.rememberedAs = undefined;
    if (this.#remembered.get(rememberedAs) === entry) this.#remembered.set(rememberedAs, undefined);
  }
}

/** The names in a directory. */
export function namesOf(directory: Inode): Names {
  if (directory.names === undefined) throw new VfsError("ENOTDIR");
  return directory.names;
}

/** Whether `directory` is `ancestor` or lies below it. */
export function isInside(directory: Inode | undefined, ancestor: Inode): boolean {
  for (let at = directory; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return false;
}
