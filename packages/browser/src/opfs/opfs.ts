import type { Provider } from "@vfs/core";
import { STORE_CAPS, SYNC_CAPS } from "../caps.ts";
import { Client } from "../engine/client.ts";
import { StoreProvider } from "../engine/provider.ts";
import { missing } from "../errors.ts";
import { makeDevice } from "./device.ts";
import { RemoteDevice } from "./remote.ts";
import { OpfsStorage } from "./storage.ts";

export interface OpfsOptions {
  /** The directory that the store has to itself, as a path from the root of OPFS: made when it is not there. `vfs` unless told. */
  readonly root?: string | undefined;
  /** Starts a worker that calls `serveOpfs()`, where one made from a blob is not allowed. */
  readonly worker?: (() => Worker) | undefined;
}

/**
 * A filesystem in the origin private file system of the browser, open to several tabs and workers at once. In a page the
 * files are opened by a worker that it starts; in a dedicated worker directly.
 *
 * @throws TypeError for a `root` that is no path of directories.
 * @example
 * const vfs = createVfs(opfs());
 */
export function opfs({ root = "vfs", worker }: OpfsOptions = {}): Provider {
  const names = namesIn(root);
  const storage = new OpfsStorage(() => RemoteDevice.files(worker), names, false);
  return new StoreProvider("opfs", STORE_CAPS, new Client(lockName(names), storage));
}

/**
 * The same store for synchronous use, in a dedicated worker. It has the store to itself until it is closed: others wait
 * for 10 s, then they are told `EBUSY`.
 *
 * @throws VfsError `ENOTSUP` outside of a dedicated worker, or where the browser has no sync access handles; `EBUSY`
 * when somebody else has kept the store to itself for 10 s.
 * @example
 * const vfs = createVfs(await openOpfsSync());
 * vfs.sync.writeFile("/a.txt", "at once");
 */
export async function openOpfsSync({ root = "vfs" }: Pick<OpfsOptions, "root"> = {}): Promise<Provider> {
  const names = namesIn(root);
  if (!("DedicatedWorkerGlobalScope" in globalThis))
    throw missing("synchronous files outside of a dedicated worker", "FileSystemSyncAccessHandle");
  const client = new Client(lockName(names), new OpfsStorage(makeDevice, names, true));
  await client.enter();
  return new StoreProvider("opfs", SYNC_CAPS, client);
}

function namesIn(root: string): string[] {
  const names = root.split("/").filter((name) => name !== "");
  if (names.length === 0 || names.includes(".") || names.includes(".."))
    throw new TypeError(`root must be a path of directories, got ${JSON.stringify(root)}`);
  return names;
}

function lockName(names: readonly string[]): string {
  return `vfs:opfs:${names.join("/")}`;
}
