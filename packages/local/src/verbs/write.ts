import type { Stats } from "node:fs";
import {
  isLinkMet,
  VfsError,
  wait,
  type ByteSource,
  type Context,
  type Flow,
  type Stat,
  type StreamWriteOptions,
  type WriteOptions,
} from "@vfs/core";
import {
  drafted,
  finish,
  isFixed,
  isOurs,
  makeDraft,
  publish,
  replaceable,
  replacing,
} from "../unfinished/draft.ts";
import { amid } from "../host/near.ts";
import { READ_WRITE, WRITE } from "../host/values.ts";
import { openFile, using } from "../confined/opened.ts";
import { pour, pourFile } from "./pour.ts";
import type { Spot } from "../confined/spot.ts";
import { toStat, toUnseen } from "../stat.ts";
import { syncDirectory } from "../confined/sync.ts";

/** Permission bits of a new file, unless told. */
export const USUAL_MODE = 0o644;

/** Creates or replaces a file in one step; one with several names is written in place. */
export function* write(spot: Spot, data: Uint8Array, options: WriteOptions, ctx: Context): Flow<Stat> {
  const { host } = spot;
  const writeInPlace = (): Flow<Stat> =>
    inPlace(spot, options, function* (fd) {
      yield* wait(host.write(fd, data, 0));
      return data.length;
    });
  return yield* replacing(spot, options, function* (found) {
    if (hasOtherNames(found)) return yield* writeInPlace();
    try {
      return yield* amid(spot.store.creations, host, (way) =>
        drafted({ ...spot, host: way }, function* (draft) {
          // What will belong to another is nobody else's to read before.
          const fd = yield* makeDraft(draft, WRITE, isOurs(found) ? modeFor(found, options) : 0o600);
          return yield* using(spot, fd, function* () {
            yield* wait(host.write(fd, data, 0, ctx.signal));
            return yield* complete({ ...spot, host: way }, draft, found, options, fd);
          });
        }),
      );
    } catch (reason) {
      if (!isFixed(found, reason)) throw reason;
      return yield* writeInPlace();
    }
  });
}

/** As {@link write}, from a source, which is read to its end before anything that is there is touched. */
export function* writeStream(
  spot: Spot,
  source: ByteSource,
  options: StreamWriteOptions,
  ctx: Context,
): Flow<Stat> {
  yield* replaceable(spot, options);
  return yield* drafted(spot, function* (draft) {
    const fd = yield* makeDraft(draft, READ_WRITE, 0o600);
    return yield* using(spot, fd, function* () {
      yield* pour(spot.host, source, fd, ctx);
      return yield* settle(spot, draft, options, fd);
    });
  });
}

/** Puts what was poured where it belongs. That took its time: what is there is looked at once more. */
function* settle(spot: Spot, draft: Spot, options: WriteOptions, fd: number): Flow<Stat> {
  const { host } = spot;
  try {
    return yield* replacing(spot, options, function* (found) {
      try {
        if (!hasOtherNames(found)) return yield* complete(spot, draft, found, options, fd);
      } catch (reason) {
        if (!isFixed(found, reason)) throw reason;
      }
      const stat = yield* inPlace(spot, options, (target) => pourFile(host, fd, target));
      yield* wait(host.unlink(draft.at));
      return stat;
    });
  } catch (reason) {
    // The source cannot be read again for the place that the link stands for.
    if (!isLinkMet(reason)) throw reason;
    throw new VfsError("EBUSY", { retryable: true, hint: "a link was put there while the source was read" });
  }
}

/** A file keeps the bits that it has; but who is not root takes its set-id bits away, as with the kernel's write. */
export function modeFor(found: Stats | undefined, { mode = USUAL_MODE }: WriteOptions): number {
  if (found === undefined) return mode;
  const mine = (found.mode & 0o6000) === 0 || process.geteuid?.() === 0;
  return found.mode & (mine ? 0o7777 : 0o1777);
}

/** Whether all names of a file must show what is written to one of them. */
export function hasOtherNames(found: Stats | undefined): boolean {
  return found !== undefined && found.nlink > 1;
}

export function isDurable({ store }: Spot, durable: boolean | undefined): boolean {
  return store.durable || durable === true;
}

/** Finishes a draft that has its content, and puts it in its place. */
function* complete(
  spot: Spot,
  draft: Spot,
  found: Stats | undefined,
  options: WriteOptions,
  fd: number,
): Flow<Stat> {
  const { host } = spot;
  const { ifNoneMatch, mtimeMs, durable, unseen } = options;
  const made = yield* finish(draft, { found, mode: modeFor(found, options), mtimeMs }, fd);
  if (isDurable(spot, durable)) yield* wait(host.fsync(fd));
  yield* publish(spot, draft, { ifNoneMatch }, found);
  if (isDurable(spot, durable)) yield* syncDirectory(host, spot.directory);
  if (unseen === true) return toUnseen(made);
  // Getting its name has changed its etag. This is the file that was written, whatever has that name by now.
  return toStat(yield* wait(host.fstat(fd)));
}

/** Writes into the file that is there, so that all its names show it. Not in one step. */
function* inPlace(spot: Spot, options: WriteOptions, fill: (fd: number) => Flow<number>): Flow<Stat> {
  const { host } = spot;
  const { fd } = yield* openFile(spot, WRITE);
  return yield* using(spot, fd, function* () {
    yield* wait(host.ftruncate(fd, yield* fill(fd)));
    if (options.mtimeMs !== undefined) yield* wait(host.futimes(fd, Date.now(), options.mtimeMs));
    if (isDurable(spot, options.durable)) yield* wait(host.fsync(fd));
    return toStat(yield* wait(host.fstat(fd)));
  });
}
