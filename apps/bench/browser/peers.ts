import LightningFS from "@isomorphic-git/lightning-fs";
import { configure, fs } from "@zenfs/core";
import { IndexedDB, WebAccess } from "@zenfs/dom";
import type { Open, Store } from "./store.ts";

const zenIndexedDb: Open = async () => {
  await configure({ mounts: { "/": { backend: IndexedDB, storeName: "zen" } } });
  return zenStore();
};

const zenWebAccess: Open = async () => {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getDirectoryHandle("raw", { create: true });
  await configure({ mounts: { "/": { backend: WebAccess, handle } } });
  return zenStore();
};

function zenStore(): Store {
  const { promises } = fs;
  return {
    mkdir: (path) => promises.mkdir(path, { recursive: true }),
    write: (path, data) => promises.writeFile(path, data),
    read: (path) => promises.readFile(path),
    stat: (path) => promises.stat(path),
    readdir: async (path) => (await promises.readdir(path)).length,
    async walk(path) {
      const walk = async (folder: string): Promise<number> => {
        let count = 0;
        for (const name of await promises.readdir(folder)) {
          const stat = await promises.stat(`${folder}/${name}`);
          count += stat.isDirectory() ? await walk(`${folder}/${name}`) : 1;
        }
        return count;
      };
      return walk(path);
    },
    rename: (path, to) => promises.rename(path, to),
    async streamIn(path, chunk, times) {
      const handle = await promises.open(path, "w");
      for (let i = 0; i < times; i++) await handle.write(chunk, 0, chunk.length, i * chunk.length);
      await handle.sync();
      await handle.close();
    },
    async streamOut(path) {
      const handle = await promises.open(path, "r");
      const chunk = new Uint8Array(1 << 20);
      let bytes = 0;
      for (;;) {
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, bytes);
        if (bytesRead === 0) break;
        bytes += bytesRead;
      }
      await handle.close();
      return bytes;
    },
    close: async () => undefined,
  };
}

const lightning: Open = async () => {
  const lfs = new LightningFS("lightning").promises;
  return {
    mkdir: (path) => lfs.mkdir(path),
    write: (path, data) => lfs.writeFile(path, data),
    read: (path) => lfs.readFile(path),
    stat: (path) => lfs.stat(path),
    readdir: async (path) => (await lfs.readdir(path)).length,
    async walk(path) {
      const walk = async (folder: string): Promise<number> => {
        let count = 0;
        for (const name of await lfs.readdir(folder)) {
          const stat = await lfs.stat(`${folder}/${name}`);
          count += stat.isDirectory() ? await walk(`${folder}/${name}`) : 1;
        }
        return count;
      };
      return walk(path);
    },
    rename: (path, to) => lfs.rename(path, to),
    // It has no streams: the whole file is in memory.
    async streamIn(path, chunk, times) {
      const whole = new Uint8Array(chunk.length * times);
      for (let i = 0; i < times; i++) whole.set(chunk, i * chunk.length);
      await lfs.writeFile(path, whole);
      await lfs.flush();
    },
    streamOut: async (path) => (await lfs.readFile(path)).length,
    close: () => lfs.flush(),
  };
};

export const PEERS: Readonly<Record<string, Open>> = {
  "ZenFS IndexedDB": zenIndexedDb,
  "ZenFS WebAccess": zenWebAccess,
  "lightning-fs": lightning,
};
