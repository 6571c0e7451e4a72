import { randomUUID } from "node:crypto";
import { isBelow, parentOf, ROOT, VfsError, type RenameOptions, type VPath } from "@vfs/core";
import { toAttributes } from "../attributes.ts";
import type { Store } from "../store.ts";
import { isFailure, isMissing, isUnmet } from "../wire/failure.ts";
import type { Condition } from "../wire/wire.ts";
import { copyAs } from "./copy-as.ts";
import { checkAbove, checkNotInside, look, missing, type Found } from "./look.ts";
import { moveTree } from "./move-tree.ts";

type Signal = AbortSignal | undefined;

/** How often a rename begins anew when its file is replaced meanwhile. */
const ATTEMPTS = 10;

/**
 * Renames with the rules of rename(2). A file is copied and then removed, each on condition that it is the one that was
 * seen: readers see it under one name or under both, never under none. A directory goes file by file.
 */
export async function rename(
  store: Store,
  path: VPath,
  to: VPath,
  options: RenameOptions,
  signal: Signal,
): Promise<void> {
  if (path === ROOT || to === ROOT) throw new VfsError("EBUSY");
  for (let attempt = 1; ; attempt++) {
    const [source, target] = await Promise.all([
      look(store, path, signal),
      look(store, to, signal),
      checkPlace(store, to, signal),
    ]);
    if (source === undefined) return await missing(store, path, signal);
    check(path, to, source, target, options);
    if (path === to) return;
    if (source.type === "directory") return await renameDirectory(store, path, to, target, signal);
    if (await renamed(store, path, to, source, target, options, signal)) return;
    if (attempt === ATTEMPTS)
      throw new VfsError("EBUSY", { reason: "transient", hint: "others keep writing the file" });
    await store.requests.backOff(attempt, signal);
  }
}

async function checkPlace(store: Store, to: VPath, signal: Signal): Promise<void> {
  if (!store.known.isDirectory(parentOf(to))) await checkAbove(store, to, signal);
}

/** What rename(2) says about it. */
function check(
  path: VPath,
  to: VPath,
  source: NonNullable<Found>,
  target: Found,
  { noReplace }: RenameOptions,
): void {
  if (source.type === "directory") checkNotInside(path, to);
  else if (isBelow(to, path)) throw new VfsError("ENOTDIR");
  if (target !== undefined && noReplace === true) throw new VfsError("EEXIST");
  if (path === to || target === undefined) return;
  if (isBelow(path, to)) throw new VfsError("ENOTEMPTY");
  if (source.type !== "directory" && target.type === "directory") throw new VfsError("EISDIR");
  if (source.type === "directory" && target.type !== "directory") throw new VfsError("ENOTDIR");
  if (target.type === "directory" && !target.isEmpty) throw new VfsError("ENOTEMPTY");
}

async function renameDirectory(
  store: Store,
  path: VPath,
  to: VPath,
  target: Found,
  signal: Signal,
): Promise<void> {
  // An empty directory that is replaced gives its name away: its marker is that of the one that comes, or none.
  if (target !== undefined) await store.requests.remove(store.keys.directory(to), undefined, signal);
  await moveTree(store, path, to, { signal });
}

/** Answers false when the file was replaced meanwhile, and nothing was done. */
async function renamed(
  store: Store,
  path: VPath,
  to: VPath,
  source: Extract<Found, { head: unknown }>,
  target: Found,
  { noReplace }: RenameOptions,
  signal: Signal,
): Promise<boolean> {
  const { known, keys, requests } = store;
  const { head } = source;
  const condition: Condition = noReplace === true ? { ifNoneMatch: "*" } : {};
  known.forget(to);
  known.forget(path);
  try {
    if (store.isDirectoryBucket) {
      const names = { from: keys.of(path), key: keys.of(to), sourceMatch: head.etag };
      // A rename that may replace says so: else it is refused.
      const replacing = target === undefined || noReplace === true ? condition : { ifMatch: "*" };
      await requests.rename({ ...names, ...replacing, token: randomUUID(), signal });
      return true;
    }
    const attributes = toAttributes(path, head);
    const { etag } = await copyAs(store, path, to, head, attributes, condition, signal);
    if (source.type === "file") known.sawFile(to, etag);
  } catch (reason) {
    if (!isUnmet(reason)) throw reason;
    if (noReplace === true && isFailure(reason, 412) && (await look(store, to, signal)) !== undefined)
      throw new VfsError("EEXIST");
    return false;
  }
  await leave(store, path, head.etag, signal);
  return true;
}

/** Takes the old name away, unless somebody has written a new file there since: that is theirs, and stays. */
async function leave({ requests, keys }: Store, path: VPath, etag: string, signal: Signal): Promise<void> {
  try {
    await requests.remove(keys.of(path), etag, signal);
  } catch (reason) {
    if (!isFailure(reason, 412) && !isMissing(reason)) throw reason;
  }
}
