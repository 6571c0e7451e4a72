import type { VPath } from "@vfs/core";
import { VfsError } from "@vfs/core";
import type { Store } from "../store.ts";
import { copyAll, etagsBelow, type TreeProgress } from "./copy-tree.ts";
import { PAGE } from "./entries.ts";

/** How a tree is moved. */
export interface MoveTreeOptions {
  /** Go on with a move that was broken off: what is at the destination already, and the same, is not copied again. */
  readonly resume?: boolean | undefined;
  /** Called for each object that is copied, with how many there were and how many bytes they have. */
  readonly onProgress?: TreeProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How often what others write meanwhile is moved after. */
const ROUNDS = 10;

/**
 * Moves everything below a directory: copies all of it, and only when all is copied removes what was copied. What
 * others write there meanwhile is moved as well, or stays where they wrote it; it is never lost.
 */
export async function moveTree(
  store: Store,
  path: VPath,
  to: VPath,
  options: MoveTreeOptions,
): Promise<void> {
  const { resume = false, onProgress, signal } = options;
  const prefix = store.keys.directory(path);
  store.known.forgetTree(path);
  store.known.forgetTree(to);
  for (let round = 1; ; round++) {
    const skipsSame = resume && round === 1;
    const copied = await copyAll(store, path, to, { keepsTimes: true, skipsSame, onProgress, signal });
    // From here on nothing is taken back: all that was there is at the destination.
    const now = await etagsBelow(store, prefix, signal);
    const same = [...copied].filter(([key, etag]) => now.get(key) === etag);
    await removeCopied(store, same, signal);
    if (same.length === now.size) break;
    if (round === ROUNDS)
      throw new VfsError("EBUSY", { reason: "transient", hint: "others keep writing below the old name" });
  }
  store.known.forgetTree(path);
  store.known.sawDirectory(to);
}

/** Removes what was copied, each on condition that it is still what was copied, where the store understands that. */
async function removeCopied(
  store: Store,
  copied: readonly (readonly [key: string, etag: string])[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let at = 0; at < copied.length; at += PAGE) {
    const page = copied.slice(at, at + PAGE);
    await removeExactly(store, page, signal);
  }
}

// oxlint-disable-next-line no-control-regex -- XML cannot carry these
const UNSPEAKABLE = /[\0-\x1f\ufffe\uffff]/;

async function removeExactly(
  { requests }: Store,
  page: readonly (readonly [key: string, etag: string])[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const plain = page.filter(([key]) => !UNSPEAKABLE.test(key)).map(([key, etag]) => ({ key, etag }));
  let left: readonly { readonly key: string; readonly etag?: string | undefined }[] = plain;
  for (let attempt = 1; left.length > 0 && attempt <= ROUNDS; attempt++) {
    if (attempt > 1) await requests.backOff(attempt, signal);
    const refused = await requests.removeMany(left, signal);
    const passing = new Set(
      refused.filter(({ code }) => code === "InternalError" || code === "SlowDown").map(({ key }) => key),
    );
    const other = refused.find(({ key, code }) => !passing.has(key) && code !== "PreconditionFailed");
    if (other !== undefined)
      throw new VfsError(other.code === "AccessDenied" ? "EACCES" : "EIO", {
        hint: `all was copied, but not all was removed from the old name: ${other.code}`,
      });
    left = plain.filter(({ key }) => passing.has(key));
  }
  for (const [key, etag] of page) if (UNSPEAKABLE.test(key)) await requests.remove(key, etag, signal);
}
