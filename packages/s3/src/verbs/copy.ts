import { isVfsError, ROOT, VfsError, type CopyOptions, type VPath } from "@vfs/core";
import { toAttributes } from "../attributes.ts";
import type { Store } from "../store.ts";
import { isFailure, isUnmet } from "../wire/failure.ts";
import type { Condition, Head, Written } from "../wire/wire.ts";
import { checkAbove, look, meetLink, missing, place, placeNew, sawObject } from "./look.ts";
import { copyAs } from "./copy-as.ts";
import { copyTree } from "./copy-tree.ts";
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
    const isLookedAt = options.preserveTimestamps === true || needsAttributes(store, options) || attempt > 1;
    const source = await sourceOf(store, path, isLookedAt, signal);
    try {
      const copying = (condition: Condition): Promise<Written> =>
        copyObject(store, path, to, source, options, condition, signal);
      const { etag } =
        store.copiesConditionally || options.ifNoneMatch !== undefined
          ? await putUnder(store, to, options, copying, signal)
          : await copyOver(store, to, copying, signal);
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

/** Whether the copy is made with attributes that are told, and not with those of the source as they are. */
function needsAttributes(
  { isDirectoryBucket, copiesConditionally }: Store,
  { ifNoneMatch }: CopyOptions,
): boolean {
  return isDirectoryBucket || (ifNoneMatch !== undefined && !copiesConditionally);
}

/** Copies without a condition, after a look at what is there: a link leads on. */
async function copyOver(
  store: Store,
  to: VPath,
  copying: (condition: Condition) => Promise<Written>,
  signal: Signal,
): Promise<Written> {
  if (store.known.file(to) === undefined) {
    const head = await store.requests.headOrNothing({ key: store.keys.of(to), signal });
    if (head !== undefined && sawObject(store, to, head) === "symlink") await meetLink(store, to, to, signal);
  }
  return await copying({});
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
  options: CopyOptions,
  condition: Condition,
  signal: Signal,
): Promise<Written> {
  const { requests, keys } = store;
  const keepsTimes = options.preserveTimestamps === true;
  if (head !== undefined && (keepsTimes || needsAttributes(store, options))) {
    const times = keepsTimes ? {} : { mtimeMs: Date.now() };
    return await copyAs(store, path, to, head, { ...toAttributes(path, head), ...times }, condition, signal);
  }
  const request = { from: keys.of(path), key: keys.of(to), sourceMatch: etag, signal, ...condition };
  try {
    return await requests.copy(request);
  } catch (reason) {
    if (!isFailure(reason, "InvalidRequest", "EntityTooLarge")) throw reason;
    // It may be too large to be copied in one request.
    const large = head ?? (await requests.head({ key: keys.of(path), signal }));
    if (large.size <= store.sizes.copyBytes) throw reason;
    const attributes = { ...toAttributes(path, large), mtimeMs: Date.now() };
    return await copyAs(store, path, to, large, attributes, condition, signal);
  }
}
