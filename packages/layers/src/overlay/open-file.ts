import {
  chain,
  VfsError,
  wait,
  type Awaitable,
  type Context,
  type Flow,
  type OpenOptions,
  type ProviderFile,
  type Stat,
  type StatChanges,
  type SyncOptions,
  type VPath,
} from "@vfs/core";
import { copyUp } from "./copy-up.ts";
import type { Draft } from "./draft.ts";
import type { Inode } from "./inode.ts";
import { fileOnly } from "./conditions.ts";
import { Lent } from "./lent.ts";
import { change } from "./set-stat.ts";
import type { Union } from "./union.ts";
import type { Writing } from "./writing.ts";

/**
 * An open file. It holds on to the inode, not to one of the two stores: what is read comes from where the content is at that
 * time, so that a handle from before a copy-up sees what was written after it. What is only read is never copied up.
 */
class OverlayFile implements ProviderFile {
  readonly #union: Union;
  readonly #inode: Inode;

  constructor(union: Union, inode: Inode) {
    this.#union = union;
    this.#inode = inode;
    inode.opens++;
  }

  read(into: Uint8Array, position: number, ctx: Context): Awaitable<number> {
    const { content, source } = this.#inode.state;
    if (content === undefined && source === undefined) return 0;
    const range = { offset: position, length: into.length };
    const data =
      content === undefined
        ? this.#union.lower.read(source as NonNullable<typeof source>, range, ctx)
        : this.#union.contents.read(content, range, ctx);
    return chain(data, (bytes) => {
      into.set(bytes);
      return bytes.length;
    });
  }

  write(data: Uint8Array, position: number | "end", ctx: Context): Awaitable<void> {
    if (data.length === 0) return;
    const lent = new Lent(data);
    return lent.keptFor(this.#writing(Infinity, () => this.#put(lent, position, ctx), ctx));
  }

  *#put(lent: Lent, position: number | "end", ctx: Context): Flow<void> {
    const { contents } = this.#union;
    const { content = 0 } = this.#inode.state;
    // A store may want a file to be opened for it, when what is written is to go to the end.
    if (position === "end" && contents.appends)
      return yield* wait(contents.append(content, lent.take(), false, ctx));
    const file = yield* contents.handle(this.#inode, ctx);
    yield* wait(file.write(lent.take(), position, ctx));
  }

  truncate(size: number, ctx: Context): Awaitable<void> {
    return this.#writing(size, () => this.#cut(size, ctx), ctx);
  }

  *#cut(size: number, ctx: Context): Flow<void> {
    const file = yield* this.#union.contents.handle(this.#inode, ctx);
    yield* wait(file.truncate(size, ctx));
  }

  stat(ctx: Context): Awaitable<Stat> {
    return this.#union.stat(this.#inode, ctx);
  }

  setStat(changes: StatChanges, ctx: Context): Awaitable<void> {
    return this.#union.change(ctx, (draft) => this.#setStat(changes, draft, ctx));
  }

  *#setStat(changes: StatChanges, draft: Draft, ctx: Context): Flow<void> {
    yield* this.#union.settle(this.#inode, draft, ctx);
    yield* change(this.#union, this.#inode, changes, draft, ctx);
  }

  sync(options: SyncOptions, ctx: Context): Awaitable<void> {
    return this.#union.change(ctx, () => this.#sync(options, ctx));
  }

  *#sync(options: SyncOptions, ctx: Context): Flow<void> {
    yield* wait(this.#inode.handle?.sync(options, ctx));
    yield* wait(this.#union.upper.flush?.(ctx));
  }

  close(ctx: Context): Awaitable<void> {
    return this.#union.change(ctx, () => this.#close(ctx));
  }

  *#close(ctx: Context): Flow<void> {
    const inode = this.#inode;
    if (--inode.opens > 0) return;
    yield* this.#union.reopen(inode, ctx);
    if (inode.attached) return;
    this.#union.tree.forget(inode);
    yield* this.#union.release(inode, ctx);
  }

  /** Writes to the content, which comes into the upper now if it is not there. */
  #writing(length: number, action: () => Flow<void>, ctx: Context): Awaitable<void> {
    return this.#union.change(ctx, (draft) => this.#write(length, action, draft, ctx));
  }

  *#write(length: number, action: () => Flow<void>, draft: Draft, ctx: Context): Flow<void> {
    const union = this.#union;
    const inode = this.#inode;
    if (inode.state.content === undefined) {
      yield* union.journal.prepare(ctx);
      yield* union.settle(inode, draft, ctx);
      yield* copyUp(union, inode, { length }, draft, ctx);
      yield* union.publish(draft, ctx);
    }
    inode.contentChanged();
    yield* action();
    inode.contentChanged();
  }
}

/** Opens a file. Nothing is copied for that, whatever it is opened for, but when it is emptied. */
export function* open(
  union: Union,
  writing: Writing,
  path: VPath,
  { flags, mode }: OpenOptions,
  draft: Draft,
  ctx: Context,
): Flow<ProviderFile> {
  const { create, exclusive, truncate } = flags;
  const found = yield* union.look(path, !(create && exclusive), ctx);
  if (found !== undefined && create && exclusive) throw new VfsError("EEXIST");
  if (found === undefined) {
    if (!create) throw new VfsError("ENOENT");
    return new OverlayFile(union, yield* writing.createEmpty(path, mode, draft, ctx));
  }
  fileOnly("inode" in found ? found.inode.state : found.stat);
  if (truncate) yield* writing.empty(path, found, draft, ctx);
  // One that is only looked at does not become part of the tree.
  const inode = "inode" in found ? found.inode : yield* union.stand(found.at.lower, found.stat, ctx);
  return new OverlayFile(union, inode);
}
