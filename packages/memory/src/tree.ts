import { linkMet, nameOf, parentOf, ROOT, VfsError, type FileType, type Usage, type VPath } from "@vfs/core";
import { Dentry, Inode } from "./inode.ts";

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

  constructor() {
    this.root = this.makeInode("directory", 0o755);
    this.root.nlink = 2;
    this.#rootEntry = new Dentry("", this.root, 0);
  }

  makeInode(type: FileType, mode: number, target?: string): Inode {
    return new Inode(++this.#lastIno, type, mode, Date.now(), target);
  }

  get usage(): Usage {
    return { bytes: this.#bytes, files: this.#files };
  }

  /**
   * What lies at `path` itself, or undefined.
   *
   * @throws LinkMet for a link on the way; VfsError `ENOTDIR` when the way leads through a file.
   */
  find(path: VPath): Dentry | undefined {
    return this.#remembered.get(path) ?? this.#walk(path, path);
  }

  /** As {@link find}; throws VfsError `ENOENT` when there is nothing. */
  need(path: VPath): Dentry {
    const found = this.find(path);
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
  follow(path: VPath): Inode {
    const { node } = this.need(path);
    if (node.type === "symlink") throw linkMet(path, path, node.target);
    return node;
  }

  /** The directory that `path` lies in, or is to lie in. */
  parent(path: VPath): Inode {
    return this.#parent(path, path);
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
  }

  #walk(path: VPath, whole: VPath): Dentry | undefined {
    if (path === ROOT) return this.#rootEntry;
    const entry = entriesOf(this.#parent(path, whole)).get(nameOf(path));
    if (entry !== undefined) this.#remember(path, entry);
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
