import type { Awaitable, Provider } from "@vfs/core";
import { directory, indexeddb, openOpfsSync, opfs } from "../../src/index.ts";

/** A kind of store, as the tests name it. */
export interface StoreKind {
  /** A fresh, empty store. */
  readonly make: () => Awaitable<Provider>;
  /** Takes away what the stores that were made have left behind. */
  readonly cleanup?: () => Awaitable<void>;
}

/** Names for fresh stores; what was made is to be cleaned up. */
class Fresh {
  readonly #made: string[] = [];

  name(): string {
    const name = `fresh-${crypto.randomUUID()}`;
    this.#made.push(name);
    return name;
  }

  async clean(remove: (name: string) => Promise<unknown>): Promise<void> {
    await Promise.all(this.#made.splice(0).map(remove));
  }
}

const databases = new Fresh();
const directories = new Fresh();

export const STORES: Readonly<Record<string, StoreKind>> = {
  indexeddb: {
    make: () => indexeddb({ name: databases.name() }),
    cleanup: () => databases.clean(deleteDatabase),
  },
  opfs: { make: () => opfs({ root: directories.name() }), cleanup: () => directories.clean(deleteDirectory) },
  directory: {
    make: async () => {
      const root = await navigator.storage.getDirectory();
      return directory({ handle: await root.getDirectoryHandle(directories.name(), { create: true }) });
    },
    cleanup: () => directories.clean(deleteDirectory),
  },
  opfsSync: {
    make: () => openOpfsSync({ root: directories.name() }),
    cleanup: () => directories.clean(deleteDirectory),
  },
};

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.addEventListener("success", () => resolve());
    request.addEventListener("error", () => reject(request.error ?? new Error("not deleted")));
  });
}

async function deleteDirectory(name: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  // A store that nothing was asked of has made none.
  await root.removeEntry(name, { recursive: true }).catch((error: DOMException) => {
    if (error.name !== "NotFoundError") throw error;
  });
}
