import {
  chain,
  VfsError,
  type Awaitable,
  type ByteSource,
  type Bytes,
  type Context,
  type Stat,
  type StreamReadOptions,
  type StreamWriteOptions,
  type VPath,
} from "@vfs/core";
import type { Inode } from "../tree/inode.ts";
import type { Pinned } from "./contents.ts";
import type { Engine } from "./engine.ts";
import type { Writer } from "./writer.ts";

const USUAL_CHUNK_BYTES = 64 << 10;

// So much is read from the store at a time, whatever the chunks are.
const READ_BYTES = 1 << 20;

/** A part of a file, chunk by chunk, all of one version. `find` gives the file. */
export function chunksOf(engine: Engine, find: () => Inode, options: StreamReadOptions): ByteSource {
  return engine.storage.sync ? chunksNow(engine, find, options) : chunksLater(engine, find, options);
}

function* chunksNow(
  engine: Engine,
  find: () => Inode,
  { offset = 0, length = Infinity, chunkSize = USUAL_CHUNK_BYTES }: StreamReadOptions,
): Generator<Bytes, void, undefined> {
  const pinned = engine.contents.pin(find());
  try {
    const end = Math.min(pinned.bytes, offset + length);
    for (let at = offset; at < end; at += chunkSize)
      yield engine.read(() => engine.contents.reading(pinned, at, Math.min(chunkSize, end - at))) as Bytes;
  } finally {
    pinned.release();
  }
}

async function* chunksLater(
  engine: Engine,
  find: () => Inode,
  { offset = 0, length = Infinity, chunkSize = USUAL_CHUNK_BYTES }: StreamReadOptions,
): AsyncGenerator<Bytes, void, undefined> {
  const pinned = await engine.look(() => engine.contents.pin(find()));
  // The next part is on its way while the chunks of this one are taken.
  let next: Promise<Bytes> | undefined;
  try {
    const end = Math.min(pinned.bytes, offset + length);
    const part = Math.max(chunkSize, Math.floor(READ_BYTES / chunkSize) * chunkSize);
    for (let at = offset; at < end; at += part) {
      const bytes = await (next ?? readPart(engine, pinned, at, Math.min(part, end - at)));
      const after = at + part;
      next = after < end ? readPart(engine, pinned, after, Math.min(part, end - after)) : undefined;
      next?.catch(() => undefined);
      if (bytes.length <= chunkSize) yield bytes;
      else
        for (let from = 0; from < bytes.length; from += chunkSize) yield bytes.slice(from, from + chunkSize);
    }
  } finally {
    await next?.catch(() => undefined);
    pinned.release();
  }
}

async function readPart(engine: Engine, pinned: Pinned, at: number, length: number): Promise<Bytes> {
  const bytes = await engine.read(() => {
    checkKept(pinned);
    return engine.contents.reading(pinned, at, length);
  });
  checkKept(pinned);
  return bytes;
}

function checkKept({ lost }: Pinned): void {
  if (lost)
    throw new VfsError("ESTALE", {
      reason: "precondition",
      hint: "another tab replaced the file while it was read: read it again",
    });
}

/**
 * Writes a source of any length. What comes goes piece by piece into an inode without a name; in one step at the end the
 * file takes over what that has.
 */
export function writeStream(
  engine: Engine,
  writer: Writer,
  path: VPath,
  source: ByteSource,
  options: StreamWriteOptions,
  ctx: Context,
): Awaitable<Stat> {
  // Looked at before the source is read as well, so that a hopeless call reads nothing.
  const checked = engine.look(() => void writer.checkReplace(path, options, ctx.identity));
  return chain(checked, () => {
    const sink = new Sink(engine, ctx);
    const finish = (): Awaitable<Stat> =>
      sink.finish((content) => writer.replace(path, content, options, ctx.identity), options.durable);
    const atOnce = engine.storage.sync && (ctx.sync || !(Symbol.asyncIterator in source));
    return atOnce ? pourNow(source as Iterable<Bytes>, sink, finish) : pour(source, sink, finish);
  });
}

async function pour(source: ByteSource, sink: Sink, finish: () => Awaitable<Stat>): Promise<Stat> {
  try {
    for await (const chunk of source)
      for (let rest = sink.take(chunk); sink.isFull; rest = sink.take(rest)) await sink.write();
    await sink.written();
    return await finish();
  } catch (error) {
    await sink.abandon();
    throw error;
  }
}

function pourNow(source: Iterable<Bytes>, sink: Sink, finish: () => Awaitable<Stat>): Stat {
  try {
    for (const chunk of source)
      for (let rest = sink.take(chunk); sink.isFull; rest = sink.take(rest)) void sink.write();
    return finish() as Stat;
  } catch (error) {
    void sink.abandon();
    throw error;
  }
}

const FIRST_BYTES = 64 << 10;
const NO_BYTES = new Uint8Array(0);

