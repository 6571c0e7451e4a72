import type { StatFs } from "@vfs/core";
import { missing } from "./errors.ts";

const BLOCK_BYTES = 4096;

/** How much room the browser gives this site, as it estimates itself. */
export async function roomFromEstimate(): Promise<StatFs> {
  if (globalThis.navigator?.storage?.estimate === undefined)
    throw missing("storage estimate", "navigator.storage");
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  const free = Math.max(0, Math.floor((quota - usage) / BLOCK_BYTES));
  return {
    bsize: BLOCK_BYTES,
    blocks: Math.floor(quota / BLOCK_BYTES),
    bfree: free,
    bavail: free,
    files: 0,
    ffree: 0,
  };
}

/**
 * Asks the browser to keep the data of this site until the user removes it. Without that it may clear a site away that
 * was not visited for long, or when the disk is full. Some browsers ask the user.
 *
 * @returns Whether it will.
 * @throws VfsError `ENOTSUP` where the page is not in a secure context, or the browser cannot.
 * @see https://developer.mozilla.org/docs/Web/API/StorageManager/persist
 */
export async function requestPersistence(): Promise<boolean> {
  if (globalThis.navigator?.storage?.persist === undefined)
    throw missing("persistent storage", "navigator.storage.persist");
  return (await navigator.storage.persisted()) || (await navigator.storage.persist());
}
