import type { Stats } from "node:fs";
import { isVfsError, VfsError, wait, type Flow, type RenameOptions } from "@vfs/core";
import { typeOf, WRITE } from "../host/values.ts";
import { makeFile } from "../confined/opened.ts";
import { onlyLeftovers } from "./remove.ts";
import { lookAt, type Spot } from "../confined/spot.ts";

/**
 * Moves a name, as the kernel does.
 *
 * @see https://man7.org/linux/man-pages/man2/rename.2.html
 */
export function* rename(from: Spot, to: Spot, { noReplace = false }: RenameOptions): Flow<void> {
  if (noReplace) return yield* renameToFree(from, to);
  const { host } = from;
  try {
    yield* wait(host.rename(from.at, to.at));
  } catch (reason) {
    if (!isVfsError(reason, "ENOTEMPTY", "EEXIST")) throw reason;
    if (!(yield* onlyLeftovers(to))) throw new VfsError("ENOTEMPTY", { cause: reason });
    yield* wait(host.rename(from.at, to.at));
  }
}

/**
 * Moves a name to where there is nothing. Node cannot ask the kernel for that (`RENAME_NOREPLACE`), so a file gets a
 * second name, which fails when there is anything, and loses the first. What can have one name only is renamed over
 * something empty of the same kind, which is put there first and fails likewise.
 */
function* renameToFree(from: Spot, to: Spot): Flow<void> {
  const { host } = from;
  const source = yield* lookAt(from);
  if (source === undefined) throw new VfsError("ENOENT");
  if (canHaveTwoNames(source, from) && (yield* renameByLink(from, to))) return;
  const reserved = yield* reserve(to, typeOf(source) === "directory");
  try {
    yield* wait(host.rename(from.at, to.at));
  } catch (reason) {
    yield* giveBack(to, reserved);
    throw reason;
  }
}

/** Elsewhere than on Linux, what a symbolic link leads to would get the name. */
function canHaveTwoNames(stats: Stats, { directory }: Spot): boolean {
  const type = typeOf(stats);
  return type !== "directory" && (type !== "symlink" || directory.pinned);
}

/** @returns Whether it did: not where the host gives no second name. */
function* renameByLink(from: Spot, to: Spot): Flow<boolean> {
  const { host } = from;
  try {
    yield* wait(host.link(from.at, to.at));
  } catch (reason) {
    if (isVfsError(reason, "EPERM", "ENOTSUP", "EMLINK")) return false;
    throw reason;
  }
  try {
    // Somebody may have put another there already: that is theirs.
    if (isSame(yield* lookAt(from), yield* lookAt(to))) yield* wait(host.unlink(from.at));
  } catch (reason) {
    yield* wait(host.unlink(to.at));
    throw reason;
  }
  return true;
}

/** Puts an empty file or directory where there is nothing, to be replaced. */
export function* reserve(spot: Spot, directory: boolean): Flow<Stats> {
  const { host, at } = spot;
  if (!directory) {
    const { fd, stats } = yield* makeFile(spot, WRITE, 0o600);
    yield* wait(host.close(fd));
    return stats;
  }
  yield* wait(host.mkdir(at, 0o700));
  const stats = yield* lookAt(spot);
  if (stats === undefined) throw new VfsError("ENOENT");
  return stats;
}

/** Takes it away again, unless somebody has made something of it. */
function* giveBack(spot: Spot, reserved: Stats): Flow<void> {
  const { host, at } = spot;
  const there = yield* lookAt(spot);
  if (there === undefined || !isSame(there, reserved)) return;
  try {
    if (typeOf(there) === "directory") yield* wait(host.rmdir(at));
    else if (there.size === 0) yield* wait(host.unlink(at));
  } catch (reason) {
    if (!isVfsError(reason)) throw reason;
  }
}

function isSame(a: Stats | undefined, b: Stats | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
