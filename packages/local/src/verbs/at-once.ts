import { closeSync, fstatSync, openSync, renameSync, unlinkSync, writeSync, type Stats } from "node:fs";
import {
  attempt,
  chain,
  isVfsError,
  nameOf,
  parentOf,
  ROOT,
  type Awaitable,
  type Bytes,
  type Context,
  type ReadOptions,
  type Stat,
  type VPath,
  type WriteOptions,
} from "@vfs/core";
import type { Directory } from "../confined/directories.ts";
import { checkPath } from "../confined/names.ts";
import type { Store } from "../confined/spot.ts";
import type { HostPath } from "../host/host.ts";
import { withRoom } from "../host/kept.ts";
import { FREED_BYTES, NEAR, QUICK_BYTES } from "../host/near.ts";
import { NOW } from "../host/now.ts";
import { mayGoOn } from "../host/stretch.ts";
import { mustBeFile, NEW, typeOf, WRITE } from "../host/values.ts";
import { toStat, toUnseen } from "../stat.ts";
import { isOurs } from "../unfinished/draft.ts";
import { hasOtherNames, modeFor } from "./write.ts";

// What is read and written most is small and plain, and nothing about it has to wait. These take the steps of `read` and
// `write` one after another: what could wait between them, and does not, is a quarter of the cost of a small write. They
// answer undefined when the case is another one, or something is in the way; nothing has changed then.

/** Reads the whole of a file; waits for that only when it is large. */
export function readAtOnce(
  store: Store,
  path: VPath,
  { offset = 0, length = Infinity }: ReadOptions,
  ctx: Context,
): Awaitable<Bytes | undefined> {
  if (offset !== 0) return undefined;
  const host = ctx.sync ? NOW : NEAR;
  return inKept<Awaitable<Bytes | undefined>>(store, path, ctx, ({ at }) => {
    const found = NOW.lstat(at) as Stats | undefined;
    if (found?.isSymbolicLink() === true) return undefined;
    // What is in a pipe is lost when it is opened.
    const { size } = mustBeFile(found);
    if (size > length) return undefined;
    // It is open when this returns: its directory is not needed any more.
    const whole = attempt(() => host.readFile(at, size, ctx.signal), undefinedIfSwapped);
    // It may have grown since it was looked at.
    return length === Infinity ? whole : chain(whole, (bytes) => bytes?.slice(0, length));
  });
}

/** Somebody has put a link there: that is for `read` to meet. */
function undefinedIfSwapped(reason: unknown): undefined {
  if (!isVfsError(reason, "ELOOP")) throw reason;
}

/** Creates a small file, or replaces one of this user's own that has no other name. */
export function writeAtOnce(
  store: Store,
  path: VPath,
  data: Uint8Array,
  { mode, mtimeMs, ifNoneMatch, durable = store.durable, unseen = false }: WriteOptions,
  ctx: Context,
): Stat | undefined {
  if (durable || store.durable || (ifNoneMatch ?? mtimeMs) !== undefined) return undefined;
  if (data.length > QUICK_BYTES || store.leftovers.any || (!ctx.sync && store.creations.slow))
    return undefined;
  return inKept(store, path, ctx, ({ at, directory }) => {
    const found = NOW.lstat(at) as Stats | undefined;
    if (found !== undefined && !isPlain(found)) return undefined;
    const draft = directory.at(store.temporaries.next());
    const bits = modeFor(found, { mode });
    try {
      const fd = store.creations.timed(() => withRoom(() => openSync(draft, WRITE | NEW, bits)));
      try {
        const isWhole = writeSync(fd, data, 0, data.length, 0) === data.length;
        const made = fstatSync(fd);
        if (isWhole && (made.mode & 0o7777) === bits && store.etags.timeFor(made) === undefined) {
          renameSync(draft, at);
          // Getting its name has changed its etag.
          return unseen ? toUnseen(made) : toStat(fstatSync(fd));
        }
        unlinkSync(draft);
      } catch {
        unlinkSync(draft);
      } finally {
        closeSync(fd);
      }
    } catch {
      // Whatever it was: `write` meets it again, and says so.
    }
    return undefined;
  });
}

function isPlain(found: Stats): boolean {
  if (typeOf(found) !== "file" || found.size > FREED_BYTES) return false;
  return !hasOtherNames(found) && isOurs(found) && (found.mode & 0o6200) === 0o200;
}

interface Place {
  readonly directory: Directory;
  readonly at: HostPath;
}

/** Does something with what is at `path`, while its directory is held, if nobody has to wait for it. */
function inKept<T>(
  store: Store,
  path: VPath,
  { sync }: Context,
  action: (place: Place) => T | undefined,
): T | undefined {
  const { directories } = store;
  if (path === ROOT || !directories.near || !(sync || mayGoOn())) return undefined;
  checkPath(path);
  const directory = directories.enter(NOW, parentOf(path), path) as Directory;
  try {
    return action({ directory, at: directory.at(nameOf(path)) });
  } finally {
    directory.leave();
  }
}
