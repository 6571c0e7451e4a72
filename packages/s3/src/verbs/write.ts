import { VfsError, type Stat, type VPath, type WriteOptions } from "@vfs/core";
import { newId, s3Etag, toDescribed, toStat, type Attributes } from "../attributes.ts";
import type { Store } from "../store.ts";
import { isFailure, isUnmet } from "../wire/failure.ts";
import type { Condition, Described, Written } from "../wire/wire.ts";
import { meetLink, place, placeNew, sawObject } from "./look.ts";
import { changedError } from "./read.ts";
import { uploadBytes } from "./upload.ts";

type Signal = AbortSignal | undefined;

/** Something that puts an object at a key, under a condition. */
export type Putting = (condition: Condition) => Promise<Written>;

export async function write(
  store: Store,
  path: VPath,
  data: Uint8Array,
  options: WriteOptions,
  signal: Signal,
): Promise<Stat> {
  await (options.ifNoneMatch === undefined ? place(store, path, signal) : placeNew(store, path, signal));
  const described = toDescribed(ofNewFile(store, path, options));
  const putting = puttingBytes(store, path, data, described, signal);
  const written = await putUnder(store, path, options, putting, signal);
  return wrote(store, path, data.length, described, written);
}

/** Puts bytes in one request, or in parts. */
export function puttingBytes(
  { requests, keys, ...store }: Store,
  path: VPath,
  data: Uint8Array,
  described: Described,
  signal: Signal,
): Putting {
  const key = keys.of(path);
  return (condition) =>
    data.length <= store.sizes.writeBytes
      ? requests.put({ key, data, ...described, ...condition, signal })
      : uploadBytes({ requests, keys, ...store }, key, data, described, condition, signal);
}

/** What a file is when it is new. */
export function ofNewFile(
  store: Store,
  path: VPath,
  { mode, mtimeMs, contentType, meta }: WriteOptions,
): Attributes {
  return {
    type: "file",
    mode,
    mtimeMs: mtimeMs ?? Date.now(),
    contentType,
    meta: { ...meta },
    id: newId(path, store.isDirectoryBucket),
  };
}

/** Remembers and describes what was written. */
export function wrote(
  store: Store,
  path: VPath,
  size: number,
  described: Described,
  { etag }: Written,
): Stat {
  store.known.sawFile(path, etag);
  return toStat(path, { etag, size, modifiedMs: 0, versionId: undefined, ...described });
}

/**
 * Puts an object under the conditions of a write. Without any it replaces a file that was seen on condition that it is
 * still that one, and creates what was not; only what turns out to be a file otherwise is replaced whatever it is.
 */
export async function putUnder(
  store: Store,
  path: VPath,
  { ifMatch, ifNoneMatch }: WriteOptions,
  putting: Putting,
  signal: Signal,
): Promise<Written> {
  if (ifNoneMatch !== undefined) return await creating(putting);
  if (ifMatch !== undefined) return await replacing(store, path, s3Etag(ifMatch), putting, signal);
  const seen = store.known.file(path);
  try {
    return await putting(seen === undefined ? { ifNoneMatch: "*" } : { ifMatch: seen });
  } catch (reason) {
    if (!isUnmet(reason) && !isFailure(reason, "NotImplemented")) throw reason;
  }
  // Something else is there than was seen: a file is replaced, a link leads on.
  store.known.forget(path);
  const head = await store.requests.headOrNothing({ key: store.keys.of(path), signal });
  if (head !== undefined && sawObject(store, path, head) === "symlink")
    await meetLink(store, path, path, signal);
  return await putting({});
}

async function creating(putting: Putting): Promise<Written> {
  try {
    return await putting({ ifNoneMatch: "*" });
  } catch (reason) {
    throw isFailure(reason, 412) ? new VfsError("EEXIST") : reason;
  }
}

async function replacing(
  store: Store,
  path: VPath,
  etag: string,
  putting: Putting,
  signal: Signal,
): Promise<Written> {
  try {
    return await putting({ ifMatch: etag });
  } catch (reason) {
    if (!isUnmet(reason)) throw reason;
    store.known.forget(path);
    const head = await store.requests.headOrNothing({ key: store.keys.of(path), signal });
    if (head !== undefined && sawObject(store, path, head) === "symlink")
      await meetLink(store, path, path, signal);
    throw changedError();
  }
}
