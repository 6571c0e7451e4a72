import { VfsError, type ProviderFile, type Stat, type StatChanges } from "@vfs/core";
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
    this.#node.accessed();
    return this.#node.content.read(into, position);
  }

  write(data: Uint8Array, position: number | "end"): void {
    const { content } = this.#node;
    const before = content.size;
    content.write(data, position === "end" ? before : position);
    if (data.length > 0) this.#tree.changed(this.#node, before);
  }

  truncate(size: number): void {
    const before = this.#node.content.size;
    this.#node.content.truncate(size);
    this.#tree.changed(this.#node, before);
  }

  stat(): Stat {
    return this.#node.stat();
  }

  setStat(changes: StatChanges): void {
    this.#node.change(changes, Date.now());
  }

  /** There is nothing more durable than memory here. */
  sync(): void {}

  close(): void {
    this.#tree.released(this.#node);
  }
}

/** The node of a file whose content is wanted. */
export function fileOnly(node: Inode): Inode {
  if (node.type !== "file") throw new VfsError(node.type === "directory" ? "EISDIR" : "EINVAL");
  return node;
}
