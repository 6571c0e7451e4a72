import {
  modeAfterWrite,
  permitted,
  VfsError,
  type Context,
  type ProviderFile,
  type Stat,
  type StatChanges,
  type VPath,
  type Who,
} from "@vfs/core";
import type { Feed } from "./feed.ts";
import type { Inode } from "./inode.ts";
import type { Tree } from "./tree.ts";

/** An open file: holds on to the inode, whatever becomes of its names. */
export class MemoryFile implements ProviderFile {
  readonly #tree: Tree;
  readonly #node: Inode;
  readonly #feed: Feed;
  /** The name that it was opened by, wherever that has been moved. */
  path: VPath;

  constructor(tree: Tree, node: Inode, feed: Feed, path: VPath) {
    this.#tree = tree;
    this.#node = node;
    this.#feed = feed;
    this.path = path;
    node.opens++;
    feed.files.add(this);
  }

  read(into: Uint8Array, position: number): number {
    this.#tree.accessed(this.#node);
    return this.#node.content.read(into, position);
  }

  write(data: Uint8Array, position: number | "end", { identity }: Context): void {
    if (data.length === 0) return;
    this.#tree.keep(this.#node);
    const { content } = this.#node;
    const before = content.size;
    content.write(data, position === "end" ? before : position);
    changed(this.#tree, this.#node, before, identity);
    this.#tell();
  }

  truncate(size: number, { identity }: Context): void {
    this.#tree.keep(this.#node);
    const before = this.#node.content.size;
    this.#node.content.truncate(size);
    changed(this.#tree, this.#node, before, identity);
    this.#tell();
  }

  stat(): Stat {
    return this.#node.stat();
  }

  setStat(changes: StatChanges, { identity }: Context): void {
    const allowed = permitted(identity, this.#node, "file", changes);
    this.#tree.keep(this.#node);
    this.#node.change(allowed, Date.now());
    this.#tell();
  }

  /** There is nothing more durable than memory here. */
  sync(): void {}

  close(): void {
    this.#feed.files.delete(this);
    this.#tree.released(this.#node);
  }

  /** What happens to a file without its name is nobody else's affair. */
  #tell(): void {
    if (this.#feed.active && this.#tree.isAt(this.path, this.#node))
      this.#feed.tell({ kind: "changed", path: this.path, type: "file" });
  }
}

/** Notes that `who` changed the content of a file, which was `before` bytes long. */
export function changed(tree: Tree, node: Inode, before: number, who: Who): void {
  if (who !== undefined) node.mode = modeAfterWrite(who, node);
  tree.changed(node, before, Date.now());
}

/** The node of a file whose content is wanted. */
export function fileOnly(node: Inode): Inode {
  if (node.type !== "file") throw new VfsError(node.type === "directory" ? "EISDIR" : "EINVAL");
  return node;
}
