import type { Stats } from "node:fs";
import type { Awaitable, Bytes, Context, ExactTimes, FileType, StatFs } from "@vfs/core";
import { LATER } from "./later.ts";
import { NEAR } from "./near.ts";
import { NOW } from "./now.ts";

/** A path of the host. It has bytes where the name in it has no text. */
export type HostPath = string | Buffer;

/** A name in a directory of the host; bytes where they are no UTF-8. */
export interface HostEntry {
  readonly name: HostPath;
  readonly type: FileType;
}

/**
 * Everything that is asked of the host. There are three of it: one answers at once, one with promises, and one at once
 * where that takes no longer than to hand the question to another thread. Nothing
 * follows a link at the end of a path, nothing waits for the other end of a pipe, and failures are VfsErrors. What is
 * given a signal ends early with the signal's own reason, where there is a time in which that can happen.
 */
export interface Host {
  open(path: HostPath, flags: number, mode?: number): Awaitable<number>;
  close(fd: number): Awaitable<void>;
  /** Closes what was open for long: it may have lost its name meanwhile, and be given back by this. */
  release(fd: number): Awaitable<void>;
  /** Answers how many bytes: fewer than `into` holds only at the end of the file. */
  read(fd: number, into: Uint8Array, position: number): Awaitable<number>;
  /** Writes all of it; with `null` where the descriptor stands, which is the end if it was opened to append. */
  write(fd: number, data: Uint8Array, position: number | null, signal?: AbortSignal): Awaitable<void>;
  ftruncate(fd: number, size: number): Awaitable<void>;
  fsync(fd: number): Awaitable<void>;
  fdatasync(fd: number): Awaitable<void>;
  fstat(fd: number): Awaitable<Stats>;
  fchmod(fd: number, mode: number): Awaitable<void>;
  fchown(fd: number, uid: number, gid: number): Awaitable<void>;
  futimes(fd: number, atimeMs: number, mtimeMs: number): Awaitable<void>;

  /** Undefined when there is nothing. */
  lstat(path: HostPath): Awaitable<Stats | undefined>;
  /** The times of what is at a path, not through a link; undefined when there is nothing. */
  exactTimes(path: HostPath): Awaitable<ExactTimes | undefined>;
  /** How much room the file system of a path has. */
  statfs(path: HostPath): Awaitable<StatFs>;
  /** The whole of a file that was looked at: it was one, and of so many bytes. */
  readFile(path: HostPath, bytes: number, signal?: AbortSignal): Awaitable<Bytes>;
  /** Adds to a file that is there. */
  appendFile(path: HostPath, data: Uint8Array): Awaitable<void>;
  /** A new file with the content and mode of another of so many bytes, sharing its blocks where the host can. Follows `from`. */
  copyFile(from: HostPath, to: HostPath, bytes: number): Awaitable<void>;
  /** @param bytes How much the names in it take, if that is known. */
  readdir(path: HostPath, bytes?: number): Awaitable<HostEntry[]>;
  mkdir(path: HostPath, mode: number): Awaitable<void>;
  rmdir(path: HostPath): Awaitable<void>;
  unlink(path: HostPath): Awaitable<void>;
  /** @param replaced How many bytes are given back, if that is known. */
  rename(path: HostPath, to: HostPath, replaced?: number): Awaitable<void>;
  link(path: HostPath, to: HostPath): Awaitable<void>;
  symlink(path: HostPath, target: HostPath): Awaitable<void>;
  /** The bytes of a link's text: `EINVAL` when it is none. */
  readlink(path: HostPath): Awaitable<Buffer>;
  /** Follows a link: only for a path that names an open file. */
  chmod(path: HostPath, mode: number): Awaitable<void>;
  lchown(path: HostPath, uid: number, gid: number): Awaitable<void>;
  lutimes(path: HostPath, atimeMs: number, mtimeMs: number): Awaitable<void>;

  /** Does something with each item; several at a time where that is possible. */
  each<T>(items: readonly T[], action: (item: T) => Awaitable<void>): Awaitable<void>;
}

/**
 * The host as this caller can use it: the one place where the two kinds of caller part.
 *
 * @param near Whether what is asked about lies on file systems that answer from the memory of this machine.
 */
export function hostFor({ sync }: Pick<Context, "sync">, near: boolean): Host {
  if (sync) return NOW;
  return near ? NEAR : LATER;
}
