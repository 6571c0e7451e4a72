import { isBelow, isVfsError, linkMet, parentOf, ROOT, VfsError, type Stat, type VPath } from "@vfs/core";
import { IMPLIED, toAttributes, toStat } from "../attributes.ts";
import type { Head } from "../wire/wire.ts";
import type { Store } from "../store.ts";

type Signal = AbortSignal | undefined;

/** What is at a path: an object, a directory, or nothing. */
export type Found =
  | { readonly type: "file" | "symlink"; readonly head: Head }
  | { readonly type: "directory"; readonly hasMarker: boolean; readonly isEmpty: boolean }
  | undefined;

/** Looks at a path: HEAD and LIST side by side. Where there is both a file and a directory, the directory counts. */
export async function look(store: Store, path: VPath, signal: Signal): Promise<Found> {
  if (path === ROOT) return { type: "directory", hasMarker: false, isEmpty: false };
  const { requests, keys, known } = store;
  const directory = keys.directory(path);
  const [head, objects] = await Promise.all([
    requests.headOrNothing({ key: keys.of(path), signal }),
    requests.first(directory, signal, 2),
  ]);
  if (objects.length > 0) {
    known.sawDirectory(path);
    const hasMarker = objects[0]?.key === directory;
    return { type: "directory", hasMarker, isEmpty: hasMarker && objects.length === 1 };
  }
  if (head === undefined) {
    known.forget(path);
    return undefined;
  }
  return { type: sawObject(store, path, head), head };
}

/** As {@link look}; but where a file was seen and there still is one, nobody asks for a directory. */
export async function lookAgain(store: Store, path: VPath, signal: Signal): Promise<Found> {
  if (store.known.file(path) !== undefined) {
    const head = await store.requests.headOrNothing({ key: store.keys.of(path), signal });
    if (head !== undefined) return { type: sawObject(store, path, head), head };
  }
  return await look(store, path, signal);
}

/** Remembers what an object was seen to be. */
export function sawObject(store: Store, path: VPath, head: Head): "file" | "symlink" {
  const { type } = toAttributes(path, head);
  if (type === "symlink") store.known.forget(path);
  else store.known.sawFile(path, head.etag);
  return type === "symlink" ? "symlink" : "file";
}

/** The stat of what was found. */
export async function statOf(
  store: Store,
  path: VPath,
  found: NonNullable<Found>,
  signal: Signal,
): Promise<Stat> {
  if (found.type !== "directory") return toStat(path, found.head);
  if (!found.hasMarker) return IMPLIED;
  return statOfDirectory(store, path, signal);
}

/** The stat of a directory, by its marker if it has one. */
export async function statOfDirectory({ requests, keys }: Store, path: VPath, signal: Signal): Promise<Stat> {
  const marker = await requests.headOrNothing({ key: keys.directory(path), signal });
  return marker === undefined ? IMPLIED : toStat(`${path}/`, marker);
}

/** Raises the signal for a link, whose content is where it leads. */
export async function meetLink(store: Store, path: VPath, at: VPath, signal: Signal): Promise<never> {
  throw linkMet(path, at, await textOfLink(store, at, signal));
}

async function textOfLink({ requests, keys }: Store, at: VPath, signal: Signal): Promise<string> {
  const { body } = await requests.get({ key: keys.of(at), signal });
  return new TextDecoder().decode(body);
}

/** All directories that a path lies in, the root left out, from the top on. */
function above(path: VPath): VPath[] {
  const all: VPath[] = [];
  for (let at = parentOf(path); at !== ROOT; at = parentOf(at)) all.unshift(at);
  return all;
}

/** Refuses a path that leads through a file, and follows one that leads through a link. */
export async function checkAbove(store: Store, path: VPath, signal: Signal): Promise<void> {
  const { requests, keys } = store;
  const heads = await Promise.all(
    above(path).map(async (at) => ({ at, head: await requests.headOrNothing({ key: keys.of(at), signal }) })),
  );
  for (const { at, head } of heads) {
    if (head === undefined) continue;
    if (sawObject(store, at, head) === "symlink") await meetLink(store, path, at, signal);
    const objects = await requests.first(keys.directory(at), signal);
    if (objects.length === 0) throw new VfsError("ENOTDIR");
    store.known.sawDirectory(at);
  }
}

/** Why there is nothing at a path: it leads through a file or a link, or to nothing. */
export async function missing(store: Store, path: VPath, signal: Signal): Promise<never> {
  await checkAbove(store, path, signal);
  throw new VfsError("ENOENT");
}

/** Why there is no file at a path: it may be a directory. */
export async function noFile(store: Store, path: VPath, signal: Signal): Promise<never> {
  const { requests, keys } = store;
  const [objects] = await Promise.all([
    requests.first(keys.directory(path), signal),
    checkAbove(store, path, signal),
  ]);
  throw new VfsError(objects.length > 0 ? "EISDIR" : "ENOENT");
}

/**
 * Makes sure that something can be put at a path: nothing that it leads through is a file or a link. What was seen to
 * be a directory lately is not looked at again.
 */
export async function place(store: Store, path: VPath, signal: Signal): Promise<void> {
  if (path === ROOT) throw new VfsError("EISDIR");
  const { known, requests, keys } = store;
  const parent = parentOf(path);
  const isParentKnown = known.isDirectory(parent);
  // In a place that nobody has looked at there may be a directory of that name.
  const mayBeDirectory = known.isDirectory(path) || (!isParentKnown && known.file(path) === undefined);
  if (isParentKnown && !mayBeDirectory) return;
  const [objects] = await Promise.all([
    mayBeDirectory ? requests.first(keys.directory(path), signal) : [],
    isParentKnown ? undefined : checkAbove(store, path, signal),
  ]);
  if (objects.length > 0) {
    known.sawDirectory(path);
    throw new VfsError("EISDIR");
  }
  if (known.isDirectory(path)) known.forget(path);
  known.sawDirectory(parent);
}

/** As {@link place}, for what must not be there: a directory in its way is so as anything else is. */
export async function placeNew(store: Store, path: VPath, signal: Signal): Promise<void> {
  try {
    await place(store, path, signal);
  } catch (reason) {
    throw isVfsError(reason, "EISDIR") ? new VfsError("EEXIST") : reason;
  }
}

/** The root of a store is not to be moved into itself, nor is any directory. */
export function checkNotInside(path: VPath, to: VPath): void {
  if (isBelow(to, path)) throw new VfsError("EINVAL", { hint: "a directory cannot be put into itself" });
}
