import { constants, type BigIntStats, type Dirent, type Stats, type StatsFs } from "node:fs";
import { isUtf8 } from "node:buffer";
import { VfsError, type Bytes, type ExactTimes, type FileType, type StatFs } from "@vfs/core";
import type { HostEntry } from "./host.ts";

// Not every host has all of them.
const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants as Partial<typeof constants>;

/** Never through a link, never waiting for the other end of a pipe, never becoming a terminal's process. */
const SAFELY: number = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

export const READ: number = constants.O_RDONLY | SAFELY;
export const WRITE: number = constants.O_WRONLY | SAFELY;
export const READ_WRITE: number = constants.O_RDWR | SAFELY;
export const APPEND: number = constants.O_APPEND;
/** Together with an access: a file of one's own, or `EEXIST`. */
export const NEW: number = constants.O_CREAT | constants.O_EXCL;
export const TRUNCATE: number = constants.O_TRUNC;
/** A directory, to be listed or synced. */
export const DIRECTORY: number = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | O_NOFOLLOW;

/** More than this does not go into one call. */
export const MOST_BYTES_A_CALL: number = 1 << 30;

const { S_IFMT, S_IFREG, S_IFDIR, S_IFLNK } = constants;

export function typeOf({ mode }: Stats): FileType {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "file";
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "symlink";
    default:
      return "other";
  }
}

/** Fails, as `open` would, for everything but a file. */
export function mustBeFile(stats: Stats | undefined): Stats {
  if (stats === undefined) throw new VfsError("ENOENT");
  const type = typeOf(stats);
  if (type === "file") return stats;
  if (type === "directory") throw new VfsError("EISDIR");
  if (type === "symlink") throw new VfsError("ELOOP");
  throw noFile();
}

/** What to throw for what is never opened. */
export function noFile(): VfsError {
  return new VfsError("ENXIO", { hint: "it is a pipe, a socket or a device" });
}

export function toEntry(entry: Dirent | Dirent<Buffer>): HostEntry {
  return { name: entry.name, type: typeOfEntry(entry) };
}

function typeOfEntry(entry: Dirent | Dirent<Buffer>): FileType {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : "other";
}

const REPLACEMENT = "\ufffd";

/** Whether some name may stand for other bytes than it seems to: then the listing must be read again, as bytes. */
export function mayBeMisread(entries: readonly Dirent[]): boolean {
  return entries.some(({ name }) => name.includes(REPLACEMENT));
}

/** A name as text where it has one. */
export function fromBytes(entry: Dirent<Buffer>): HostEntry {
  const { name, type } = toEntry(entry) as { name: Buffer; type: FileType };
  return { name: isUtf8(name) ? name.toString() : name, type };
}

/** Memory to be read into. It is not cleared: nobody may see what was not filled. */
export function unfilled(length: number): Bytes {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

/** Bytes that are the caller's alone, with nothing behind them. */
export function ownBytes(buffer: Buffer): Bytes {
  const { buffer: memory, byteLength } = buffer;
  return memory.byteLength === byteLength && memory instanceof ArrayBuffer
    ? new Uint8Array(memory)
    : new Uint8Array(buffer);
}

/**
 * Before 1.52 libuv cuts a time off after the microseconds, and what was no sum of powers of two loses one of them.
 *
 * @see https://github.com/libuv/libuv/pull/4951
 */
const CUTS_OFF = process.platform !== "win32" && isBefore(process.versions.uv ?? "", 1, 52);
const HALF_A_MICROSECOND = 5e-7;

function isBefore(version: string, major: number, minor: number): boolean {
  const [itsMajor = 0, itsMinor = 0] = version.split(".").map(Number);
  return itsMajor < major || (itsMajor === major && itsMinor < minor);
}

/**
 * A time as the calls of `node:fs` take it. They take a negative number for "now", but not its text.
 *
 * @see https://github.com/nodejs/node/blob/main/lib/internal/fs/utils.js toUnixTimestamp
 */
export function toSeconds(timeMs: number): number | string {
  const seconds = timeMs / 1000 + (CUTS_OFF ? Math.sign(timeMs) * HALF_A_MICROSECOND : 0);
  return seconds < 0 ? String(seconds) : seconds;
}

/** The times of a file as exactly as the host knows them. */
export function toTimes(stats: BigIntStats | undefined): ExactTimes | undefined {
  if (stats === undefined) return undefined;
  const { atimeNs, mtimeNs, ctimeNs, birthtimeNs } = stats;
  return { atimeNs, mtimeNs, ctimeNs, birthtimeNs };
}

export function toRoom({ bsize, blocks, bfree, bavail, files, ffree }: StatsFs): StatFs {
  return { bsize, blocks, bfree, bavail, files, ffree };
}