/** Where a stream goes. */
class Sink {
  readonly #engine: Engine;
  readonly #ctx: Context;
  readonly #most: number;
  #piece = new Uint8Array(FIRST_BYTES);
  #filled = 0;
  /** Of a chunk itself: it is in the store before the next one is asked for. */
  #direct: Bytes | undefined;
  #scratch: Inode | undefined;
  /** The piece that is on its way, while the next one is gathered. */
  #underWay: Promise<void> | undefined;
  /** Memory whose bytes are in the store. */
  #spare: Uint8Array<ArrayBuffer> | undefined;

  constructor(engine: Engine, ctx: Context) {
    this.#engine = engine;
    this.#ctx = ctx;
    this.#most = Math.max(engine.storage.pieceBytes, 1 << 20);
  }

  /** There is a whole piece, to be written before more is taken. */
  get isFull(): boolean {
    return this.#direct !== undefined || this.#filled === this.#most;
  }

  /** Takes a chunk in; answers what of it did not fit. */
  take(chunk: Uint8Array): Uint8Array {
    if (this.#filled === 0 && chunk.length >= this.#most && this.#engine.storage.sync) {
      const whole = chunk.length - (chunk.length % this.#most);
      this.#direct = chunk.subarray(0, whole) as Bytes;
      return chunk.subarray(whole);
    }
    const part = chunk.subarray(0, this.#most - this.#filled);
    const needed = this.#filled + part.length;
    if (needed > this.#piece.length) this.#grow(needed);
    this.#piece.set(part, this.#filled);
    this.#filled = needed;
    return chunk.subarray(part.length);
  }

  /** What is likely to become large gets all of its memory at once. */
  #grow(needed: number): void {
    const isLong = this.#underWay !== undefined || this.#scratch !== undefined;
    const wanted = isLong ? this.#most : Math.min(this.#most, Math.max(needed, this.#piece.length * 2));
    const larger = (wanted === this.#most ? this.#whole() : undefined) ?? new Uint8Array(wanted);
    larger.set(this.#piece.subarray(0, this.#filled));
    this.#piece = larger;
  }

  /** Memory for a whole piece that was used before, if there is some: to get fresh memory takes as long as to fill it. */
  #whole(): Uint8Array<ArrayBuffer> | undefined {
    const own = this.#spare;
    this.#spare = undefined;
    // What was handed over to another thread is gone.
    return own?.length === this.#most ? own : this.#engine.storage.spare?.(this.#most);
  }

  /** Writes the piece that is gathered. Resolves when the one before is in the store. */
  write(): Awaitable<void> {
    const direct = this.#direct;
    this.#direct = undefined;
    if (direct !== undefined) return this.#put(direct);
    const bytes = this.#gathered();
    if (this.#engine.storage.sync) return chain(this.#put(bytes), () => void (this.#spare = bytes));
    const before = this.#underWay;
    this.#underWay = this.#putAfter(before, bytes);
    this.#underWay.catch(() => undefined);
    return before;
  }

  async #putAfter(before: Promise<void> | undefined, bytes: Bytes): Promise<void> {
    await before;
    await this.#put(bytes);
    this.#spare = bytes;
  }

  #put(bytes: Bytes): Awaitable<void> {
    return this.#engine.change(this.#ctx, () => {
      const { tree, contents, scratch } = this.#engine;
      if (this.#scratch === undefined) scratch.add((this.#scratch = tree.makeScratch()));
      contents.write(this.#need(this.#scratch), bytes, this.#scratch.bytes);
    });
  }

  /** Resolves when nothing is on its way. */
  async written(): Promise<void> {
    await this.#underWay;
  }

  /** Gives the file what was written. */
  finish(replace: (content: Inode | Uint8Array<ArrayBuffer>) => Stat, durable = false): Awaitable<Stat> {
    const bytes = this.#gathered();
    return this.#engine.change(
      this.#ctx,
      () => {
        if (this.#scratch === undefined) return replace(bytes);
        const { tree, contents, scratch } = this.#engine;
        const node = this.#need(this.#scratch);
        contents.write(node, bytes, node.bytes);
        const stat = replace(node);
        scratch.delete(node);
        tree.bury(node);
        return stat;
      },
      durable,
    );
  }

  /** Leaves nothing behind. */
  abandon(): Awaitable<void> {
    return this.#underWay === undefined ? this.#bury() : this.#abandonLater(this.#underWay);
  }

  async #abandonLater(underWay: Promise<void>): Promise<void> {
    await underWay.catch(() => undefined);
    await this.#bury();
  }

  #bury(): Awaitable<void> {
    const node = this.#scratch;
    if (node === undefined || !this.#engine.scratch.has(node)) return undefined;
    return this.#engine.change({ ...this.#ctx, signal: undefined }, () => {
      this.#engine.scratch.delete(node);
      this.#engine.tree.bury(node);
    });
  }

  /** What was gathered since the last time: memory that is not touched any more before it is in the store. */
  #gathered(): Uint8Array<ArrayBuffer> {
    const bytes = this.#piece.subarray(0, this.#filled);
    this.#piece = NO_BYTES;
    this.#filled = 0;
    return bytes;
  }

  #need(node: Inode): Inode {
    if (this.#engine.scratch.has(node)) return node;
    throw new VfsError("EIO", {
      hint: "the store had to be read anew while the stream was written: write it again",
    });
  }
}
