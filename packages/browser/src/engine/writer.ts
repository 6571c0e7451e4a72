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
import type { Inode } from "../tree/inode.ts";
import type { Engine } from "./engine.ts";

/** Creates and replaces what lies at a path, for whoever may, and tells who watches. */
export class Writer {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The file at the path, links followed, which `who` writes; undefined when there is nothing. */
  writable(path: VPath, who: Who): Inode | undefined {
    const node = this.#engine.tree.find(path, who)?.node;
    if (node === undefined) return undefined;
    if (node.type === "symlink") throw linkMet(path, path, node.target);
    if (who !== undefined) checkAccess(who, fileOnly(node), WRITE);
    return fileOnly(node);
  }

  /** A new file at a path that was looked up for `who`. */
  create(path: VPath, mode: number, who: Who): Inode {
    const { tree } = this.#engine;
    const node = tree.makeIn(tree.parent(path), "file", mode, who);
    tree.addAt(path, node, node.birthtimeMs);
    return node;
  }

  /** Puts what `make` gives at a name that is free. */
  addNew(path: VPath, who: Who, make: (parent: Inode) => Inode): void {
    const { tree } = this.#engine;
    if (path === ROOT || tree.find(path, who) !== undefined) throw new VfsError("EEXIST");
    const node = make(tree.parent(path));
    tree.addAt(path, node);
    this.tell("created", path, node);
  }

  /** Tells who watches. */
  tell(kind: ChangeKind, path: VPath, { type }: Inode): void {
    const { feed } = this.#engine;
    if (feed.active) feed.tell({ kind, path, type });
  }

  /** Fails when a write with these conditions would; answers what it would replace. */
  checkReplace(path: VPath, { ifMatch, ifNoneMatch }: WriteOptions, who: Who): Inode | undefined {
    const { tree } = this.#engine;
    const found = tree.find(path, who)?.node;
    if (found !== undefined && ifNoneMatch !== undefined)
      throw new VfsError("EEXIST", { reason: "precondition" });
    if (found?.type === "symlink") throw linkMet(path, path, found.target);
    if (found !== undefined) {
      if (who !== undefined) checkAccess(who, fileOnly(found), WRITE);
      checkMatch(fileOnly(found), ifMatch);
    } else if (ifMatch !== undefined) throw stale("there is no such file any more");
    else checkEnter(who, tree.parent(path));
    return found;
  }

  /**
   * Gives a file new content in one step; the inode stays, with its number, its links and its handles.
   *
   * @param content Bytes that nobody else touches, or a file: one without a name loses its content to this one, of
   * another it is copied.
   */
  replace(path: VPath, content: Inode | Uint8Array<ArrayBuffer>, options: WriteOptions, who: Who): Stat {
    const { tree, contents } = this.#engine;
    const found = this.checkReplace(path, options, who);
    const node = found ?? this.create(path, options.mode ?? 0o644, who);
    const before = node.bytes;
    if (content instanceof Uint8Array) contents.assign(node, content);
    else if (content.nlink === 0) contents.move(content, node);
    else contents.copy(content, node);
    if (found !== undefined) {
      changed(this.#engine, node, before, who);
    } else {
      // What is new and empty was never written.
      if (who !== undefined && node.bytes > 0) node.mode = modeAfterWrite(who, node);
      tree.filled(node);
    }
    const { mtimeMs, contentType, meta } = options;
    if (mtimeMs !== undefined || contentType !== undefined || meta !== undefined) {
      node.change({ mtimeMs, contentType, meta }, node.ctimeMs);
      tree.described(node);
    }
    this.tell(found === undefined ? "created" : "changed", path, node);
    return node.stat();
  }
}

/** Notes that `who` changed the content of a file, which was `before` bytes long. */
export function changed({ tree }: Engine, node: Inode, before: number, who: Who): void {
  if (who !== undefined) node.mode = modeAfterWrite(who, node);
  tree.changed(node, before, Date.now());
}

/** The node of a file whose content is wanted. */
export function fileOnly(node: Inode): Inode {
  if (node.type !== "file") throw new VfsError(node.type === "directory" ? "EISDIR" : "EINVAL");
  return node;
}

/** Fails with `ESTALE` unless a file has this etag. */
export function checkMatch(node: Inode, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && node.etag !== ifMatch) throw stale(`the file's etag is ${node.etag} by now`);
}

function stale(hint: string): VfsError {
  return new VfsError("ESTALE", { reason: "precondition", hint });
}
