import { indexeddb, openOpfsSync, opfs } from "@vfs/browser";
import { createVfs, type Provider } from "@vfs/core";
import type { Open, Store } from "./store.ts";

function ours(open: () => Provider | Promise<Provider>): Open {
  return async () => storeOf(await open());
}

function storeOf(provider: Provider): Store {
  const vfs = createVfs(provider);
  return {
    mkdir: (path) => vfs.mkdir(path, { recursive: true }),
    write: (path, data) => vfs.writeFile(path, data),
    read: (path) => vfs.readFile(path),
    stat: (path) => vfs.stat(path),
    readdir: async (path) => (await vfs.readdir(path)).length,
    async walk(path) {
      let count = 0;
      for await (const { stat } of vfs.find(path, { type: "file", stat: true }))
        count += stat === undefined ? 0 : 1;
      return count;
    },
    rename: (path, to) => vfs.rename(path, to),
    async streamIn(path, chunk, times) {
      await vfs.writeStream(path, repeated(chunk, times));
      await vfs.flush();
    },
    async streamOut(path) {
      let bytes = 0;
      for await (const chunk of vfs.readStream(path, { chunkSize: 1 << 20 })) bytes += chunk.length;
      return bytes;
    },
    close: () => vfs.close(),
  };
}

async function* repeated(
  chunk: Uint8Array<ArrayBuffer>,
  times: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let i = 0; i < times; i++) yield chunk;
}

export const OURS: Readonly<Record<string, Open>> = {
  opfs: ours(() => opfs({ root: "ours" })),
  "opfs sync": ours(() => openOpfsSync({ root: "ours" })),
  indexeddb: ours(() => indexeddb({ name: "ours" })),
};
