import * as fs from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { Awaitable, Bytes } from "@vfs/core";
import { hostError } from "./error.ts";
import type { Host, HostEntry, HostPath } from "./host.ts";
import {
  APPEND,
  fromBytes,
  mayBeMisread,
  MOST_BYTES_A_CALL,
  mustBeFile,
  NEW,
  ownBytes,
  READ,
  toEntry,
  toSeconds,
  WRITE,
} from "./values.ts";

type Done<T> = (error: NodeJS.ErrnoException | null, value?: T) => void;

/**
 * The host, for callers that can wait. Descriptors are plain numbers here: Node's `FileHandle` costs more than the
 * calls that are made with it.
 */
export const LATER: Host = {
  open: (path, flags, mode) => later((done: Done<number>) => fs.open(path, flags, mode, done)),
  close: (fd) => later((done: Done<void>) => fs.close(fd, done)),
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
  readFile: readWhole,
  // One round trip to the thread pool, where open, write and close would be three.
  createFile: (path, data, mode, signal) =>
    writeFile(path, data, { flag: WRITE | NEW, mode, signal }).catch((reason: unknown) =>
      fail(reason, signal),
    ),
  appendFile: (path, data) =>
    writeFile(path, data, { flag: WRITE | APPEND }).catch((reason: unknown) => fail(reason)),
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

  each,
};

function later<T>(call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    call((error, value) => {
      if (error) reject(hostError(error));
      else resolve(value as T);
    }),
  );
}

function fail(reason: unknown, signal?: AbortSignal): never {
  throw signal?.aborted === true ? signal.reason : hostError(reason);
}

/**
 * Reads with one round trip to the thread pool, and looks beside it what it is that is read. No harm is done until
 * the answer is there: opening does not wait, and what came from a pipe or a device is thrown away.
 */
async function readWhole(path: HostPath, outer?: AbortSignal): Promise<Bytes> {
  const aborter = new AbortController();
  const signal = outer === undefined ? aborter.signal : AbortSignal.any([aborter.signal, outer]);
  const looked = later((done: Done<fs.Stats>) => fs.lstat(path, done)).then(mustBeFile);
  const data = readFile(path, { flag: READ, signal });
  try {
    const [buffer] = await Promise.all([data, looked]);
    return ownBytes(buffer);
  } catch (reason) {
    // A device may never end.
    aborter.abort();
    return fail(reason, outer);
  }
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

async function writeFully(fd: number, data: Uint8Array, position: number | null): Promise<void> {
  for (let total = 0; total < data.length;) {
    const offset = total;
    const length = Math.min(data.length - offset, MOST_BYTES_A_CALL);
    const at = position === null ? null : position + offset;
    total += await later((done: Done<number>) => fs.write(fd, data, offset, length, at, done));
  }
}

// As many as the thread pool has threads, twice: so that none of them waits for the next task.
const SIDE_BY_SIDE = 8;

/** All that have begun are done when this is: what they work on may then be closed. */
async function each<T>(items: readonly T[], action: (item: T) => Awaitable<void>): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const item = items[next++] as T;
      try {
        await action(item);
      } catch (reason) {
        failures.push(reason);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, items.length) }, work));
  if (failures.length > 0) throw failures[0];
}
