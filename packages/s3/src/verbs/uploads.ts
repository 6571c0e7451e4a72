import type { Store } from "../store.ts";
import type { Unfinished } from "../wire/wire.ts";

/** Which uploads are ended. */
export interface CleanupOptions {
  /** Those that were begun so long ago, or longer: whoever made them must have died. */
  readonly olderThanMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Ends uploads that somebody has begun and never ended. Their parts are in no listing, and are paid for.
 *
 * @returns How many there were.
 */
export async function cleanupUploads(store: Store, { olderThanMs, signal }: CleanupOptions): Promise<number> {
  if (!(olderThanMs >= 0)) throw new RangeError(`olderThanMs must be at least 0, got ${olderThanMs}`);
  const untilMs = Date.now() - olderThanMs;
  let count = 0;
  for (let after: Unfinished | undefined, more = true; more;) {
    const page = await store.requests.listUploads({ prefix: store.keys.prefix, after, signal });
    for (const { key, uploadId, initiatedMs } of page.uploads) {
      if (initiatedMs > untilMs) continue;
      await store.requests.abortUpload(key, uploadId);
      count++;
    }
    after = page.uploads.at(-1);
    more = page.isTruncated && after !== undefined;
  }
  return count;
}
