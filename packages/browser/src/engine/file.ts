import {
  chain,
  permitted,
  VfsError,
  type Awaitable,
  type Context,
  type ProviderFile,
  type Stat,
  type StatChanges,
  type SyncOptions,
  type VPath,
} from "@vfs/core";
import type { Inode } from "../tree/inode.ts";
import { owned } from "./bytes.ts";
import type { Engine } from "./engine.ts";
import { changed } from "./writer.ts";

/** An open file: holds on to the inode, whatever becomes of its names. */
export class StoreFile implements ProviderFile {
  readonly #engine: Engine;
  readonly #ino: number;
  /** The name that it was opened by, wherever that has been moved. */
  path: VPath;

  constructor(engine: Engine, { ino }: Inode, path: VPath) {
    this.#engine = engine;
    this.#ino = ino;
    this.path = path;
    engine.tree.reopened(ino);
    engine.open.set(this, ino);
    engine.feed.files.add(this);
  }

  read(into: Uint8Array, position: number): Awaitable<number> {
    const read = this.#engine.read(() => {
      const node = this.#node();
      node.accessed();
      return this.#engine.contents.reading(node, position, into.length);
    });
    return chain(read, (bytes) => {
      into.set(bytes);
      return bytes.length;
    });
  }

  write(data: Uint8Array, position: number | "end", ctx: Context): Awaitable<void> {
    if (data.length === 0) return undefined;
    const bytes = owned(data, this.#engine);
    return this.#change(ctx, (node) => {
      this.#engine.contents.write(node, bytes, position === "end" ? node.bytes : position);
    });
  }

  truncate(size: number, ctx: Context): Awaitable<void> {
    return this.#change(ctx, (node) => this.#engine.contents.truncate(node, size));
  }

  stat(): Awaitable<Stat> {
    return this.#engine.look(() => this.#node().stat());
  }

  setStat(changes: StatChanges, ctx: Context): Awaitable<void> {
    return this.#engine.change(ctx, () => {
      const node = this.#node();
      node.change(permitted(ctx.identity, node, "file", changes), Date.now());
      this.#engine.tree.described(node);
      this.#tell(node);
    });
  }

  sync(_options: SyncOptions, ctx: Context): Awaitable<void> {
    return this.#engine.change(ctx, () => undefined, true);
  }

  close(ctx: Context): Awaitable<void> {
    this.#engine.feed.files.delete(this);
    return this.#engine.change({ ...ctx, signal: undefined }, () => {
      const node = this.#engine.tree.inodes.get(this.#ino);
      this.#engine.open.delete(this);
      if (node !== undefined) this.#engine.tree.released(node);
    });
  }

  #change(ctx: Context, action: (node: Inode) => void): Awaitable<void> {
    return this.#engine.change(ctx, () => {
      const node = this.#node();
      const before = node.bytes;
      action(node);
      changed(this.#engine, node, before, ctx.identity);
      this.#tell(node);
    });
  }

  #node(): Inode {
    const node = this.#engine.tree.inodes.get(this.#ino);
    if (node === undefined)
      throw new VfsError("ESTALE", {
        hint: "the file was removed elsewhere while nobody knew that it was open here",
      });
    return node;
  }

  /** What happens to a file without its name is nobody else's affair. */
  #tell(node: Inode): void {
    const { feed, tree } = this.#engine;
    if (feed.active && tree.isAt(this.path, node))
      feed.tell({ kind: "changed", path: this.path, type: "file" });
  }
}
