import { VfsError, type CopyOptions, type VPath } from "@vfs/core";
import { toAttributes } from "../attributes.ts";
import { eachOf } from "../pool.ts";
import type { Store } from "../store.ts";
import { isUnmet } from "../wire/failure.ts";
import type { Listed } from "../wire/wire.ts";
import { copyAs } from "./copy-as.ts";
import { LINK_BYTES, PAGE } from "./entries.ts";
import { checkAbove, checkNotInside, look, missing } from "./look.ts";
import { checkFree } from "./mkdir.ts";

type Signal = AbortSignal | undefined;

/** How far a tree is. */
export type TreeProgress = (doneObjects: number, doneBytes: number) => void;

/** How the objects of a tree are copied. */
export interface Copying {
  /** Times, mode and all else as they were, as a rename has it; else the copy is as new as it is. */
  readonly keepsTimes: boolean;
  /** Leave out what was copied before, and is still the same. */
  readonly skipsSame?: boolean | undefined;
  readonly onProgress?: TreeProgress | undefined;
  readonly signal: Signal;
}

/** Copies a directory with everything below it onto a free name. What fails leaves nothing behind. */
export async function copyTree(
  store: Store,
  path: VPath,
  to: VPath,
  options: CopyOptions,
  signal: Signal,
): Promise<void> {
  checkNotInside(path, to);
  const found = await look(store, path, signal);
  if (found === undefined) return await missing(store, path, signal);
  if (found.type !== "directory") throw new VfsError("ENOTDIR");
  await Promise.all([checkAbove(store, to, signal), checkFree(store, to, signal)]);
  const keepsTimes = options.preserveTimestamps === true;
  await copyAll(store, path, to, { keepsTimes, signal });
  store.known.sawDirectory(to);
}

/**
 * Copies all objects below a directory, many at a time.
 *
 * @returns What was copied, by key: of which version.
 */
export async function copyAll(
  store: Store,
  path: VPath,
  to: VPath,
  how: Copying,
): Promise<Map<string, string>> {
  const { keys, concurrency } = store;
  const prefix = keys.directory(path);
  const target = keys.directory(to);
  const made = new Map<string, string | undefined>();
  const copied = new Map<string, string>();
  let bytes = 0;
  const there = how.skipsSame === true ? await etagsBelow(store, target, how.signal) : undefined;
  try {
    await eachOf(objectsBelow(store, prefix, how.signal), concurrency, async (object) => {
      const key = target + object.key.slice(prefix.length);
      let { etag }: { etag: string | undefined } = object;
      if (there?.get(key) !== etag) {
        // What may have been made is taken away as well, should this fail.
        made.set(key, undefined);
        const done = await copyOne(store, object, key, how);
        made.set(key, done?.made);
        etag = done?.source;
      }
      if (etag === undefined) return;
      copied.set(object.key, etag);
      bytes += object.size;
      how.onProgress?.(copied.size, bytes);
    });
  } catch (reason) {
    if (how.skipsSame !== true) await removeAll(store, made);
    throw reason;
  }
  return copied;
}

/** All objects whose keys begin so, as they come. */
async function* objectsBelow({ requests }: Store, prefix: string, signal: Signal): AsyncGenerator<Listed> {
  let token: string | undefined;
  do {
    const page = await requests.list({ prefix, token, limit: PAGE, signal });
    yield* page.objects;
    ({ token } = page);
  } while (token !== undefined);
}

export async function etagsBelow(store: Store, prefix: string, signal: Signal): Promise<Map<string, string>> {
  const etags = new Map<string, string>();
  for await (const { key, etag } of objectsBelow(store, prefix, signal)) etags.set(key, etag);
  return etags;
}

/** How often an object that is replaced while it is copied is copied anew. */
const ATTEMPTS = 10;

/**
 * Copies one object as it is now.
 *
 * @returns The etags of what was copied and of the copy; undefined when it has gone meanwhile.
 */
async function copyOne(
  store: Store,
  listed: Listed,
  key: string,
  { keepsTimes, signal }: Copying,
): Promise<{ readonly source: string; readonly made: string } | undefined> {
  const { requests, keys } = store;
  let object: Pick<Listed, "key" | "etag" | "size"> = listed;
  for (let attempt = 1; ; attempt++) {
    const { etag: source, size } = object;
    const isLink = size <= LINK_BYTES && source.endsWith("-1");
    try {
      if (!keepsTimes && !isLink && !store.isDirectoryBucket) {
        const { etag } = await requests.copy({ from: object.key, key, sourceMatch: source, signal });
        return { source, made: etag };
      }
      const [path, to] = [keys.path(object.key), keys.path(key)];
      const head = await requests.head({ key: object.key, ifMatch: source, signal });
      const times = keepsTimes ? {} : { mtimeMs: Date.now() };
      const attributes = { ...toAttributes(path, head), ...times };
      const { etag } = await copyAs(store, path, to, head, attributes, {}, signal);
      return { source, made: etag };
    } catch (reason) {
      if (!isUnmet(reason) || attempt === ATTEMPTS) throw reason;
    }
    const head = await requests.headOrNothing({ key: object.key, signal });
    if (head === undefined) return undefined;
    object = { key: object.key, etag: head.etag, size: head.size };
  }
}

/** Takes back what was made, as far as that goes; what others have written over it is theirs. */
async function removeAll({ requests }: Store, made: ReadonlyMap<string, string | undefined>): Promise<void> {
  const objects = Array.from(made, ([key, etag]) => ({ key, etag }));
  for (let at = 0; at < objects.length; at += PAGE)
    await requests.removeMany(objects.slice(at, at + PAGE), undefined).catch(() => undefined);
}
