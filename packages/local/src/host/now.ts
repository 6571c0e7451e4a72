import * as fs from "node:fs";
import { VfsError, type Bytes } from "@vfs/core";
import { hostError } from "./error.ts";
import type { Host, HostPath } from "./host.ts";
import { withRoom } from "./kept.ts";
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

const WITH_TYPES = { withFileTypes: true } as const;

/** The host, for callers that cannot wait. */
export const NOW: Host = {
  open: (path, flags, mode) => now(() => fs.openSync(path, flags, mode)),
  close: (fd) => now(() => fs.closeSync(fd)),
  release: (fd) => now(() => fs.closeSync(fd)),
  read: (fd, into, position) => now(() => readFully(fd, into, position)),
  write: (fd, data, position) => now(() => writeFully(fd, data, position)),
  ftruncate: (fd, size) => now(() => fs.ftruncateSync(fd, size)),
  fsync: (fd) => now(() => fs.fsyncSync(fd)),
  fdatasync: (fd) => now(() => fs.fdatasyncSync(fd)),
  fstat: (fd) => now(() => fs.fstatSync(fd)),
  fchmod: (fd, mode) => now(() => fs.fchmodSync(fd, mode)),
  fchown: (fd, uid, gid) => now(() => fs.fchownSync(fd, uid, gid)),
  futimes: (fd, atimeMs, mtimeMs) => now(() => fs.futimesSync(fd, toSeconds(atimeMs), toSeconds(mtimeMs))),

  lstat: (path) => now(() => fs.lstatSync(path, { throwIfNoEntry: false })),
  exactTimes: (path) => now(() => toTimes(fs.lstatSync(path, { bigint: true, throwIfNoEntry: false }))),
  statfs: (path) => now(() => toRoom(fs.statfsSync(path))),
  readFile: (path) => now(() => withFile(path, READ, 0, readAll)),
  appendFile: (path, data) =>
    now(() =>
      withFile(path, WRITE | APPEND, 0, (fd) => {
        mustBeFile(fs.fstatSync(fd));
        writeFully(fd, data, null);
      }),
    ),
  copyFile: (from, to) =>
    now(() => fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE)),
  readdir: (path) =>
    now(() => {
      const entries = fs.readdirSync(path, WITH_TYPES);
      if (!mayBeMisread(entries)) return entries.map(toEntry);
      return fs.readdirSync(path, { withFileTypes: true, encoding: "buffer" }).map(fromBytes);
    }),
  mkdir: (path, mode) => now(() => fs.mkdirSync(path, mode)),
  rmdir: (path) => now(() => fs.rmdirSync(path)),
  unlink: (path) => now(() => fs.unlinkSync(path)),
  rename: (path, to) => now(() => fs.renameSync(path, to)),
  link: (path, to) => now(() => fs.linkSync(path, to)),
  symlink: (path, target) => now(() => fs.symlinkSync(target, path)),
  readlink: (path) => now(() => fs.readlinkSync(path, "buffer")),
  chmod: (path, mode) => now(() => fs.chmodSync(path, mode)),
  lchown: (path, uid, gid) => now(() => fs.lchownSync(path, uid, gid)),
  lutimes: (path, atimeMs, mtimeMs) =>
    now(() => fs.lutimesSync(path, toSeconds(atimeMs), toSeconds(mtimeMs))),

  each: (items, action) => {
    for (const item of items) void action(item);
  },
};

function now<T>(call: () => T): T {
  try {
    return withRoom(call);
  } catch (reason) {
    throw hostError(reason);
  }
}

function withFile<T>(path: HostPath, flags: number, mode: number, action: (fd: number) => T): T {
  const fd = fs.openSync(path, flags, mode);
  try {
    return action(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function readAll(fd: number): Bytes {
  const { size } = mustBeFile(fs.fstatSync(fd));
  // A file of the kernel, such as those in /proc, says 0 and has content all the same.
  if (size === 0) return ownBytes(fs.readFileSync(fd));
  const buffer = Buffer.allocUnsafeSlow(checkSize(size));
  return ownBytes(buffer.subarray(0, readFully(fd, buffer, 0)));
}

/**
 * What is read in one piece.
 *
 * @throws VfsError `EFBIG` for more than the asynchronous call of Node takes.
 */
export function checkSize(size: number): number {
  if (size < 2 ** 31) return size;
  throw new VfsError("EFBIG", { hint: "too large for one array: read it by ranges, or with readStream" });
}

function readFully(fd: number, into: Uint8Array, position: number): number {
  let done = 0;
  while (done < into.length) {
    const length = Math.min(into.length - done, MOST_BYTES_A_CALL);
    const count = fs.readSync(fd, into, done, length, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

function writeFully(fd: number, data: Uint8Array, position: number | null): void {
  for (let done = 0; done < data.length;) {
    const length = Math.min(data.length - done, MOST_BYTES_A_CALL);
    done += fs.writeSync(fd, data, done, length, position === null ? null : position + done);
  }
}
