import { isVfsError, joinPath, ROOT, VfsError, type Entry, type VPath } from "@vfs/core";
import { toStat } from "../attributes.ts";
import type { Store } from "../store.ts";
import type { Listed } from "../wire/wire.ts";
import { meetLink, missing, sawObject } from "./look.ts";

type Signal = AbortSignal | undefined;

/** S3 gives no more in a page. */
export const PAGE = 1000;

/** Nothing lies there: an empty root, a file, a link, or nothing. */
export async function checkDirectory(
  store: Store,
  path: VPath,
  signal: Signal,
  follows = true,
): Promise<void> {
  if (path === ROOT) return;
  const head = await store.requests.headOrNothing({ key: store.keys.of(path), signal });
  if (head === undefined) return await missing(store, path, signal);
  if (sawObject(store, path, head) === "symlink" && follows) await meetLink(store, path, path, signal);
  throw new VfsError("ENOTDIR");
}

/** The longest text of a link, as on Linux. */
export const LINK_BYTES = 4096;

/**
 * Whether an object may be a link, as far as a listing tells: ours are uploads of one part, which nobody else makes of
 * so little, and whose etag ends so.
 */
export function maybeLink({ size, etag }: Pick<Listed, "size" | "etag">): boolean {
  return size > 0 && size <= LINK_BYTES && etag.endsWith("-1");
}

/** An entry of what is no directory; undefined for what has gone since. */
export async function toFile(
  store: Store,
  path: VPath,
  name: string,
  isMaybeLink: boolean,
  stat: boolean,
  signal: Signal,
): Promise<Entry | undefined> {
  if (!stat && !isMaybeLink) return { name, type: "file" };
  const at = joinPath(path, name);
  const head = await store.requests.headOrNothing({ key: store.keys.of(at), signal });
  if (head === undefined) return undefined;
  const type = sawObject(store, at, head);
  return stat ? { name, type, stat: toStat(at, head) } : { name, type };
}

export function toCursor(value: readonly [string, unknown]): string {
  return JSON.stringify(value);
}

export function fromCursor(cursor: string): readonly [unknown, unknown] {
  try {
    const value = JSON.parse(cursor) as unknown;
    if (Array.isArray(value) && value.length === 2) return value as [unknown, unknown];
  } catch (reason) {
    if (isVfsError(reason)) throw reason;
  }
  throw new VfsError("EINVAL", { hint: "a cursor of another listing" });
}
