import { createVfs, type Provider, type Vfs, type VfsSync } from "@vfs/core";
import type { Clock, Files, Peer } from "../files.ts";

/** This project over one of its stores, by promises or synchronously. */
export function ours(store: string, makeProvider: (folder: string) => Provider): Peer[] {
  return [
    {
      name: `@vfs/${store}`,
      promises: true,
      make: async (folder) => byPromises(createVfs(makeProvider(folder))),
    },
    {
      name: `@vfs/${store} sync`,
      promises: false,
      make: async (folder) => {
        const vfs = createVfs(makeProvider(folder));
        return { ...bySync(vfs.sync), close: () => vfs.close() };
      },
    },
  ];
}

function byPromises(vfs: Vfs): Files {
  return {
    mkdir: (path) => vfs.mkdir(path),
    write: (path, data) => vfs.writeFile(path, data),
    read: (path) => vfs.readFile(path),
    stat: (path) => vfs.stat(path),
    readdir: async (path) => (await vfs.readdir(path)).length,
    walk: async (path) => (await vfs.readdir(path, { recursive: true, withFileTypes: true })).length,
    rename: (from, to) => vfs.rename(from, to),
    copyTree: (from, to) => vfs.cp(from, to, { recursive: true }),
    append: (path, data) => vfs.appendFile(path, data),
    open: async (path) => {
      const handle = await vfs.open(path);
      return {
        read: (into, position) => handle.read(into, 0, into.length, position),
        close: () => handle.close(),
      };
    },
    writeStream: (path, chunks) => vfs.writeStream(path, chunks),
    readStream: (path, clock) => drain(vfs.readStream(path), clock),
    close: () => vfs.close(),
  };
}

function bySync(vfs: VfsSync): Omit<Files, "close"> {
  return {
    mkdir: (path) => vfs.mkdir(path),
    write: (path, data) => vfs.writeFile(path, data),
    read: (path) => vfs.readFile(path),
    stat: (path) => vfs.stat(path),
    readdir: (path) => vfs.readdir(path).length,
    walk: (path) => vfs.readdir(path, { recursive: true, withFileTypes: true }).length,
    rename: (from, to) => vfs.rename(from, to),
    copyTree: (from, to) => vfs.cp(from, to, { recursive: true }),
    append: (path, data) => vfs.appendFile(path, data),
    open: (path) => {
      const handle = vfs.open(path);
      return {
        read: (into, position) => handle.read(into, 0, into.length, position),
        close: () => handle.close(),
      };
    },
    writeStream: (path, chunks) => vfs.writeStream(path, chunks),
    readStream: (path, clock) => {
      let bytes = 0;
      for (const chunk of vfs.readStream(path)) {
        bytes += chunk.length;
        if (clock.over()) break;
      }
      return bytes;
    },
  };
}

/** Takes chunks until there are no more, or the time is over. */
export async function drain(chunks: AsyncIterable<Uint8Array>, clock: Clock): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (clock.over()) break;
  }
  return bytes;
}
