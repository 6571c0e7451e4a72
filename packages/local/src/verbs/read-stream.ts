import {
  attempt,
  chain,
  type Awaitable,
  type ByteSource,
  type Bytes,
  type Context,
  type Flow,
  type StreamReadOptions,
} from "@vfs/core";
import { LocalFile } from "../file.ts";
import { READ } from "../host/values.ts";
import { openFile } from "../confined/opened.ts";
import type { Spot } from "../confined/spot.ts";

const USUAL_CHUNK_BYTES = 64 << 10;

/** A file, or a part of it, chunk by chunk. It is open from now on until the chunks end or are given up. */
export function* readStream(
  spot: Spot,
  options: StreamReadOptions,
  open: Set<LocalFile>,
  ctx: Context,
): Flow<ByteSource> {
  const { fd } = yield* openFile(spot, READ);
  const chunks = new Chunks(new LocalFile(fd, false, open), options, ctx);
  if (ctx.sync)
    return {
      [Symbol.iterator]: () => ({
        next: () => chunks.next() as IteratorResult<Bytes, undefined>,
        return: () => chunks.end() as IteratorReturnResult<undefined>,
      }),
    };
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => chunks.next(),
      return: async () => chunks.end(),
    }),
  };
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Not a generator: one that was never begun would not close the file when it is given up. */
class Chunks {
  readonly #file: LocalFile;
  readonly #ctx: Context;
  readonly #chunkSize: number;
  #position: number;
  #left: number;

  constructor(file: LocalFile, options: StreamReadOptions, ctx: Context) {
    const { offset = 0, length = Infinity, chunkSize = USUAL_CHUNK_BYTES } = options;
    this.#file = file;
    this.#ctx = ctx;
    this.#chunkSize = chunkSize;
    this.#position = offset;
    this.#left = length;
  }

  next(): Awaitable<IteratorResult<Bytes, undefined>> {
    if (this.#left <= 0) return this.end();
    const chunk = new Uint8Array(Math.min(this.#chunkSize, this.#left));
    const read = attempt(
      () => this.#file.read(chunk, this.#position, this.#ctx),
      (reason) =>
        chain(this.end(), () => {
          throw reason;
        }),
    );
    return chain(read, (count) => this.#take(chunk, count));
  }

  /** Closes the file; does nothing when that is done. */
  end(): Awaitable<IteratorReturnResult<undefined>> {
    this.#left = 0;
    return chain(this.#file.close(this.#ctx), () => END);
  }

  #take(chunk: Bytes, count: number): Awaitable<IteratorResult<Bytes, undefined>> {
    if (count === 0) return this.end();
    this.#position += count;
    this.#left = count < chunk.length ? 0 : this.#left - count;
    return { done: false, value: count < chunk.length ? chunk.slice(0, count) : chunk };
  }
}
