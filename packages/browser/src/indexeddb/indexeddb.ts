import type { Provider } from "@vfs/core";
import { STORE_CAPS } from "../caps.ts";
import { Client } from "../engine/client.ts";
import { StoreProvider } from "../engine/provider.ts";
import { IndexedDbStorage } from "./storage.ts";

export interface IndexedDbOptions {
  /** The name of the database, made when it is not there. */
  readonly name: string;
}

/**
 * A filesystem in IndexedDB, open to several tabs and workers at once. Names and attributes are in memory; each change
 * is one transaction, which changes that are called meanwhile share.
 *
 * @throws TypeError without a name.
 * @example
 * const vfs = createVfs(indexeddb({ name: "notes" }));
 */
export function indexeddb({ name }: IndexedDbOptions): Provider {
  if (typeof name !== "string" || name === "")
    throw new TypeError("name must be the name of a database, not empty");
  return new StoreProvider(
    "indexeddb",
    STORE_CAPS,
    new Client(`vfs:indexeddb:${name}`, new IndexedDbStorage(name)),
  );
}
