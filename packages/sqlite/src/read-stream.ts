import {
  attempt,
  type Awaitable,
  type ByteSource,
  type Bytes,
  type Context,
  type StreamReadOptions,
  type VPath,
} from "@vfs/core";
import { checkMatch, readable, stale } from "./conditions.ts";
import { isUnwritable } from "./errors.ts";
import { toEtag, type Inode } from "./inodes.ts";
import type { Store } from "./store.ts";

const USUAL_CHUNK_BYTES = 64 << 10;

// So much is read at once, and given out chunk by chunk: of a read, half are the statements around it.
const AHEAD_BYTES = 256 << 10;

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

/** What a stream reads from. */
interface Pinned {
  readonly ino: number;
  /** The version that it must have; none for an inode of the stream's own. */
  readonly etag: string | undefined;
  readonly scratch: boolean;
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
    const inode = readable(store.walker.follow(path, ctx.identity), ctx.identity);
    checkMatch(inode, ifMatch);
    if (Math.min(length, inode.size - offset) <= ONE_PIECE_BYTES)
      return pieces(store.reader.slice(inode, offset, length), chunkSize);
    const range = { ino: inode.id, etag: ifMatch, offset, length, chunkSize };
    return ctx.sync ? readNow(store, range, ctx) : read(store, range, ctx);
  });
}

function* pieces(bytes: Bytes, chunkSize: number): Generator<Bytes, void, undefined> {
  if (bytes.length <= chunkSize && bytes.length > 0) return yield bytes;
  for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.slice(at, at + chunkSize);
}

async function* read(store: Store, range: Range, ctx: Context): AsyncGenerator<Bytes, void, undefined> {
  const pinned = await pin(store, range, ctx);
  try {
    for (let done = 0; done < range.length;) {
      ctx.signal?.throwIfAborted();
      const chunks = await next(store, pinned, range, done, ctx);
      if (chunks.length === 0) return;
      for (const chunk of chunks) {
        ctx.signal?.throwIfAborted();
        done += chunk.length;
        yield chunk;
      }
    }
  } finally {
    await unpin(store, pinned, ctx);
  }
}

function* readNow(store: Store, range: Range, ctx: Context): Generator<Bytes, void, undefined> {
  const pinned = pin(store, range, ctx) as Pinned;
  try {
    for (let done = 0; done < range.length;) {
      const chunks = next(store, pinned, range, done, ctx) as Bytes[];
      if (chunks.length === 0) return;
      for (const chunk of chunks) {
        done += chunk.length;
        yield chunk;
      }
    }
  } finally {
    void unpin(store, pinned, ctx);
  }
}

/**
 * Keeps the content as it is now; when the first chunk is asked for, for a stream that nobody reads never ends. Where
 * that cannot be written, the file itself is read as long as it has this version.
 */
function pin(store: Store, { ino, etag }: Range, ctx: Context): Awaitable<Pinned> {
  const found = (): Inode => {
    const inode = needed(store, ino);
    checkMatch(inode, etag);
    return inode;
  };
  return attempt<Pinned>(
    () => store.change(ctx, () => ({ ino: store.makeScratch(found()).id, etag: undefined, scratch: true })),
    (error) => {
      if (!isUnwritable(error)) throw error;
      return store.read(ctx, () => ({ ino, etag: toEtag(found()), scratch: false }));
    },
  );
}

function next(
  store: Store,
  { ino, etag }: Pinned,
  { offset, length, chunkSize }: Range,
  done: number,
  ctx: Context,
): Awaitable<Bytes[]> {
  return store.readOpen(ctx, () => {
    const inode = needed(store, ino);
    checkMatch(inode, etag);
    // What is behind the end of the range is not there.
    const size = Math.min(inode.size, offset + length);
    const most = Math.max(1, Math.floor(AHEAD_BYTES / chunkSize));
    return store.reader.pieces(inode, offset + done, chunkSize, most, size);
  });
}

function unpin(store: Store, { ino, scratch }: Pinned, ctx: Context): Awaitable<void> {
  return scratch ? store.dropScratch(ino, ctx) : undefined;
}

function needed(store: Store, ino: number): Inode {
  const inode = store.inodes.get(ino);
  if (inode === undefined) throw stale("the file was removed before it was read");
  return inode;
}
