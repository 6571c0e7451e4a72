import {
  chain,
  type Awaitable,
  type ByteSource,
  type Bytes,
  type Context,
  type Stat,
  type StreamWriteOptions,
  type VPath,
} from "@vfs/core";
import { checkReplace, stale } from "./conditions.ts";
import { FILE, toStat, type Inode } from "./inodes.ts";
import type { Store } from "./store.ts";
import { create, describe, replace, contentChanged } from "./write.ts";

// What is gathered before it is written, in one transaction.
const PIECE_BYTES = 1 << 20;
const FIRST_BYTES = 64 << 10;

/**
 * Writes a source of any length. What comes goes piece by piece, a transaction each, into an inode without a name;
 * in the last one the file takes that inode's content over. Between pieces nothing is locked and nothing is seen.
 */
export function writeStream(
  store: Store,
  path: VPath,
  source: ByteSource,
  options: StreamWriteOptions,
  ctx: Context,
): Awaitable<Stat> {
  // A link must be met, and what cannot be written be refused, before the source is read.
  const checked = store.read(ctx, () => {
    if (checkReplace(store, path, options, ctx.identity) === undefined) store.walker.parent(path);
  });
  return chain(checked, () => {
    const sink = new Sink(store, path, options, ctx);
    return ctx.sync ? pourNow(source as Iterable<Bytes>, sink) : pour(source, sink);
  });
}

async function pour(source: ByteSource, sink: Sink): Promise<Stat> {
  try {
    for await (const chunk of source)
      for (let rest = sink.take(chunk); rest.length > 0; rest = sink.take(rest)) await sink.write();
    return await sink.finish();
  } catch (error) {
    await sink.abandon();
    throw error;
  }
}

function pourNow(source: Iterable<Bytes>, sink: Sink): Stat {
  try {
    for (const chunk of source)
      for (let rest = sink.take(chunk); rest.length > 0; rest = sink.take(rest)) void sink.write();
    return sink.finish() as Stat;
  } catch (error) {
    void sink.abandon();
    throw error;
  }
}

/** Where a stream goes. */
class Sink {
  readonly #store: Store;
  readonly #path: VPath;
  readonly #options: StreamWriteOptions;
  readonly #ctx: Context;
  #piece = new Uint8Array(FIRST_BYTES);
  #filled = 0;
  /** The inode without a name, once there is one. */
  #ino: number | undefined;

  constructor(store: Store, path: VPath, options: StreamWriteOptions, ctx: Context) {
    this.#store = store;
    this.#path = path;
    this.#options = options;
    this.#ctx = ctx;
  }

  /** Takes a chunk in; answers what of it did not fit, before which the piece must be written. */
  take(chunk: Uint8Array): Uint8Array {
    const part = chunk.subarray(0, PIECE_BYTES - this.#filled);
    const needed = this.#filled + part.length;
    if (needed > this.#piece.length) {
      const larger = new Uint8Array(Math.min(PIECE_BYTES, Math.max(needed, this.#piece.length * 2)));
      larger.set(this.#piece.subarray(0, this.#filled));
      this.#piece = larger;
    }
    this.#piece.set(part, this.#filled);
    this.#filled = needed;
    return chunk.subarray(part.length);
  }

  /** Writes the piece that is gathered. */
  write(): Awaitable<void> {
    const written = this.#store.change(this.#ctx, () => {
      const { contents } = this.#store;
      const ino = this.#ino ?? this.#store.makeScratch().id;
      const scratch = this.#scratch(ino);
      contents.write(scratch, this.#gathered(), scratch.size);
      return ino;
    });
    return chain(written, (ino) => {
      this.#ino = ino;
      this.#filled = 0;
    });
  }

  /** Gives the file what was written. */
  finish(): Awaitable<Stat> {
    const store = this.#store;
    const { durable } = this.#options;
    const { identity } = this.#ctx;
    const done = store.change(
      this.#ctx,
      () => {
        if (this.#ino === undefined)
          return replace(store, this.#path, this.#gathered(), this.#options, identity);
        const scratch = this.#scratch(this.#ino);
        const found = checkReplace(store, this.#path, this.#options, identity);
        const file =
          found ?? create(store, this.#path, this.#gathered().subarray(0, 0), this.#options, identity);
        if (found !== undefined) store.changing(found, this.#path);
        store.contents.write(scratch, this.#gathered(), scratch.size);
        store.contents.take(file, scratch);
        contentChanged(store, file, identity);
        store.inodes.delete(scratch);
        store.sessions.letGo(scratch.id);
        describe(store, file, this.#options);
        if (found !== undefined) store.tell("changed", FILE, this.#path);
        return toStat(file);
      },
      { durable },
    );
    return chain(done, (stat) => {
      if (this.#ino !== undefined) store.sessions.closed(this.#ino);
      return stat;
    });
  }

  /** Leaves nothing behind. */
  abandon(): Awaitable<void> {
    return this.#ino === undefined ? undefined : this.#store.dropScratch(this.#ino, this.#ctx);
  }

  #gathered(): Uint8Array {
    return this.#piece.subarray(0, this.#filled);
  }

  #scratch(ino: number): Inode {
    const found = this.#store.inodes.get(ino);
    if (found === undefined)
      throw stale("another process took this one for dead and cleared the stream away");
    return found;
  }
}
