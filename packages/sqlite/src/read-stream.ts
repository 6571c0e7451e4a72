import {
  type Awaitable,
  type ByteSource,
  type Bytes,
  type Context,
  type StreamReadOptions,
  type VPath,
} from "@vfs/core";
import { checkMatch, fileOnly, stale } from "./conditions.ts";
import type { Inode } from "./inodes.ts";
import type { Store } from "./store.ts";

const USUAL_CHUNK_BYTES = 64 << 10;

// Up to here a stream is read in one piece, which is one version without more ado.
const ONE_PIECE_BYTES = 1 << 20;

/** Which bytes of which inode, in chunks of which size. */
interface Range {
  readonly ino: number;
  readonly etag: string | undefined;
  readonly offset: number;
  readonly length: number;
  readonly chunkSize: number;
}

/**
 * Reads a file of any length, all of it of one version. A large one is read from an inode without a name that shares
 * its blocks (one row for each 256 KiB): it stays as it is whatever becomes of the file, and no transaction is open
 * between two chunks.
 */
export function readStream(
  store: Store,
  path: VPath,
  { offset = 0, length = Infinity, chunkSize = USUAL_CHUNK_BYTES, ifMatch }: StreamReadOptions,
  ctx: Context,
): Awaitable<ByteSource> {
  return store.read(ctx, () => {
    const inode = fileOnly(store.walker.follow(path));
    checkMatch(inode, ifMatch);
    if (Math.min(length, inode.size - offset) <= ONE_PIECE_BYTES)
      return pieces(store.contents.slice(inode, offset, length), chunkSize);
    const range = { ino: inode.id, etag: ifMatch, offset, length, chunkSize };
    return ctx.sync ? readNow(store, range, ctx) : read(store, range, ctx);
  });
}

function* pieces(bytes: Bytes, chunkSize: number): Generator<Bytes, void, undefined> {
  if (bytes.length <= chunkSize && bytes.length > 0) return yield bytes;
  for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.slice(at, at + chunkSize);
}

async function* read(store: Store, range: Range, ctx: Context): AsyncGenerator<Bytes, void, undefined> {
  const ino = await pin(store, range, ctx);
  try {
    for (let done = 0; ; done += range.chunkSize) {
      ctx.signal?.throwIfAborted();
      const chunk = await next(store, ino, range, done, ctx);
      if (chunk.length === 0) return;
      yield chunk;
    }
  } finally {
    await store.dropScratch(ino, ctx);
  }
}

function* readNow(store: Store, range: Range, ctx: Context): Generator<Bytes, void, undefined> {
  const ino = pin(store, range, ctx) as number;
  try {
    for (let done = 0; ; done += range.chunkSize) {
      const chunk = next(store, ino, range, done, ctx) as Bytes;
      if (chunk.length === 0) return;
      yield chunk;
    }
  } finally {
    void store.dropScratch(ino, ctx);
  }
}

/** Keeps the content as it is now; when the first chunk is asked for, for a stream that nobody reads never ends. */
function pin(store: Store, { ino, etag }: Range, ctx: Context): Awaitable<number> {
  return store.change(ctx, () => {
    const inode = needed(store, ino);
    checkMatch(inode, etag);
    return store.makeScratch(inode).id;
  });
}

function next(
  store: Store,
  ino: number,
  { offset, length, chunkSize }: Range,
  done: number,
  ctx: Context,
): Awaitable<Bytes> {
  const wanted = Math.min(chunkSize, length - done);
  return store.read(ctx, () => store.contents.slice(needed(store, ino), offset + done, wanted));
}

function needed(store: Store, ino: number): Inode {
  const inode = store.inodes.get(ino);
  if (inode === undefined) throw stale("the file was removed before it was read");
  return inode;
}
