import { parentOf, ROOT, VfsError, type MkdirOptions, type VPath } from "@vfs/core";
import { newId, toAttributes, toDescribed, type Attributes } from "../attributes.ts";
import type { Store } from "../store.ts";
import { isFailure } from "../wire/failure.ts";
import { checkAbove, look } from "./look.ts";

type Signal = AbortSignal | undefined;

/** What a new directory in it has of a set-gid directory. */
const SET_GID = 0o2000;

/**
 * Makes the marker of a directory: an empty object whose key ends with a slash. Unlike a file, which brings its
 * directories along, it needs its parent: so those that `mkdir -p` makes are there to stay.
 */
export async function mkdir(
  store: Store,
  path: VPath,
  { mode }: MkdirOptions,
  signal: Signal,
): Promise<void> {
  if (path === ROOT) throw new VfsError("EEXIST");
  const [parent] = await Promise.all([parentOfNew(store, path, signal), checkFree(store, path, signal)]);
  const isSetGid = ((parent?.mode ?? 0) & SET_GID) !== 0;
  const described = toDescribed({
    type: "directory",
    mode: isSetGid ? (mode ?? 0o755) | SET_GID : mode,
    gid: isSetGid ? parent?.gid : undefined,
    mtimeMs: Date.now(),
    id: newId(`${path}/`, store.isDirectoryBucket),
  });
  const request = { key: store.keys.directory(path), data: new Uint8Array(), ...described, signal };
  try {
    await store.requests.put({ ...request, ifNoneMatch: "*" });
  } catch (reason) {
    throw isFailure(reason, 412) ? new VfsError("EEXIST") : reason;
  }
  store.known.sawDirectory(path);
}

/** The directory that something new is put into: it must be there. */
async function parentOfNew(store: Store, path: VPath, signal: Signal): Promise<Attributes | undefined> {
  const parent = parentOf(path);
  if (parent === ROOT) return undefined;
  const key = store.keys.directory(parent);
  const [marker] = await Promise.all([
    store.requests.headOrNothing({ key, signal }),
    needDirectory(store, path, signal),
  ]);
  return marker === undefined ? undefined : toAttributes(`${parent}/`, marker);
}

/** Refuses a path whose directory is not there. */
export async function needDirectory(store: Store, path: VPath, signal: Signal): Promise<void> {
  const parent = parentOf(path);
  if (store.known.isDirectory(parent)) return;
  const [objects] = await Promise.all([
    store.requests.first(store.keys.directory(parent), signal),
    checkAbove(store, path, signal),
  ]);
  if (objects.length === 0) throw new VfsError("ENOENT");
  store.known.sawDirectory(parent);
}

/** Refuses a name that is taken. */
export async function checkFree(store: Store, path: VPath, signal: Signal): Promise<void> {
  if (path === ROOT) throw new VfsError("EEXIST");
  if ((await look(store, path, signal)) !== undefined) throw new VfsError("EEXIST");
}
