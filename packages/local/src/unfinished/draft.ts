import type { Stats } from "node:fs";
import { attempt, isVfsError, VfsError, wait, type Flow, type WriteOptions } from "@vfs/core";
import { mustBeFile, WRITE } from "../host/values.ts";
import { lookAtNoLink, makeFile, openFile, using } from "../confined/opened.ts";
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

/** A rename asks the directory alone, so a file that is read-only must be looked out for. */
function* mustBeWritable(spot: Spot, { mode, uid }: Stats): Flow<void> {
  // Everybody may, or root, or a host without such bits.
  if ((mode & 0o222) === 0o222 || (process.geteuid?.() ?? 0) === 0) return;
  if (process.geteuid?.() === uid) {
    if ((mode & 0o200) === 0) throw new VfsError("EACCES");
    return;
  }
  const { fd } = yield* openFile(spot, WRITE);
  yield* wait(spot.host.close(fd));
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

function ignoreFailure(reason: unknown): void {
  if (!isVfsError(reason)) throw reason;
}

/** What a draft shall be when it is finished. */
export interface Finish {
  readonly mode: number;
  /** What it replaces. */
  readonly found: Stats | undefined;
  readonly mtimeMs?: number | undefined;
  readonly atimeMs?: number | undefined;
}

/**
 * Gives a draft its owner, its permission bits and its times.
 *
 * @returns What it is then.
 */
export function* finish(draft: Spot, wanted: Finish): Flow<Stats> {
  const { host, directory, name, at } = draft;
  let stats = mustBeFile(yield* wait(directory.glance(host, name)));
  const { found, mode, mtimeMs, atimeMs = Date.now() } = wanted;
  const chown = found !== undefined && (found.uid !== stats.uid || found.gid !== stats.gid);
  // Where the host does not allow that, the new file is the writer's.
  if (chown) yield* wait(attempt<void>(() => host.lchown(at, found.uid, found.gid), ignoreFailure));
  // The process has a umask of its own, core has taken the caller's away already; and `chown` takes bits away too.
  if (chown || (stats.mode & 0o7777) !== mode) yield* directory.chmod(host, name, mode);
  if (mtimeMs === undefined) return yield* withNewTag(draft, stats);
  yield* wait(host.lutimes(at, atimeMs, mtimeMs));
  stats = mustBeFile(yield* wait(directory.glance(host, name)));
  return stats;
}

const SMALLEST_STEP_MS = 0.001;

/** Sees to it that the file is not taken for an earlier one: moves its time on where it has that of another. */
function* withNewTag(draft: Spot, first: Stats): Flow<Stats> {
  const { host, directory, name, at, store } = draft;
  let stats = first;
  for (let steps = 1; !store.etags.isNew(stats); steps++) {
    yield* wait(host.lutimes(at, first.atimeMs, first.mtimeMs + steps * SMALLEST_STEP_MS));
    stats = mustBeFile(yield* wait(directory.glance(host, name)));
  }
  return stats;
}

/** Puts a draft in its place, in one step. */
export function* publish(spot: Spot, draft: Spot, { ifNoneMatch }: Condition): Flow<void> {
  const { host, at } = spot;
  if (ifNoneMatch === undefined) return yield* wait(host.rename(draft.at, at));
  try {
    // A rename would replace what somebody has made meanwhile; a second name is given only where there is nothing.
    yield* wait(host.link(draft.at, at));
  } catch (reason) {
    if (!isVfsError(reason, "EPERM", "ENOTSUP", "EMLINK")) throw reason;
    // A file system without hard links: an empty file holds the name for that moment.
    yield* wait(host.close((yield* makeFile(spot, WRITE, 0o600)).fd));
    return yield* wait(host.rename(draft.at, at));
  }
  yield* wait(host.unlink(draft.at));
}

/** Returns when the content of what is there would survive a loss of power. */
export function* syncFile(spot: Spot): Flow<void> {
  const { host } = spot;
  const { fd } = yield* openFile(spot, WRITE);
  yield* using(spot, fd, () => wait(host.fsync(fd)));
}
