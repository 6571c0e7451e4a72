import type { Stats } from "node:fs";
import { attempt, isVfsError, VfsError, wait, type Awaitable, type Flow, type WriteOptions } from "@vfs/core";
import { NEAR } from "../host/near.ts";
import { mustBeFile, NEW, WRITE } from "../host/values.ts";
import { lookAtNoLink, makeFile, openFile } from "../confined/opened.ts";
import { lookAt, type Spot } from "../confined/spot.ts";

type Condition = Pick<WriteOptions, "ifNoneMatch">;

/** What is there and would be replaced; fails when that must not be. */
export function* replaceable(spot: Spot, { ifNoneMatch }: Condition): Flow<Stats | undefined> {
  const found = yield* ifNoneMatch === undefined ? lookAtNoLink(spot) : lookAt(spot);
  if (found === undefined) return undefined;
  if (ifNoneMatch !== undefined) throw new VfsError("EEXIST", { reason: "precondition" });
  mustBeFile(found);
  yield* mustBeWritable(spot, found);
  return found;
}

// How often somebody else may take the file away between a look at it and the work on it.
const ATTEMPTS = 16;

/** Does something with what is there and would be replaced; begins again when somebody takes that away meanwhile. */
export function* replacing<T>(
  spot: Spot,
  condition: Condition,
  action: (found: Stats | undefined) => Flow<T>,
): Flow<T> {
  for (let left = ATTEMPTS; ; left--) {
    let found: Stats | undefined;
    try {
      found = yield* replaceable(spot, condition);
      return yield* action(found);
    } catch (reason) {
      // With nothing there it is the directory that is gone.
      if (found === undefined || left === 0 || !isVfsError(reason, "ENOENT")) throw reason;
    }
  }
}

/**
 * Whether a file that could not be replaced may still be written: its directory is not this user's (`EACCES`, `EROFS`),
 * or keeps the files of others (`EPERM`), or a file system is mounted on the file (`EBUSY`).
 */
export function isFixed(found: Stats | undefined, reason: unknown): boolean {
  return found !== undefined && isVfsError(reason, "EACCES", "EPERM", "EROFS", "EBUSY");
}

/** A rename asks the directory alone, so a file that is read-only must be looked out for. */
function* mustBeWritable(spot: Spot, { mode, uid }: Stats): Flow<void> {
  // Everybody may, or root, or a host without such bits.
  if ((mode & 0o222) === 0o222 || (process.geteuid?.() ?? 0) === 0) return;
  if (process.geteuid?.() === uid) {
    if ((mode & 0o200) === 0) throw new VfsError("EACCES");
    return;
  }
  try {
    const { fd } = yield* openFile(spot, WRITE);
    yield* wait(spot.host.close(fd));
  } catch (reason) {
    // It is gone, so a new one takes its place.
    if (!isVfsError(reason, "ENOENT")) throw reason;
  }
}

/**
 * Makes an unfinished file beside the one that it is to become. When something fails on the way nothing is left of it.
 *
 * It lies in the same directory: only there is a rename sure to work (a directory below may be another file system),
 * and only there does it get the group, the access list and the label that a file of that directory gets. A file
 * without a name (`O_TMPFILE`) would need `linkat` with a flag that Node cannot give.
 */
export function* drafted<T>(spot: Spot, action: (draft: Spot) => Flow<T>): Flow<T> {
  const name = spot.store.temporaries.next();
  const draft: Spot = { ...spot, name, at: spot.directory.at(name) };
  try {
    return yield* action(draft);
  } catch (reason) {
    yield* wait(attempt<void>(() => spot.host.unlink(draft.at), ignoreFailure));
    throw reason;
  }
}

/**
 * Makes the file of a draft. In a directory that is pinned it needs no look: what is made there is a new file.
 *
 * @returns Its descriptor.
 */
export function* makeDraft(draft: Spot, flags: number, mode: number): Flow<number> {
  if (!draft.directory.pinned) return (yield* makeFile(draft, flags, mode)).fd;
  const make = (): Awaitable<number> => draft.host.open(draft.at, flags | NEW, mode);
  return yield* wait(draft.host === NEAR ? draft.store.creations.timed(make) : make());
}

function ignoreFailure(reason: unknown): void {
  if (!isVfsError(reason)) throw reason;
}

/** Whether a file that is replaced has the owner that a new one gets anyway. */
export function isOurs(found: Stats | undefined): boolean {
  return found === undefined || (found.uid === process.geteuid?.() && found.gid === process.getegid?.());
}

/** What a draft shall be when it is finished. */
interface Finish {
  readonly mode: number;
  /** What it replaces. */
  readonly found: Stats | undefined;
  readonly mtimeMs?: number | undefined;
  readonly atimeMs?: number | undefined;
}

/**
 * Gives a draft its owner, its permission bits and its times.
 *
 * @param fd The draft, when it is open: only then does it get another owner, because somebody who may write to the
 * directory could put something else under its name.
 * @returns What it is then.
 */
export function* finish(draft: Spot, wanted: Finish, fd?: number): Flow<Stats> {
  const { host, directory, name, at, store } = draft;
  const { found, mode, mtimeMs, atimeMs = Date.now() } = wanted;
  const stats = yield* described(draft, fd);
  const chown = found !== undefined && (found.uid !== stats.uid || found.gid !== stats.gid);
  // Where the host does not allow that, the new file is the writer's.
  if (chown && fd !== undefined)
    yield* wait(attempt<void>(() => host.fchown(fd, found.uid, found.gid), ignoreFailure));
  // The process has a umask of its own, core has taken the caller's away already; and `chown` takes bits away too.
  if (chown || (stats.mode & 0o7777) !== mode)
    yield* fd === undefined ? directory.chmod(host, name, mode) : wait(host.fchmod(fd, mode));
  const time = mtimeMs ?? store.etags.timeFor(stats);
  if (time === undefined) return stats;
  yield* wait(fd === undefined ? host.lutimes(at, atimeMs, time) : host.futimes(fd, atimeMs, time));
  return yield* described(draft, fd);
}

function* described({ host, at }: Spot, fd: number | undefined): Flow<Stats> {
  return mustBeFile(yield* wait(fd === undefined ? host.lstat(at) : host.fstat(fd)));
}

/**
 * Puts a draft in its place, in one step.
 *
 * @param found What it replaces.
 */
export function* publish(
  spot: Spot,
  draft: Spot,
  { ifNoneMatch }: Condition,
  found: Stats | undefined,
): Flow<void> {
  const { host, at } = spot;
  if (ifNoneMatch === undefined) return yield* wait(host.rename(draft.at, at, found?.size ?? 0));
  try {
    // A rename would replace what somebody has made meanwhile; a second name is given only where there is nothing.
    yield* wait(host.link(draft.at, at));
  } catch (reason) {
    if (!isVfsError(reason, "EPERM", "ENOTSUP", "EMLINK")) throw reason;
    // A file system without hard links: an empty file holds the name for that moment.
    yield* wait(host.close((yield* makeFile(spot, WRITE, 0o600)).fd));
    return yield* wait(host.rename(draft.at, at, 0));
  }
  yield* wait(host.unlink(draft.at));
}
