import { VfsError, wait, type Flow, type MkdirOptions, type StatChanges, type StatOptions } from "@vfs/core";
import { lookAtNoLink } from "../confined/opened.ts";
import { syncNode } from "../confined/sync.ts";
import { lookAt, type Spot } from "../confined/spot.ts";

/** Changes owners, permission bits and times; each by a call of its own. */
export function* setStat(spot: Spot, changes: StatChanges, { follow }: StatOptions): Flow<void> {
  const { host, directory, name, at, store } = spot;
  const stats = yield* follow === true ? lookAtNoLink(spot) : lookAt(spot);
  if (stats === undefined) throw new VfsError("ENOENT");
  const { mode, uid, gid, atimeMs, mtimeMs } = changes;
  // Before the mode: a change of owner takes set-id bits away.
  if ((uid ?? gid) !== undefined) yield* wait(host.lchown(at, uid ?? stats.uid, gid ?? stats.gid));
  if (mode !== undefined) yield* directory.chmod(host, name, mode);
  if ((atimeMs ?? mtimeMs) !== undefined)
    yield* wait(host.lutimes(at, atimeMs ?? stats.atimeMs, mtimeMs ?? stats.mtimeMs));
  // Links, pipes, sockets and devices cannot be opened to be synced.
  if (store.durable && (stats.isFile() || stats.isDirectory())) yield* syncNode(host, at);
}

/** Makes a directory with exactly these permission bits, and the set-group-id bit if its parent hands that down. */
export function* mkdir({ host, directory, name, at }: Spot, { mode = 0o755 }: MkdirOptions): Flow<void> {
  yield* wait(host.mkdir(at, mode));
  const stats = yield* wait(host.lstat(at));
  // The process has a umask of its own; core has taken the caller's away already.
  if (stats === undefined || ((stats.mode ^ mode) & 0o5777) === 0) return;
  yield* directory.chmod(host, name, mode | (stats.mode & 0o2000));
}
