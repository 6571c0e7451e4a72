import { constants, lstatSync, statSync, type Stats } from "node:fs";
import type { Awaitable, Bytes, Flow } from "@vfs/core";
import type { Crowd } from "./crowd.ts";
import type { Host, HostPath } from "./host.ts";
import { eachOf, LATER } from "./later.ts";
import { checkSize, NOW } from "./now.ts";
import { breathe } from "./stretch.ts";
import { APPEND, mustBeFile, READ, unfilled, WRITE } from "./values.ts";

/** As much data as is copied from or to the memory of the kernel before a thread of the pool would have begun. */
export const QUICK_BYTES: number = 32 << 10;
/** How much is read before the caller's signal is asked again. */
const PIECE_BYTES = 8 << 20;
/** What a file may hold that loses its last name: giving more than this back takes its time. */
export const FREED_BYTES: number = 16 << 20;
/** A directory of this size has about 1,000 names. */
const QUICK_DIRECTORY_BYTES = 32 << 10;

/**
 * The host, for callers that can wait, on file systems that answer from the memory of this machine. There a call takes
 * 1 to 5 us, and a round trip to the thread pool 15 to 25: what is short is done at once. What may take its time goes
 * to the pool: much data, long listings, giving back large files, and whatever waits for the disk.
 */
export const NEAR: Host = {
  ...NOW,
  open: (path, flags, mode) => {
    const cuts = (flags & constants.O_TRUNC) !== 0 && bytesAt(path) > FREED_BYTES;
    return (cuts ? LATER : NOW).open(path, flags, mode);
  },
  release: (fd) => freeing(bytesIn(fd)).close(fd),
  read: (fd, into, position) => quick(into.length).read(fd, into, position),
  write: (fd, data, position, signal) => quick(data.length).write(fd, data, position, signal),
  ftruncate: (fd, size) => (bytesIn(fd) - size > FREED_BYTES ? LATER : NOW).ftruncate(fd, size),
  fsync: (fd) => LATER.fsync(fd),
  fdatasync: (fd) => LATER.fdatasync(fd),
  readFile: (path, bytes, signal) =>
    bytes <= QUICK_BYTES ? NOW.readFile(path, bytes) : readLarge(path, signal),
  appendFile: (path, data) =>
    data.length <= QUICK_BYTES ? NOW.appendFile(path, data) : appendLarge(path, data),
  copyFile: (from, to, bytes) => quick(bytes).copyFile(from, to, bytes),
  readdir: (path, bytes = directoryBytes(path)) =>
    (bytes > QUICK_DIRECTORY_BYTES ? LATER : NOW).readdir(path),
  unlink: (path) => freeing(bytesAt(path)).unlink(path),
  rename: (path, to, replaced = bytesAt(to)) => freeing(replaced).rename(path, to, replaced),
  each: (items, action) => eachOf(items, action, breathe),
};

/** The same, for one of many calls that are under way: a thread of the pool makes a new file while others do too. */
const CROWDED: Host = { ...NEAR, open: (path, flags, mode) => LATER.open(path, flags, mode) };

/** Makes a call as one of many, if it is one. */
export function* amid<T>(crowd: Crowd, host: Host, action: (host: Host) => Flow<T>): Flow<T> {
  if (host !== NEAR || !crowd.enter()) return yield* action(host);
  try {
    return yield* action(CROWDED);
  } finally {
    crowd.leave();
  }
}

function quick(bytes: number): Host {
  return bytes <= QUICK_BYTES ? NOW : LATER;
}

/** Only the reading itself goes to the pool: one round trip, and not one each to open, look and close too. */
async function readLarge(path: HostPath, signal: AbortSignal | undefined): Promise<Bytes> {
  return await withFile(path, READ, async (fd, { size }) => {
    const bytes = unfilled(checkSize(size));
    for (let done = 0; done < size; done += PIECE_BYTES) {
      if (signal?.aborted === true) throw signal.reason;
      const piece = bytes.subarray(done, done + PIECE_BYTES);
      const count = await LATER.read(fd, piece, done);
      if (count < piece.length) return bytes.slice(0, done + count);
    }
    return bytes;
  });
}

function appendLarge(path: HostPath, data: Uint8Array): Promise<void> {
  return withFile(path, WRITE | APPEND, (fd) => LATER.write(fd, data, null));
}

async function withFile<T>(
  path: HostPath,
  flags: number,
  action: (fd: number, stats: Stats) => Awaitable<T>,
): Promise<T> {
  const fd = await NOW.open(path, flags);
  try {
    return await action(fd, mustBeFile(await NOW.fstat(fd)));
  } finally {
    await NOW.close(fd);
  }
}

function freeing(bytes: number): Host {
  return bytes <= FREED_BYTES ? NOW : LATER;
}

/** 0 where that cannot be said: the call that is to be made says why. */
function bytesAt(path: HostPath): number {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return 0;
  }
}

function bytesIn(fd: number): number {
  try {
    return (NOW.fstat(fd) as { size: number }).size;
  } catch {
    return 0;
  }
}

/** The path of an open directory is a link to it. */
function directoryBytes(path: HostPath): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
