import {
  chain,
  isPromiseLike,
  isVfsError,
  joinPath,
  wait,
  type Awaitable,
  type Bytes,
  type ByteSource,
  type Context,
  type Flow,
  type OpenFlags,
  type Provider,
  type ProviderFile,
  type ReadOptions,
  type Stat,
  type StreamReadOptions,
  type StreamWriteOptions,
  type VPath,
} from "@vfs/core";
import type { Inode } from "./inode.ts";
import { CONTENTS } from "./journal.ts";

const READ_WRITE: OpenFlags = {
  read: true,
  write: true,
  append: false,
  create: false,
  exclusive: false,
  truncate: false,
};

/**
 * The contents of files in the upper, each under a number that is never given out twice. A name, a link or a rename is none
 * of their business. What somebody reads is taken away when they have done so.
 */
export class Contents {
  readonly #upper: Provider;
  /** How many calls are reading a content. */
  readonly #readers = new Map<number, number>();
  /** To be taken away when nobody reads them any more. */
  readonly #doomed = new Set<number>();

  constructor(upper: Provider) {
    this.#upper = upper;
  }

  read(content: number, { offset, length }: ReadOptions, ctx: Context): Awaitable<Bytes> {
    return this.#reading(content, ctx, () => this.#upper.read(pathOf(content), { offset, length }, ctx));
  }

  stat(content: number, ctx: Context): Awaitable<Stat> {
    return this.#reading(content, ctx, () => this.#upper.stat(pathOf(content), {}, ctx));
  }

  /** @param again Begins anew: the content was replaced, and taken away, before its first chunk was asked for. */
  stream(
    content: number,
    { offset, length, chunkSize }: StreamReadOptions,
    ctx: Context,
    again: () => Awaitable<ByteSource>,
  ): Awaitable<ByteSource> {
    const stream = this.#upper.readStream?.(pathOf(content), { offset, length, chunkSize }, ctx) ?? [];
    return chain(stream, (source) =>
      ctx.sync && Symbol.iterator in source
        ? this.#chunks(source, again)
        : this.#lateChunks(content, source, again, ctx),
    );
  }

  write(content: number, data: Uint8Array, options: ContentOptions, ctx: Context): Awaitable<Stat> {
    const { durable, owned } = options;
    return this.#upper.write?.(
      pathOf(content),
      data,
      { mode: 0o600, durable, owned },
      ctx,
    ) as Awaitable<Stat>;
  }

  writeStream(
    content: number,
    source: ByteSource,
    { durable, size }: StreamWriteOptions,
    ctx: Context,
  ): Awaitable<Stat> {
    const options = { mode: 0o600, durable, size };
    return this.#upper.writeStream?.(pathOf(content), source, options, ctx) as Awaitable<Stat>;
  }

  /** Whether the upper adds to a content in one step. */
  get appends(): boolean {
    return this.#upper.caps.append;
  }

  append(content: number, data: Uint8Array, durable: boolean | undefined, ctx: Context): Awaitable<void> {
    return this.#upper.append?.(pathOf(content), data, { durable }, ctx);
  }

  /** Whether the upper can cut a content. */
  get truncates(): boolean {
    return this.#upper.caps.truncate;
  }

  truncate(content: number, size: number, ctx: Context): Awaitable<void> {
    return this.#upper.truncate?.(pathOf(content), size, ctx);
  }

  /** Fills the content `to` with that of `from`. */
  *copy(from: number, to: number, ctx: Context): Flow<void> {
    if (this.#upper.copy !== undefined)
      return yield* wait(this.#upper.copy(pathOf(from), pathOf(to), {}, ctx));
    yield* wait(this.write(to, yield* wait(this.read(from, {}, ctx)), { owned: true }, ctx));
  }

  /** The content of an open file, open for writing. */
  *handle(inode: Inode, ctx: Context): Flow<ProviderFile> {
    const { content = 0 } = inode.state;
    const opened = inode.handle ?? this.#upper.open?.(pathOf(content), { flags: READ_WRITE }, ctx);
    return (inode.handle = yield* wait(opened as Awaitable<ProviderFile>));
  }

  /** Takes away what nothing refers to any more, as soon as nobody reads it. */
  *remove(content: number, ctx: Context): Flow<void> {
    this.#doomed.add(content);
    if (this.#readers.has(content)) return;
    yield* wait(this.#takeAway(content, ctx));
  }

  /** Takes away what was left behind: by a crash between a content and the line that was to name it, or after that. */
  *sweep(needed: ReadonlySet<number>, ctx: Context): Flow<void> {
    let cursor: string | undefined;
    try {
      do {
        const page = yield* wait(this.#upper.list(CONTENTS, { cursor }, ctx));
        for (const { name } of page.items)
          if (!needed.has(Number(name))) yield* this.remove(Number(name), ctx);
        cursor = page.cursor;
      } while (cursor !== undefined);
    } catch (reason) {
      if (!isVfsError(reason, "ENOENT")) throw reason;
    }
  }

  #takeAway(content: number, ctx: Context): Awaitable<void> {
    this.#doomed.delete(content);
    return this.#upper.remove?.(pathOf(content), { kind: "file" }, { ...ctx, signal: undefined });
  }

  #reading<T>(content: number, ctx: Context, action: () => Awaitable<T>): Awaitable<T> {
    const result = action();
    if (!isPromiseLike(result)) return result;
    this.#enter(content);
    return chain(
      result,
      (value) => chain(this.#leave(content, ctx), () => value),
      (reason) =>
        chain(this.#leave(content, ctx), () => {
          throw reason;
        }),
    );
  }

  #enter(content: number): void {
    this.#readers.set(content, (this.#readers.get(content) ?? 0) + 1);
  }

  #leave(content: number, ctx: Context): Awaitable<void> {
    const left = (this.#readers.get(content) ?? 1) - 1;
    if (left > 0) this.#readers.set(content, left);
    else this.#readers.delete(content);
    if (left === 0 && this.#doomed.has(content)) return this.#takeAway(content, ctx);
  }

  *#chunks(source: Iterable<Bytes>, again: () => Awaitable<ByteSource>): Generator<Bytes, void, undefined> {
    let begun = false;
    try {
      for (const chunk of source) {
        begun = true;
        yield chunk;
      }
    } catch (reason) {
      if (begun || !isVfsError(reason, "ENOENT")) throw reason;
      yield* again() as Iterable<Bytes>;
    }
  }

  async *#lateChunks(
    content: number,
    source: ByteSource,
    again: () => Awaitable<ByteSource>,
    ctx: Context,
  ): AsyncGenerator<Bytes, void, undefined> {
    let begun = false;
    this.#enter(content);
    try {
      for await (const chunk of source) {
        begun = true;
        yield chunk;
      }
    } catch (reason) {
      if (begun || !isVfsError(reason, "ENOENT")) throw reason;
      yield* await again();
    } finally {
      await this.#leave(content, ctx);
    }
  }
}

export interface ContentOptions {
  readonly durable?: boolean | undefined;
  readonly owned?: boolean | undefined;
}

function pathOf(content: number): VPath {
  return joinPath(CONTENTS, String(content));
}
