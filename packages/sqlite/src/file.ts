import {
  attempt,
  chain,
  VfsError,
  type Awaitable,
  type Context,
  type ProviderFile,
  type Stat,
  type StatChanges,
  type SyncOptions,
  type VPath,
} from "@vfs/core";
import { FILE, toStat, type Inode } from "./inodes.ts";
import type { Store } from "./store.ts";
import { change, contentChanged } from "./write.ts";

/** An open file: a reference to an inode, which stays as long as this does, whatever becomes of its names. */
export class SqliteFile implements ProviderFile {
  readonly #store: Store;
  readonly #ino: number;
  /** Where it was last found; undefined once it has no name. */
  #path: VPath | undefined;

  /** The caller is in a transaction in which the inode was seen at this path. */
  constructor(store: Store, ino: number, path: VPath) {
    this.#store = store;
    this.#ino = ino;
    this.#path = path;
    store.sessions.opened(ino);
  }

  read(into: Uint8Array, position: number, ctx: Context): Awaitable<number> {
    const { reader } = this.#store;
    return this.#store.readOpen(
      ctx,
      () => reader.read(this.#inode(), into, position),
      () => reader.peek(this.#ino, into, position),
    );
  }

  write(data: Uint8Array, position: number | "end", ctx: Context): Awaitable<void> {
    const kept = this.#store.keep(data, ctx);
    return this.#store.change(
      ctx,
      () => {
        const inode = this.#inode();
        const at = position === "end" ? inode.size : position;
        if (kept.length > 0) this.#edit(inode, ctx, () => this.#store.contents.write(inode, kept, at));
      },
      { bytes: kept.length },
    );
  }

  truncate(size: number, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => {
      const inode = this.#inode();
      this.#edit(inode, ctx, () => this.#store.contents.truncate(inode, size));
    });
  }

  stat(ctx: Context): Awaitable<Stat> {
    return this.#store.readOpen(ctx, () => toStat(this.#inode()));
  }

  setStat(changes: StatChanges, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => {
      const inode = this.#inode();
      const path = this.#where(inode);
      change(this.#store, inode, path, changes, ctx.identity);
      this.#tell(path);
    });
  }

  sync(_options: SyncOptions, ctx: Context): Awaitable<void> {
    return this.#store.flush(ctx);
  }

  close(ctx: Context): Awaitable<void> {
    const { sessions } = this.#store;
    // The handle is gone whatever happens, and whoever no longer waits for it.
    const own = { ...ctx, signal: undefined };
    // What is on its way goes through this handle; whoever called that hears how it ended.
    const arrived = attempt(
      () => this.#store.read(own, () => undefined),
      () => undefined,
    );
    return chain(arrived, () => {
      if (sessions.closed(this.#ino)) return this.#store.change(own, () => sessions.letGo(this.#ino));
    });
  }

  /** Changes the content. In a transaction. */
  #edit(inode: Inode, { identity }: Context, edit: () => void): void {
    const path = this.#where(inode);
    this.#store.changing(inode, path);
    edit();
    contentChanged(this.#store, inode, identity);
    this.#tell(path);
  }

  /** A name that the file has by now, if anybody wants to know of its changes. */
  #where({ nlink }: Inode): VPath | undefined {
    const { walker, names, telling } = this.#store;
    if (!telling || nlink === 0 || this.#path === undefined) return undefined;
    if (!walker.leadsTo(this.#path, this.#ino)) this.#path = names.pathOf(this.#ino);
    return this.#path;
  }

  #tell(path: VPath | undefined): void {
    if (path !== undefined) this.#store.tell("changed", FILE, path);
  }

  #inode(): Inode {
    const inode = this.#store.inodes.get(this.#ino);
    if (inode === undefined)
      throw new VfsError("ESTALE", {
        hint: "another process took this one for dead and cleared the file away",
      });
    return inode;
  }
}
