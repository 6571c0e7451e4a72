import {
  run,
  VfsError,
  wait,
  type Awaitable,
  type ByteSource,
  type Bytes,
  type Context,
  type Entry,
  type Flow,
  type ListOptions,
  type Page,
  type ReadOptions,
  type Stat,
  type StatOptions,
  type StreamReadOptions,
  type VPath,
} from "@vfs/core";
import { checkMatch, fileOnly } from "./conditions.ts";
import type { Inode } from "./inode.ts";
import { list } from "./listing.ts";
import type { Union } from "./union.ts";

/** Answers from where things are. Of what is known to be untouched that is one look-up, and then the lower. */
export class Reading {
  readonly #union: Union;

  constructor(union: Union) {
    this.#union = union;
  }

  stat(path: VPath, options: StatOptions, ctx: Context): Awaitable<Stat> {
    if (this.#union.tree.isDirect(path)) return this.#union.lower.stat(path, options, ctx);
    return this.#union.ready(ctx, () => run(this.#stat(path, options, ctx)));
  }

  *#stat(path: VPath, options: StatOptions, ctx: Context): Flow<Stat> {
    const union = this.#union;
    const found = yield* union.need(path, options.follow === true, ctx);
    if ("inode" in found) return yield* wait(union.stat(found.inode, ctx));
    union.noteDirect(path, found.at);
    if (options.exactTimes !== true) return found.stat;
    const { lower } = found.at;
    return yield* wait(union.ofLower(path, found.at, () => this.#union.lower.stat(lower, options, ctx)));
  }

  read(path: VPath, options: ReadOptions, ctx: Context): Awaitable<Bytes> {
    if (options.ifMatch === undefined && this.#union.tree.isDirect(path))
      return this.#union.lower.read(path, options, ctx);
    return this.#union.ready(ctx, () => run(this.#read(path, options, ctx)));
  }

  *#read(path: VPath, { offset, length, ifMatch }: ReadOptions, ctx: Context): Flow<Bytes> {
    const union = this.#union;
    const range = { offset, length };
    const found = yield* union.need(path, true, ctx);
    if (ifMatch !== undefined) yield* this.#match(found, ifMatch, ctx);
    if (!("inode" in found)) {
      union.noteDirect(path, found.at);
      return yield* wait(
        union.ofLower(path, found.at, () => this.#union.lower.read(found.at.lower, range, ctx)),
      );
    }
    const { state } = found.inode;
    fileOnly(state);
    if (state.content !== undefined) return yield* wait(union.contents.read(state.content, range, ctx));
    return yield* wait(this.#union.lower.read(state.source as VPath, range, ctx));
  }

  *#match(
    found: { readonly inode: Inode } | { readonly stat: Stat },
    ifMatch: string,
    ctx: Context,
  ): Flow<void> {
    const stat = "inode" in found ? yield* wait(this.#union.stat(found.inode, ctx)) : found.stat;
    fileOnly(stat);
    checkMatch(stat, ifMatch);
  }

  readStream(path: VPath, options: StreamReadOptions, ctx: Context): Awaitable<ByteSource> {
    return this.#union.ready(ctx, () => run(this.#readStream(path, options, ctx)));
  }

  *#readStream(path: VPath, options: StreamReadOptions, ctx: Context): Flow<ByteSource> {
    const union = this.#union;
    const { ifMatch, ...range } = options;
    const found = yield* union.need(path, true, ctx);
    if (ifMatch !== undefined) yield* this.#match(found, ifMatch, ctx);
    if (!("inode" in found)) {
      const stream = (): Awaitable<ByteSource> =>
        this.#union.lower.readStream?.(found.at.lower, range, ctx) ?? [];
      return yield* wait(union.ofLower(path, found.at, stream));
    }
    fileOnly(found.inode.state);
    return yield* wait(this.#stream(found.inode, range, ctx));
  }

  #stream(inode: Inode, range: StreamReadOptions, ctx: Context): Awaitable<ByteSource> {
    const { content, source } = inode.state;
    if (content === undefined) return this.#union.lower.readStream?.(source as VPath, range, ctx) ?? [];
    return this.#union.contents.stream(content, range, ctx, () => this.#stream(inode, range, ctx));
  }

  list(path: VPath, options: ListOptions, ctx: Context): Awaitable<Page<Entry>> {
    return this.#union.ready(ctx, () => run(list(this.#union, path, options, ctx)));
  }

  readlink(path: VPath, ctx: Context): Awaitable<string> {
    return this.#union.ready(ctx, () => run(this.#readlink(path, ctx)));
  }

  *#readlink(path: VPath, ctx: Context): Flow<string> {
    const found = yield* this.#union.need(path, false, ctx);
    const { type } = "inode" in found ? found.inode.state : found.stat;
    if (type !== "symlink") throw new VfsError("EINVAL", { hint: "it is no symbolic link" });
    if ("inode" in found) return found.inode.state.target ?? "";
    return (yield* wait(this.#union.lower.readlink?.(found.at.lower, ctx))) ?? "";
  }
}
