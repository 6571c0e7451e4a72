import { ROOT, VfsError, type StatChanges, type StatOptions, type VPath } from "@vfs/core";
import { newId, toAttributes, toDescribed, type Attributes } from "../attributes.ts";
import type { Store } from "../store.ts";
import { isUnmet } from "../wire/failure.ts";
import { copyAs } from "./copy-as.ts";
import { look, meetLink, missing } from "./look.ts";

type Signal = AbortSignal | undefined;

const ATTEMPTS = 10;

/** Changes what a file has beside its content: the service copies the object onto itself. */
export async function setStat(
  store: Store,
  path: VPath,
  changes: StatChanges,
  { follow }: StatOptions,
  signal: Signal,
): Promise<void> {
  if (path === ROOT && store.keys.prefix === "")
    throw new VfsError("ENOTSUP", { reason: "unsupported", hint: "the root of a bucket has no attributes" });
  for (let attempt = 1; ; attempt++) {
    const found = await look(store, path, signal);
    if (found === undefined) return await missing(store, path, signal);
    if (found.type === "symlink" && follow === true) await meetLink(store, path, path, signal);
    try {
      if (found.type === "directory") return await setDirectory(store, path, changes, signal);
      const attributes = changed(toAttributes(path, found.head), changes);
      const { etag } = await copyAs(store, path, path, found.head, attributes, {}, signal);
      if (found.type === "file") store.known.sawFile(path, etag);
      return;
    } catch (reason) {
      if (!isUnmet(reason) || attempt === ATTEMPTS) throw reason;
      await store.requests.backOff(attempt, signal);
    }
  }
}

/** A directory that has no marker gets one. */
async function setDirectory(store: Store, path: VPath, changes: StatChanges, signal: Signal): Promise<void> {
  const key = store.keys.directory(path);
  const at = path === ROOT ? "/" : `${path}/`;
  const marker = await store.requests.headOrNothing({ key, signal });
  const before: Attributes =
    marker === undefined
      ? { type: "directory", mtimeMs: Date.now(), id: newId(at, store.isDirectoryBucket) }
      : { ...toAttributes(at, marker), id: newId(at, store.isDirectoryBucket) };
  const condition = marker === undefined ? { ifNoneMatch: "*" as const } : { ifMatch: marker.etag };
  await store.requests.put({
    key,
    data: new Uint8Array(),
    ...toDescribed(changed(before, changes)),
    ...condition,
    signal,
  });
}

function changed(before: Attributes, changes: StatChanges): Attributes {
  const { mode, uid, gid, mtimeMs, contentType, meta } = changes;
  return {
    ...before,
    mode: mode ?? before.mode,
    uid: uid ?? before.uid,
    gid: gid ?? before.gid,
    mtimeMs: mtimeMs ?? before.mtimeMs,
    contentType: contentType === null ? undefined : (contentType ?? before.contentType),
    meta: meta ?? before.meta,
  };
}
