import {
  modeAfterWrite,
  permitted,
  VfsError,
  type Context,
  type ProviderFile,
  type Stat,
  type StatChanges,
  type Who,
} from "@vfs/core";
import type { Inode } from "./inode.ts";
import type { Tree } from "./tree.ts";

/** An open file: holds on to the inode, whatever becomes of its names. */
export class MemoryFile implements ProviderFile {
  readonly #tree: Tree;
  readonly #node: Inode;

  constructor(tree: Tree, node: Inode) {
    this.#tree = tree;
    this.#node = node;
    node.opens++;
  }

  read(into: Uint8Array, position: number): number {
    return this.#node.content.read(into, position);
  }

  write(data: Uint8Array, position: number | "end", { identity }: Context): void {
    const { content } = this.#node;
    const before = content.size;
    content.write(data, position === "end" ? before : position);
    if (data.length > 0) changed(this.#tree, this.#node, before, identity);
  }

  truncate(size: number, { identity }: Context): void {
    const before = this.#node.content.size;
    this.#node.content.truncate(size);
    changed(this.#tree, this.#node, before, identity);
  }

  stat(): Stat {
    return this.#node.stat();
  }

  setStat(changes: StatChanges, { identity }: Context): void {
    this.#node.change(permitted(identity, this.#node, "file", changes), Date.now());
  }

  /** There is nothing more durable than memory here. */
  sync(): void {}

  close(): void {
    this.#tree.released(this.#node);
  }
}

/** Notes that `who` changed the content of a file, which was `before` bytes long. */
export function changed(tree: Tree, node: Inode, before: number, who: Who): void {
  if (who !== undefined) node.mode = modeAfterWrite(who, node);
  tree.changed(node, before);
}

/** The node of a file whose content is wanted. */
export function fileOnly(node: Inode): Inode {
  if (node.type !== "file") throw new VfsError(node.type === "directory" ? "EISDIR" : "EINVAL");
  return node;
}
