import { VfsError, type CopyOptions, type VPath } from "@vfs/core";
import { toAttributes } from "../attributes.ts";
import { eachOf } from "../pool.ts";
import type { Store } from "../store.ts";
import type { Listed } from "../wire/wire.ts";
import { copyAs } from "./copy.ts";
import { LINK_BYTES, PAGE } from "./entries.ts";
import { checkAbove, checkNotInside, look, missing } from "./look.ts";
import { checkFree } from "./mkdir.ts";
import { removeKeys } from "./remove.ts";

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
  const made: string[] = [];
  const copied = new Map<string, string>();
  let bytes = 0;
  const there = how.skipsSame === true ? await etagsBelow(store, target, how.signal) : undefined;
  try {
    await eachOf(objectsBelow(store, prefix, how.signal), concurrency, async (object) => {
      const key = target + object.key.slice(prefix.length);
      if (there?.get(key) !== object.etag) {
        // What may have been made is taken away as well, should this fail.
        made.push(key);
        await copyOne(store, object, key, how);
      }
      copied.set(object.key, object.etag);
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
export async function* objectsBelow(
  { requests }: Store,
  prefix: string,
  signal: Signal,
): AsyncGenerator<Listed> {
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

async function copyOne(
  store: Store,
  object: Listed,
  key: string,
  { keepsTimes, signal }: Copying,
): Promise<void> {
  const { requests, keys } = store;
  const isLink = object.size <= LINK_BYTES && object.etag.endsWith("-1");
  if (!keepsTimes && !isLink) {
    await requests.copy({ from: object.key, key, sourceMatch: object.etag, signal });
    return;
  }
  const [path, to] = [keys.path(object.key), keys.path(key)];
  const head = await requests.head({ key: object.key, ifMatch: object.etag, signal });
  const attributes = toAttributes(path, head);
  const times = keepsTimes ? {} : { mtimeMs: Date.now() };
  await copyAs(store, path, to, head, { ...attributes, ...times }, {}, signal);
}

/** Takes back what was made, as far as that goes. */
async function removeAll(store: Store, made: readonly string[]): Promise<void> {
  for (let at = 0; at < made.length; at += PAGE)
    await removeKeys(store, made.slice(at, at + PAGE), undefined).catch(() => undefined);
}
