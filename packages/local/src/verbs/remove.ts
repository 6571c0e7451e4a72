import { isVfsError, VfsError, wait, type Context, type Flow, type RemoveOptions } from "@vfs/core";
import { typeOf } from "../host/values.ts";
import { removeBelow } from "../confined/remove-tree.ts";
import { lookAt, type Spot } from "../confined/spot.ts";

/** Takes away a file or link, an empty directory, or a tree. */
export function* remove(
  spot: Spot,
  { kind, recursive = false }: RemoveOptions,
  { signal }: Context,
): Flow<void> {
  const { host, at, directory, name, path, store } = spot;
  if (kind === "file") return yield* removeFile(spot);
  try {
    yield* wait(host.rmdir(at));
  } catch (reason) {
    if (!isVfsError(reason, "ENOTEMPTY", "EEXIST")) throw reason;
    if (recursive) yield* removeBelow(host, directory, name, signal);
    else if (yield* onlyLeftovers(spot)) yield* wait(host.rmdir(at));
    else throw new VfsError("ENOTEMPTY", { cause: reason });
  }
  store.directories.forget(path);
}

function* removeFile(spot: Spot): Flow<void> {
  try {
    yield* wait(spot.host.unlink(spot.at));
  } catch (reason) {
    // What POSIX says for a directory; Linux says EISDIR.
    if (!isVfsError(reason, "EPERM", "EISDIR")) throw reason;
    const stats = yield* lookAt(spot);
    if (stats === undefined || typeOf(stats) !== "directory") throw reason;
    throw new VfsError("EISDIR", { hint: "use rmdir or rm", cause: reason });
  }
}

/** Whether a directory has become empty by taking away what killed processes left in it. */
export function* onlyLeftovers({ host, directory, name, store }: Spot): Flow<boolean> {
  const inner = yield* wait(directory.below(host, name));
  try {
    return yield* store.leftovers.sweepIn(host, inner);
  } finally {
    inner.leave();
  }
}
