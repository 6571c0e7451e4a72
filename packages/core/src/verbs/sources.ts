import { attempt, isPromiseLike, type Awaitable } from "../awaitable.ts";
import { bytesOf, isChunk, type Bytes, type Chunk, type Content } from "../bytes.ts";
import type { Context } from "../context.ts";
import { unsupported, VfsError } from "../error.ts";
import type { Progress } from "../options.ts";
import type { ByteSource } from "../provider.ts";

/** How a source is passed on. */
export interface SourceOptions {
  readonly chunkSize?: number | undefined;
  readonly onProgress?: Progress | undefined;
  readonly totalBytes?: number | undefined;
}

/**
 * Hands anything that has content to `action`, as chunks of bytes. When `action` fails before it has begun to read,
 * the content is told that nobody will.
 */
export function feed<T>(
  content: Content,
  ctx: Context,
  options: SourceOptions,
  action: (source: ByteSource) => Awaitable<T>,
): Awaitable<T> {
  let begun = false;
  const source = once(byteSource(content, ctx, options), () => {
    begun = true;
  });
  return attempt(
    () => action(source),
    (reason) => {
      if (!begun) dismiss(content, reason);
      throw reason;
    },
  );
}

/** Ends a content that nobody has read from. What it says to that is nobody's concern. */
function dismiss(content: Content, reason: unknown): void {
  if (isChunk(content) || content instanceof Blob) return;
  const ended = attempt<unknown>(() => {
    if (content instanceof ReadableStream) return content.cancel(reason);
    const iterator =
      Symbol.asyncIterator in content ? content[Symbol.asyncIterator]() : content[Symbol.iterator]();
    return iterator.return?.();
  }, nothing);
  if (isPromiseLike(ended)) ended.then(nothing, nothing);
}

function byteSource(content: Content, ctx: Context, options: SourceOptions): ByteSource {
  const chunks = chunksOf(content);
  if (Symbol.asyncIterator in chunks && ctx.sync)
    throw unsupported(
      "the synchronous face takes text, bytes and plain iterables; use the asynchronous call",
    );
  return ctx.sync ? passNow(chunks as Iterable<Chunk>, options) : pass(chunks, ctx, options);
}

/**
 * The same source, which says so when it is read a second time: an empty file would come of it.
 *
 * @param onBegin Called when it is read for the first time.
 */
export function once(source: ByteSource, onBegin: () => void = nothing): ByteSource {
  let taken = false;
  const take = (): void => {
    if (taken) throw new VfsError("EIO", { hint: "the source was read before; give the call a new one" });
    taken = true;
    onBegin();
  };
  if (Symbol.asyncIterator in source)
    return {
      [Symbol.asyncIterator]: () => {
        take();
        return source[Symbol.asyncIterator]();
      },
    };
  return {
    [Symbol.iterator]: () => {
      take();
      return source[Symbol.iterator]();
    },
  };
}

function nothing(): void {}

function chunksOf(content: Content): AsyncIterable<Chunk> | Iterable<Chunk> {
  if (typeof content === "string" || ArrayBuffer.isView(content) || content instanceof ArrayBuffer)
    return [content];
  if (content instanceof Blob) return readable(content.stream());
  if (content instanceof ReadableStream) return readable(content);
  if (
    typeof content === "object" &&
    content !== null &&
    (Symbol.asyncIterator in content || Symbol.iterator in content)
  )
    return content;
  return [bytesOf(content)];
}

/** Some browsers cannot iterate over a stream yet. */
async function* readable(stream: ReadableStream<Chunk>): AsyncGenerator<Chunk, void, undefined> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        ended = true;
        return;
      }
      yield value;
    }
  } catch (reason) {
    ended = true;
    throw reason;
  } finally {
    if (!ended) await reader.cancel();
    reader.releaseLock();
  }
}

async function* pass(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
  { signal }: Context,
  { chunkSize, onProgress, totalBytes }: SourceOptions,
): AsyncGenerator<Bytes, void, undefined> {
  let done = 0;
  const source = signal === undefined ? chunks : abortable(chunks, signal);
  for await (const bytes of resizeAsync(source, chunkSize)) {
    yield bytes;
    done += bytes.length;
    await onProgress?.(done, totalBytes);
  }
}

/** The same chunks, until the signal: a source that never answers is left behind then. */
async function* abortable(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
  signal: AbortSignal,
): AsyncGenerator<Chunk, void, undefined> {
  const iterator =
    Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  aborted.catch(() => undefined);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  let ended = false;
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), aborted]);
      ended = step.done === true;
      if (step.done) return;
      yield step.value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    // Not awaited: after an abort the source may hang.
    if (!ended) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function* passNow(
  chunks: Iterable<Chunk>,
  { chunkSize, onProgress, totalBytes }: SourceOptions,
): Generator<Bytes, void, undefined> {
  let done = 0;
  for (const bytes of resizeNow(chunks, chunkSize)) {
    yield bytes;
    done += bytes.length;
    const told = onProgress?.(done, totalBytes);
    if (isPromiseLike(told))
      throw unsupported("a synchronous call cannot wait for onProgress: let it return nothing");
  }
}

async function* resizeAsync(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
  size: number | undefined,
): AsyncGenerator<Bytes> {
  const cutter = new Cutter(size);
  for await (const chunk of chunks) yield* cutter.cut(bytesOf(chunk));
  yield* cutter.rest();
}

function* resizeNow(chunks: Iterable<Chunk>, size: number | undefined): Generator<Bytes> {
  const cutter = new Cutter(size);
  for (const chunk of chunks) yield* cutter.cut(bytesOf(chunk));
  yield* cutter.rest();
}

/** Cuts and gathers chunks into pieces of one size. */
class Cutter {
  readonly #size: number | undefined;
  #held: Bytes | undefined;
  #filled = 0;

  constructor(size: number | undefined) {
    if (size !== undefined && !(Number.isInteger(size) && size > 0))
      throw new RangeError(`chunkSize must be an integer of at least 1, got ${size}`);
    this.#size = size;
  }

  *cut(bytes: Bytes): Generator<Bytes> {
    const size = this.#size;
    if (size === undefined) {
      if (bytes.length > 0) yield bytes;
      return;
    }
    for (let done = 0; done < bytes.length;) {
      if (this.#filled === 0 && bytes.length - done >= size) {
        yield bytes.subarray(done, done + size);
        done += size;
        continue;
      }
      this.#held ??= new Uint8Array(size);
      const part = bytes.subarray(done, done + size - this.#filled);
      this.#held.set(part, this.#filled);
      this.#filled += part.length;
      done += part.length;
      if (this.#filled === size) yield* this.rest();
    }
  }

  /** What is gathered and not passed on yet. */
  *rest(): Generator<Bytes> {
    if (this.#held !== undefined && this.#filled > 0) yield this.#held.subarray(0, this.#filled);
    this.#held = undefined;
    this.#filled = 0;
  }
}
