import type { Stats } from "node:fs";
import {
  attempt,
  isVfsError,
  isWithin,
  VfsError,
  wait,
  type Context,
  type CopyOptions,
  type Flow,
} from "@vfs/core";
import { copyTree } from "./copy-tree.ts";
import { drafted, finish, isFixed, isOurs, publish, replaceable, replacing } from "../unfinished/draft.ts";
import { mustBeFile, READ, typeOf, WRITE } from "../host/values.ts";
import { lookAtNoLink, makeFile, openFile, using, type Opened } from "../confined/opened.ts";
import { pourFile } from "./pour.ts";
import { syncNode } from "../confined/sync.ts";
import type { Spot } from "../confined/spot.ts";
import { hasOtherNames } from "./write.ts";

/** Copies a file over another, or a tree onto a free name; with its permission bits. */
export function* copy(from: Spot, to: Spot, options: CopyOptions, ctx: Context): Flow<void> {
  const stats = yield* lookAtNoLink(from);
  if (stats === undefined) throw new VfsError("ENOENT");
  if (typeOf(stats) !== "directory") {
    mustBeFile(stats);
    return yield* copyFile(from, to, options);
  }
  if (options.recursive !== true) throw new VfsError("EISDIR");
  if (isWithin(to.path, from.path))
    throw new VfsError("EINVAL", { hint: "a directory cannot be copied into itself" });
  yield* copyTree(from, to, options, ctx);
}

function* copyFile(from: Spot, to: Spot, options: CopyOptions): Flow<void> {
  const source = yield* openFile(from, READ);
  yield* using(from, source.fd, () =>
    replacing(to, options, function* (found) {
      if (found !== undefined && found.ino === source.stats.ino && found.dev === source.stats.dev) return;
      if (hasOtherNames(found)) return yield* copyInto(source, to, options);
      try {
        if (yield* copyOver(from, source, to, options, isOurs(found))) return;
      } catch (reason) {
        if (!isFixed(found, reason)) throw reason;
      }
      yield* copyInto(source, to, options);
    }),
  );
}

/**
 * Replaces what is there by a copy.
 *
 * @param ours The owner of what is there is this user.
 * @returns Whether it did: not when what is there has got other names meanwhile.
 */
function* copyOver(from: Spot, source: Opened, to: Spot, options: CopyOptions, ours: boolean): Flow<boolean> {
  const wanted = { mode: source.stats.mode & 0o7777, ...timesOfCopy(source.stats, options) };
  return yield* drafted(to, function* (draft) {
    let found: Stats | undefined;
    const finishCopy = function* (fd?: number): Flow<boolean> {
      // Copying took its time.
      found = yield* replaceable(to, options);
      if (!hasOtherNames(found)) yield* finish(draft, { ...wanted, found }, fd);
      return !hasOtherNames(found);
    };
    if (!(yield* copyContent(from, source, draft, ours, finishCopy))) {
      yield* wait(to.host.unlink(draft.at));
      return false;
    }
    if (to.store.durable) yield* syncNode(to.host, draft.at);
    yield* publish(to, draft, options, found);
    return true;
  });
}

/** Which times a copy must be given; where there are none, writing into it has given it the right ones. */
function timesOfCopy(
  { size, atimeMs, mtimeMs }: Stats,
  { preserveTimestamps = false }: CopyOptions,
): { atimeMs?: number; mtimeMs?: number } {
  if (preserveTimestamps) return { atimeMs, mtimeMs };
  // The host's copy (libuv) begins with the times of the original, and no byte comes that would change them.
  return size === 0 ? { atimeMs: Date.now(), mtimeMs: Date.now() } : {};
}

function* copyContent<T>(
  from: Spot,
  source: Opened,
  draft: Spot,
  ours: boolean,
  then: (fd?: number) => Flow<T>,
): Flow<T> {
  if (ours) {
    const at = from.directory.opened(from.name, source.fd);
    yield* wait(draft.host.copyFile(at, draft.at, source.stats.size));
    return yield* then();
  }
  // With more calls, but with a descriptor that can be given another owner.
  const { fd } = yield* makeFile(draft, WRITE, 0o600);
  return yield* using(draft, fd, function* () {
    yield* pourFile(draft.host, source.fd, fd);
    return yield* then(fd);
  });
}

/** Who may write a file of somebody else may not change its bits. */
function unlessForbidden(reason: unknown): void {
  if (!isVfsError(reason, "EPERM")) throw reason;
}

/** Into the file that is there, so that all its names show it. */
function* copyInto(source: Opened, to: Spot, { preserveTimestamps }: CopyOptions): Flow<void> {
  const { host } = to;
  const { fd } = yield* openFile(to, WRITE);
  yield* using(to, fd, function* () {
    const { mode, atimeMs, mtimeMs } = source.stats;
    yield* wait(host.ftruncate(fd, yield* pourFile(host, source.fd, fd)));
    yield* wait(attempt<void>(() => host.fchmod(fd, mode & 0o7777), unlessForbidden));
    if (preserveTimestamps === true) yield* wait(host.futimes(fd, atimeMs, mtimeMs));
    if (to.store.durable) yield* wait(host.fsync(fd));
  });
}
