import { isVfsError, ROOT, VfsError, type CopyOptions, type VPath } from "@vfs/core";
import { newId, toAttributes, toDescribed, type Attributes } from "../attributes.ts";
import { COPY_BYTES, type Store } from "../store.ts";
import { isFailure, isUnmet } from "../wire/failure.ts";
import type { Condition, Head, Written } from "../wire/wire.ts";
import { checkAbove, look, meetLink, missing, place, placeNew, sawObject } from "./look.ts";
import { copyTree } from "./copy-tree.ts";
import { copyInParts } from "./upload.ts";
import { putUnder } from "./write.ts";

type Signal = AbortSignal | undefined;

/** How often a copy begins anew when its source is replaced meanwhile. */
const ATTEMPTS = 10;

export async function copy(
  store: Store,
  path: VPath,
  to: VPath,
  options: CopyOptions,
  signal: Signal,
): Promise<void> {
  if (options.recursive === true) return await copyTree(store, path, to, options, signal);
  if (to === ROOT || path === ROOT) throw new VfsError("EISDIR");
  if (path === to) return await copyOntoItself(store, path, options, signal);
  if (options.ifNoneMatch === undefined) await place(store, to, signal);
  else await placeNew(store, to, signal);
  for (let attempt = 1; ; attempt++) {
    const isLookedAt = options.preserveTimestamps === true || store.isDirectoryBucket || attempt > 1;
    const source = await sourceOf(store, path, isLookedAt, signal);
    try {
      const copying = (condition: Condition): Promise<Written> =>
        copyObject(store, path, to, source, options, condition, signal);
      const { etag } = await putUnder(store, to, options, copying, signal);
      store.known.sawFile(to, etag);
      return;
    } catch (reason) {
      store.known.forget(path);
      // Of two conditions it is not told which one failed: the source is looked at again.
      const isSource = isUnmet(reason) && source.etag !== (await etagNow(store, path, signal));
      const isTarget = isVfsError(reason, "EEXIST");
      if (isTarget && (await etagNow(store, to, signal)) !== undefined) throw reason;
      if ((!isSource && !isTarget) || attempt === ATTEMPTS) throw reason;
    }
  }
}

async function etagNow({ requests, keys }: Store, path: VPath, signal: Signal): Promise<string | undefined> {
  return (await requests.headOrNothing({ key: keys.of(path), signal }))?.etag;
}

async function copyOntoItself(
  store: Store,
  path: VPath,
  options: CopyOptions,
  signal: Signal,
): Promise<void> {
  const found = await look(store, path, signal);
  if (found === undefined) return await missing(store, path, signal);
  if (options.ifNoneMatch !== undefined) throw new VfsError("EEXIST");
  if (found.type === "directory") throw new VfsError("EISDIR");
  if (found.type === "symlink") await meetLink(store, path, path, signal);
}

/** What is copied: the etag that it must have, and what it is like, where somebody has looked. */
interface Source {
  readonly etag: string;
  readonly head: Head | undefined;
}

/** A regular file. One that was seen is not looked at again: the copy is made on condition that it is still that one. */
async function sourceOf(store: Store, path: VPath, needsHead: boolean, signal: Signal): Promise<Source> {
  const seen = store.known.file(path);
  if (seen !== undefined && !needsHead) return { etag: seen, head: undefined };
  const { requests, keys } = store;
  const head = await requests.headOrNothing({ key: keys.of(path), signal });
  if (head === undefined) {
    await checkAbove(store, path, signal);
    const objects = await requests.first(keys.directory(path), signal);
    throw new VfsError(objects.length > 0 ? "EISDIR" : "ENOENT");
  }
  if (sawObject(store, path, head) === "symlink") await meetLink(store, path, path, signal);
  return { etag: head.etag, head };
}

async function copyObject(
  store: Store,
  path: VPath,
  to: VPath,
  { etag, head }: Source,
  { preserveTimestamps }: CopyOptions,
  condition: Condition,
  signal: Signal,
): Promise<Written> {
  const { requests, keys } = store;
  if (head !== undefined && (preserveTimestamps === true || store.isDirectoryBucket)) {
    const times = preserveTimestamps === true ? {} : { mtimeMs: Date.now() };
    return await copyAs(store, path, to, head, { ...toAttributes(path, head), ...times }, condition, signal);
  }
  const request = { from: keys.of(path), key: keys.of(to), sourceMatch: etag, signal, ...condition };
  try {
    return await requests.copy(request);
  } catch (reason) {
    if (!isFailure(reason, "InvalidRequest", "EntityTooLarge")) throw reason;
    // It may be too large to be copied in one request.
    const large = head ?? (await requests.head({ key: keys.of(path), signal }));
    if (large.size <= COPY_BYTES) throw reason;
    const attributes = { ...toAttributes(path, large), mtimeMs: Date.now() };
    return await copyAs(store, path, to, large, attributes, condition, signal);
  }
}

/** Copies an object, or the marker of a directory, with these attributes instead of its own. */
export async function copyAs(
  store: Store,
  path: string,
  to: string,
  head: Head,
  attributes: Attributes,
  condition: Condition,
  signal: Signal,
): Promise<Written> {
  const { requests, keys } = store;
  const replace = toDescribed({ ...attributes, id: newId(to, store.isDirectoryBucket) });
  const [from, key] = [keys.prefix + path.slice(1), keys.prefix + to.slice(1)];
  // A link is known in listings by how it was made: in parts, one of them.
  if (attributes.type === "symlink" || head.size > COPY_BYTES)
    return await copyInParts(
      store,
      { key: from, size: head.size, etag: head.etag },
      key,
      replace,
      condition,
      signal,
    );
  return await requests.copy({ from, key, sourceMatch: head.etag, replace, ...condition, signal });
}
