import { isPromiseLike, type Awaitable } from "../awaitable.ts";
import { concatBytes, type Bytes } from "../bytes.ts";
import type { Context } from "../context.ts";
import { unsupported } from "../error.ts";
import { emit, iterate, iterateSync, type Emitter } from "../flow.ts";
import type { ByteSource } from "../provider.ts";

/** How long a chunk is unless the caller says otherwise. */
export const CHUNK_BYTES: number = 64 << 10;

/** The face of an emitter that the caller can use. */
export function sourceOf(emitter: Emitter<Bytes>, ctx: Context): ByteSource {
  return ctx.sync ? iterateSync(emitter, mustNotWait) : iterate(emitter);
}

/** What a synchronous caller hears when something has to wait after all. */
export function mustNotWait(): never {
  throw unsupported("this store must wait: use the asynchronous call");
}

/** Content that is here as a whole, in chunks. */
export function* pieces(data: Bytes, chunkSize: number = CHUNK_BYTES): Emitter<Bytes> {
  for (let at = 0; at < data.length; at += chunkSize) yield emit(data.slice(at, at + chunkSize));
}

/** Everything that a source has, in one piece. */
export function collect(from: ByteSource, ctx: Context): Promise<Bytes> | Bytes {
  return ctx.sync || !(Symbol.asyncIterator in from)
    ? collectSync(from as Iterable<Bytes>)
    : collectAsync(from);
}

function collectSync(from: Iterable<Bytes>): Bytes {
  const parts: Bytes[] = [];
  let length = 0;
  for (const part of from) {
    parts.push(part.slice());
    length += part.length;
  }
  return concatBytes(parts, length);
}

/** The same source, which ends when `last` is done. */
export function endingWith(from: ByteSource, last: () => Awaitable<void>, ctx: Context): ByteSource {
  return ctx.sync && Symbol.iterator in from
    ? { [Symbol.iterator]: () => thenNow(from, last) }
    : { [Symbol.asyncIterator]: () => thenLate(from, last) };
}

function* thenNow(from: Iterable<Bytes>, last: () => Awaitable<void>): Generator<Bytes, void, undefined> {
  yield* from;
  if (isPromiseLike(last())) mustNotWait();
}

async function* thenLate(
  from: ByteSource,
  last: () => Awaitable<void>,
): AsyncGenerator<Bytes, void, undefined> {
  yield* from;
  await last();
}

async function collectAsync(from: AsyncIterable<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = [];
  let length = 0;
  for await (const part of from) {
    // The source may fill the same buffer again for its next chunk.
    parts.push(part.slice());
    length += part.length;
  }
  return concatBytes(parts, length);
}
