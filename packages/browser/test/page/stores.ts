import type { Awaitable, Provider } from "@vfs/core";
import { directory, indexeddb, openOpfsSync, opfs } from "../../src/index.ts";

/** A kind of store, as the tests name it. */
export interface StoreKind {
  /** A fresh, empty store. */
  readonly make: () => Awaitable<Provider>;
  /** Takes away what the stores that were made have left behind. */
  readonly cleanup?: () => Awaitable<void>;
  /** Each change takes long: the browser writes a whole file anew, and looks at it, before it takes the old one's place. */
  readonly slow?: boolean;
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

/** Each case has stores of its own, so that several can run at once. */
export const STORES: Readonly<Record<string, () => StoreKind>> = {
  indexeddb: () => kind((name) => indexeddb({ name }), deleteDatabase),
  opfs: () => kind((root) => opfs({ root }), deleteDirectory),
  opfsSync: () => kind((root) => openOpfsSync({ root }), deleteDirectory),
  directory: () => ({
    ...kind(async (name) => {
      const root = await navigator.storage.getDirectory();
      return directory({ handle: await root.getDirectoryHandle(name, { create: true }) });
    }, deleteDirectory),
    slow: true,
  }),
};

function kind(
  make: (name: string) => Awaitable<Provider>,
  remove: (name: string) => Promise<void>,
): StoreKind {
  const fresh = new Fresh();
  return { make: () => make(fresh.name()), cleanup: () => fresh.clean(remove) };
}

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
