import type { BigIntStats, Stats } from "node:fs";
import { constants as hostConstants } from "node:fs";
import { isVfsError, run, VfsError, wait, type Awaitable, type Flow } from "@vfs/core";
import { toBoolean, toFd, toLength, toMode, toObject, toOwner, toPath, toSeconds } from "../arguments.ts";
import { openDirectory } from "../descriptors.ts";
import { DIRECTORY_ONLY, forVfs, NO_FOLLOW, toFlags } from "../open-flags.ts";
import type { Calls, BothFaces, Opened, Side } from "../side.ts";
import { ask, nothing } from "../system-errors.ts";
import { shaped } from "./metadata.ts";

const DEFAULT_MODE = 0o666;
const WRITING = hostConstants.O_WRONLY | hostConstants.O_RDWR;

/** Opens a file and gives it a number. */
export function open(side: Side, path: unknown, flags: unknown, mode: unknown): Awaitable<number> {
  const target = toPath(path);
  const bits = toFlags(flags);
  const granted = toMode(mode, "mode", DEFAULT_MODE) & 0o7777;
  const { files } = side;
  return ask(
    () => openFile(side, target, bits, granted),
    (file) => files.add(file),
    "open",
    target,
  );
}

/** Opens a file for what a call does with it. */
export function openFile(side: Side, path: string, flags: number, mode: number): Awaitable<BothFaces> {
  if ((flags & WRITING) === 0 || (flags & (DIRECTORY_ONLY | NO_FOLLOW)) !== 0)
    return run(openAny(side, path, flags, mode));
  return side.verbs.open(path, forVfs(flags), mode);
}

/** Opens what may be a directory, too. */
function* openAny(side: Side, path: string, flags: number, mode: number): Flow<BothFaces> {
  const { verbs, files } = side;
  if ((flags & NO_FOLLOW) !== 0) {
    const stats = yield* wait(verbs.lstat(path, { throwIfNoEntry: false }));
    if (stats?.isSymbolicLink() === true) throw new VfsError("ELOOP");
  }
  if ((flags & DIRECTORY_ONLY) !== 0) {
    const stats = yield* wait(verbs.stat(path));
    if (stats?.isDirectory() !== true) throw new VfsError("ENOTDIR");
  }
  try {
    return yield* wait(verbs.open(path, forVfs(flags), mode));
  } catch (reason) {
    if (!isVfsError(reason, "EISDIR") || (flags & WRITING) !== 0) throw reason;
    return openDirectory(path, files.faces);
  }
}

/** Ends the number, and closes the file. */
export function close({ files, ...side }: Side, fd: unknown): Awaitable<void> {
  const number = toFd(fd);
  return ask(() => files.take(number, side).close(), nothing, "close");
}

/** Does one thing with an open file. */
function withFile(
  side: Side,
  fd: number,
  syscall: string,
  action: (file: Opened) => Awaitable<void>,
): Awaitable<void> {
  const file = side.files.get(fd, side, syscall);
  return ask(() => action(file), nothing, syscall);
}

export function fstat(side: Side, fd: unknown, options: unknown): Awaitable<Stats | BigIntStats | undefined> {
  const number = toFd(fd);
  const bigint = toBoolean(toObject(options ?? undefined)["bigint"], "options.bigint");
  const file = side.files.get(number, side, "fstat");
  return ask(
    () => file.stat(),
    (stats) => shaped(stats, bigint),
    "fstat",
  );
}

export function ftruncate(side: Side, fd: unknown, length: unknown): Awaitable<void> {
  const number = toFd(fd);
  const size = toLength(length);
  return withFile(side, number, "ftruncate", (file) => file.truncate(size));
}

export function fchmod(side: Side, fd: unknown, mode: unknown): Awaitable<void> {
  const number = toFd(fd);
  const bits = toMode(mode, "mode") & 0o7777;
  return withFile(side, number, "fchmod", (file) => file.chmod(bits));
}

export function fchown(side: Side, fd: unknown, uid: unknown, gid: unknown): Awaitable<void> {
  const number = toFd(fd);
  const [user, group] = [toOwner(uid, "uid"), toOwner(gid, "gid")];
  return withFile(side, number, "fchown", (file) => file.chown(user, group));
}

export function futimes(side: Side, fd: unknown, atime: unknown, mtime: unknown): Awaitable<void> {
  const number = toFd(fd);
  const [read, written] = [toSeconds(atime, "atime"), toSeconds(mtime, "mtime")];
  return withFile(side, number, "futime", (file) => file.utimes(read, written));
}

export function fsync(side: Side, fd: unknown): Awaitable<void> {
  return withFile(side, toFd(fd), "fsync", (file) => file.sync());
}

export function fdatasync(side: Side, fd: unknown): Awaitable<void> {
  return withFile(side, toFd(fd), "fdatasync", (file) => file.datasync());
}

/** What is done with the number of an open file, without its content. */
export const DESCRIPTORS: Calls = {
  open,
  close,
  fstat,
  ftruncate,
  fchmod,
  fchown,
  futimes,
  fsync,
  fdatasync,
};
