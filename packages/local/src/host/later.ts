import * as fs from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { isPromiseLike, type Awaitable, type Bytes } from "@vfs/core";
import { hostError } from "./error.ts";
import type { Host, HostEntry, HostPath } from "./host.ts";
import { KEPT } from "./kept.ts";
import {
  APPEND,
  fromBytes,
  mayBeMisread,
  MOST_BYTES_A_CALL,
  mustBeFile,
  ownBytes,
  READ,
  toEntry,
  toSeconds,
  WRITE,
  toRoom,
  toTimes,
} from "./values.ts";

type Done<T> = (error: NodeJS.ErrnoException | null, value?: T) => void;

/**
 * The host, for callers that can wait. Descriptors are plain numbers here: Node's `FileHandle` costs more than the
 * calls that are made with it.
 */
export const LATER: Host = {
  open: (path, flags, mode) => later((done: Done<number>) => fs.open(path, flags, mode, done)),
  close: (fd) => later((done: Done<void>) => fs.close(fd, done)),
  release: (fd) => LATER.close(fd),
  read: readFully,
  write: writeFully,
  ftruncate: (fd, size) => later((done: Done<void>) => fs.ftruncate(fd, size, done)),
  fsync: (fd) => later((done: Done<void>) => fs.fsync(fd, done)),
  fdatasync: (fd) => later((done: Done<void>) => fs.fdatasync(fd, done)),
  fstat: (fd) => later((done: Done<fs.Stats>) => fs.fstat(fd, done)),
  fchmod: (fd, mode) => later((done: Done<void>) => fs.fchmod(fd, mode, done)),
  fchown: (fd, uid, gid) => later((done: Done<void>) => fs.fchown(fd, uid, gid, done)),
  futimes: (fd, atimeMs, mtimeMs) =>
    later((done: Done<void>) => fs.futimes(fd, toSeconds(atimeMs), toSeconds(mtimeMs), done)),

  lstat: (path) =>
    new Promise((resolve, reject) =>
      fs.lstat(path, (error, stats) => {
        if (error === null) resolve(stats);
        else if (error.code === "ENOENT") resolve(undefined);
        else reject(hostError(error));
      }),
    ),
  exactTimes: async (path) =>
    toTimes(await later((done: Done<fs.BigIntStats>) => fs.lstat(path, { bigint: true }, done))),
  statfs: async (path) => toRoom(await later((done: Done<fs.StatsFs>) => fs.statfs(path, done))),
  readFile: readWhole,
  appendFile: appendWhole,
  copyFile: (from, to) =>
    later((done: Done<void>) =>
      fs.copyFile(from, to, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE, done),
    ),
  readdir: list,
  mkdir: (path, mode) => later((done: Done<void>) => fs.mkdir(path, mode, done)),
  rmdir: (path) => later((done: Done<void>) => fs.rmdir(path, done)),
  unlink: (path) => later((done: Done<void>) => fs.unlink(path, done)),
  rename: (path, to) => later((done: Done<void>) => fs.rename(path, to, done)),
  link: (path, to) => later((done: Done<void>) => fs.link(path, to, done)),
  symlink: (path, target) => later((done: Done<void>) => fs.symlink(target, path, null, done)),
  readlink: (path) => later((done: Done<Buffer>) => fs.readlink(path, "buffer", done)),
  chmod: (path, mode) => later((done: Done<void>) => fs.chmod(path, mode, done)),
  lchown: (path, uid, gid) => later((done: Done<void>) => fs.lchown(path, uid, gid, done)),
  lutimes: (path, atimeMs, mtimeMs) =>
    later((done: Done<void>) => fs.lutimes(path, toSeconds(atimeMs), toSeconds(mtimeMs), done)),

  each: (items, action) => eachOf(items, action, () => undefined),
};

function later<T>(call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (error: NodeJS.ErrnoException | null, value: T | undefined): void => {
      if (error) reject(hostError(error));
      else resolve(value as T);
    };
    call((error, value) => {
      if (error && KEPT.makeRoomAfter(error)) call(settle);
      else settle(error, value);
    });
  });
}

async function withFile<T>(path: HostPath, flags: number, action: (fd: number) => Promise<T>): Promise<T> {
  const fd = await LATER.open(path, flags);
  try {
    mustBeFile(await LATER.fstat(fd));
    return await action(fd);
  } finally {
    await LATER.close(fd);
  }
}

async function readWhole(path: HostPath, _bytes: number, signal?: AbortSignal): Promise<Bytes> {
  return ownBytes(await whole(() => readFile(path, { flag: READ, signal }), signal));
}

/** A call that Node makes with one round trip to the thread pool, where open, read or write, and close would be three. */
async function whole<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await call().catch((reason: unknown) => {
      if (!KEPT.makeRoomAfter(reason)) throw reason;
      return call();
    });
  } catch (reason) {
    throw signal?.aborted === true ? signal.reason : hostError(reason);
  }
}

/**
 * Node writes up to here in one piece. More it cuts up, and what others append could come between.
 *
 * @see https://github.com/nodejs/node/blob/main/lib/internal/fs/promises.js kWriteFileMaxChunkSize
 */
const ONE_PIECE_BYTES = 512 << 10;

function appendWhole(path: HostPath, data: Uint8Array): Promise<void> {
  if (data.length <= ONE_PIECE_BYTES) return whole(() => writeFile(path, data, { flag: WRITE | APPEND }));
  return withFile(path, WRITE | APPEND, (fd) => writeFully(fd, data, null));
}

async function list(path: HostPath): Promise<HostEntry[]> {
  const entries = await later((done: Done<fs.Dirent[]>) => fs.readdir(path, { withFileTypes: true }, done));
  if (!mayBeMisread(entries)) return entries.map(toEntry);
  const raw = await later((done: Done<fs.Dirent<Buffer>[]>) =>
    fs.readdir(path, { withFileTypes: true, encoding: "buffer" }, done),
  );
  return raw.map(fromBytes);
}

async function readFully(fd: number, into: Uint8Array, position: number): Promise<number> {
  let total = 0;
  while (total < into.length) {
    const length = Math.min(into.length - total, MOST_BYTES_A_CALL);
    const offset = total;
    const count = await later((done: Done<number>) =>
      fs.read(fd, into, offset, length, position + offset, done),
    );
    if (count === 0) break;
    total += count;
  }
  return total;
}

async function writeFully(
  fd: number,
  data: Uint8Array,
  position: number | null,
  signal?: AbortSignal,
): Promise<void> {
  const most = signal === undefined ? MOST_BYTES_A_CALL : ONE_PIECE_BYTES;
  for (let total = 0; total < data.length;) {
    if (signal?.aborted === true) throw signal.reason;
    const offset = total;
    const length = Math.min(data.length - offset, most);
    const at = position === null ? null : position + offset;
    total += await later((done: Done<number>) => fs.write(fd, data, offset, length, at, done));
  }
}

// As many as the thread pool has threads, twice: so that none of them waits for the next task.
const SIDE_BY_SIDE = 8;

/**
 * Several at a time. All that have begun are done when this is: what they work on may then be closed.
 *
 * @param pause To be waited for before each.
 */
export async function eachOf<T>(
  items: readonly T[],
  action: (item: T) => Awaitable<void>,
  pause: () => Awaitable<void>,
): Promise<void> {
  await pause();
  const failures: unknown[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const item = items[next++] as T;
      try {
        const rest = pause();
        if (rest !== undefined) await rest;
        const done = action(item);
        if (isPromiseLike(done)) await done;
      } catch (reason) {
        failures.push(reason);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, items.length) }, work));
  if (failures.length > 0) throw failures[0];
}
