import {
  checkAccess,
  checkEnter,
  linkMet,
  modeAfterWrite,
  ROOT,
  VfsError,
  WRITE,
  type ChangeKind,
  type Stat,
  type VPath,
  type Who,
  type WriteOptions,
} from "@vfs/core";
import { Content } from "./content.ts";
import type { Feed } from "./feed.ts";
import { changed, fileOnly } from "./file.ts";
import type { Inode } from "./inode.ts";
import { Slab } from "./slab.ts";
import type { Tree } from "./tree.ts";

/** Creates and replaces what lies at a path, for whoever may, and tells who watches. */
export class Writer {
  readonly #tree: Tree;
  readonly #feed: Feed;
  readonly #slab = new Slab();

  constructor(tree: Tree, feed: Feed) {
    this.#tree = tree;
    this.#feed = feed;
  }

  /** The file at the path, links followed, which `who` writes; undefined when there is nothing. */
  writable(path: VPath, who: Who): Inode | undefined {
    const node = this.#tree.find(path, who)?.node;
    if (node === undefined) return undefined;
    if (node.type === "symlink") throw linkMet(path, path, node.target);
    if (who !== undefined) checkAccess(who, fileOnly(node), WRITE);
    return fileOnly(node);
  }

  /** A new file at a path that was looked up for `who`. */
  create(path: VPath, mode: number, who: Who): Inode {
    const parent = this.#tree.parent(path);
    const node = this.#tree.makeIn(parent, "file", mode, who);
    this.#tree.addAt(path, node, node.birthtimeMs);
    return node;
  }

  /** Puts what `make` gives at a name that is free. */
  addNew(path: VPath, who: Who, make: (parent: Inode) => Inode): void {
    if (path === ROOT || this.#tree.find(path, who) !== undefined) throw new VfsError("EEXIST");
    const node = make(this.#tree.parent(path));
    this.#tree.addAt(path, node);
    this.tell("created", path, node);
  }

  /** Tells who watches. */
  tell(kind: ChangeKind, path: VPath, { type }: Inode): void {
    if (this.#feed.active) this.#feed.tell({ kind, path, type });
  }

  /** Fails when a write with these conditions would; answers what it would replace. */
  checkReplace(path: VPath, { ifMatch, ifNoneMatch }: WriteOptions, who: Who): Inode | undefined {
    const found = this.#tree.find(path, who)?.node;
    if (found !== undefined && ifNoneMatch !== undefined)
      throw new VfsError("EEXIST", { reason: "precondition" });
    if (found?.type === "symlink") throw linkMet(path, path, found.target);
    if (found !== undefined) {
      if (who !== undefined) checkAccess(who, fileOnly(found), WRITE);
      checkMatch(fileOnly(found), ifMatch);
    } else if (ifMatch !== undefined) throw stale("there is no such file any more");
    else checkEnter(who, this.#tree.parent(path));
    return found;
  }

  /**
   * Gives a file new content in one step; the inode stays, with its number, its links and its handles.
   *
   * @param content What becomes the file's, or bytes to be copied.
   */
  replace(path: VPath, content: Content | Uint8Array, options: WriteOptions, who: Who): Stat {
    const found = this.checkReplace(path, options, who);
    const isNew = found === undefined;
    const node = isNew ? this.create(path, options.mode ?? 0o644, who) : found;
    if (!isNew) this.#tree.keep(node);
    const before = node.content.size;
    if (content instanceof Content) node.content = content;
    else this.#copyInto(node, content);
    if (!isNew) {
      changed(this.#tree, node, before, who);
    } else {
      // What is new and empty was never written.
      if (who !== undefined && node.content.size > 0) node.mode = modeAfterWrite(who, node);
      this.#tree.filled(node);
    }
    const { mtimeMs, contentType, meta } = options;
    if (mtimeMs !== undefined || contentType !== undefined || meta !== undefined)
      node.change({ mtimeMs, contentType, meta }, node.ctimeMs);
    this.tell(isNew ? "created" : "changed", path, node);
    return options.unseen ? { type: "file", size: node.size, mtimeMs: node.mtimeMs } : node.stat();
  }

  /** In the memory of what was there, where that is enough. */
  #copyInto(node: Inode, data: Uint8Array): void {
    if (node.content.isOnePiece) node.content.assign(data, this.#slab);
    else node.content = Content.of(data, this.#slab);
  }
}

/** Fails with `ESTALE` unless a file has this etag. */
export function checkMatch(node: Inode, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && node.etag !== ifMatch) throw stale(`the file's etag is ${node.etag} by now`);
}

function stale(hint: string): VfsError {
  return new VfsError("ESTALE", { reason: "precondition", hint });
}
