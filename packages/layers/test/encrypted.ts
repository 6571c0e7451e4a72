import { createVfs, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { encrypt, type EncryptOptions } from "../src/index.ts";
import { bytes } from "./bytes.ts";

export const key = bytes(32, 1);
/** Short, so that little content has several. */
export const CHUNK = 1000;
export const STORED = CHUNK + 28;
export const HEADER = 32;

/** A store behind encryption, as the root of a view. */
export async function mounted(store: Provider, options: EncryptOptions = {}): Promise<Vfs> {
  const vfs = createVfs(memory());
  const given = options.passphrase === undefined ? { key } : {};
  await vfs.mount("/e", store, {
    layers: [encrypt({ ...given, chunkBytes: CHUNK, ...options })],
    keepOpen: true,
  });
  return vfs.view({ root: "/e" });
}

/** What is written to a store, and a face of it that sees it as it is. */
export async function both(options: EncryptOptions = {}): Promise<{ vfs: Vfs; raw: Vfs; store: Provider }> {
  const store = memory();
  return { vfs: await mounted(store, options), raw: createVfs(store, { keepOpen: true }), store };
}
