import {
  isLinkMet,
  run,
  VfsError,
  wait,
  type ByteSource,
  type Bytes,
  type Context,
  type Flow,
  type Stat,
  type StreamReadOptions,
} from "@vfs/core";
import type { LocalFile } from "../file.ts";
import { mustBeFile, unfilled } from "../host/values.ts";
import { lookAtNoLink } from "../confined/opened.ts";
import type { Spot } from "../confined/spot.ts";

const USUAL_CHUNK_BYTES = 64 << 10;

/** Opens the file for reading, by the path that was asked for. */
type Opener = () => Flow<LocalFile>;

/**
 * Fails for what cannot be read, and leaves nothing open.
 *
 * @param open How it will be opened.
 */
export function* checkReadable(spot: Spot, open: (spot: Spot) => Flow<LocalFile>, ctx: Context): Flow<void> {
  const { mode } = mustBeFile(yield* lookAtNoLink(spot));
  // Everybody may, or root, or a host without such bits.
  if ((mode & 0o444) === 0o444 || (process.geteuid?.() ?? 0) === 0) return;
  yield* wait((yield* open(spot)).close(ctx));
}

/** A file, or a part of it, chunk by chunk. It is open from the first chunk until they end or are given up. */
export function chunksOf(open: Opener, options: StreamReadOptions, ctx: Context): ByteSource {
  const reading = (): Reading => new Reading(open, options, ctx);
  if (ctx.sync) return { [Symbol.iterator]: () => now(reading()) };
  return { [Symbol.asyncIterator]: () => later(reading()) };
}

/** While the caller has a chunk the next one is read. */
async function* later(reading: Reading): AsyncGenerator<Bytes, undefined> {
  let ahead = begin(reading);
  try {
    for (let chunk = await ahead; chunk !== undefined; chunk = await ahead) {
      ahead = begin(reading);
      yield chunk;
    }
  } finally {
    await Promise.allSettled([ahead]);
    await run(reading.end());
  }
}

/** If it fails before anybody waits for it, that is told when somebody does. */
function begin(reading: Reading): Promise<Bytes | undefined> {
  const chunk = (async () => await run(reading.next()))();
  chunk.catch(() => undefined);
  return chunk;
}

function* now(reading: Reading): Generator<Bytes, undefined> {
  // The host that answers at once gives no promise.
  const next = (): Bytes | undefined => run(reading.next()) as Bytes | undefined;
  try {
    for (let chunk = next(); chunk !== undefined; chunk = next()) yield chunk;
  } finally {
    void run(reading.end());
  }
}

/** One way through a file, from the first chunk to the last. */
class Reading {
  readonly #open: Opener;
  readonly #ctx: Context;
  readonly #chunkSize: number;
  #position: number;
  #left: number;
  #file: LocalFile | undefined;
  /** What the file was when it was opened. */
  #version: Stat | undefined;

  constructor(open: Opener, options: StreamReadOptions, ctx: Context) {
    const { offset = 0, length = Infinity, chunkSize = USUAL_CHUNK_BYTES } = options;
    this.#open = open;
    this.#ctx = ctx;
    this.#chunkSize = chunkSize;
    this.#position = offset;
    this.#left = length;
  }

  /** The next chunk; undefined at the end. */
  *next(): Flow<Bytes | undefined> {
    if (this.#left <= 0) return undefined;
    const file = (this.#file ??= yield* this.#begin());
    this.#version ??= yield* wait(file.stat(this.#ctx));
    const chunk = unfilled(Math.min(this.#chunkSize, this.#left));
    const count = yield* wait(file.read(chunk, this.#position, this.#ctx));
    this.#position += count;
    this.#left = count < chunk.length ? 0 : this.#left - count;
    if (this.#left <= 0) mustBeSame(this.#version, yield* wait(file.stat(this.#ctx)));
    if (count === 0) return undefined;
    return count < chunk.length ? chunk.slice(0, count) : chunk;
  }

  *end(): Flow<void> {
    yield* wait(this.#file?.close(this.#ctx));
  }

  *#begin(): Flow<LocalFile> {
    try {
      return yield* this.#open();
    } catch (reason) {
      // Core has followed all links before it asked for the stream.
      if (!isLinkMet(reason)) throw reason;
      throw new VfsError("EBUSY", { retryable: true, hint: "a link was put there meanwhile" });
    }
  }
}

/**
 * Fails when somebody has written into the file. The time of its last change of any kind is not asked: it is another one
 * too when the file gets another name, or is replaced as a whole, which is no matter to who has opened it.
 */
function mustBeSame(before: Stat, after: Stat): void {
  if (before.size === after.size && before.mtimeMs === after.mtimeMs) return;
  throw new VfsError("ESTALE", { retryable: true, hint: "the file was written to while it was read" });
}
