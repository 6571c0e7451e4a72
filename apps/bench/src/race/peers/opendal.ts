import { Operator } from "opendal";
import type { Files, Peer } from "../files.ts";
import { asBuffer } from "./as-buffer.ts";

/** OpenDAL's store in memory. It has no append there, and neither rename nor copy of a folder. */
export const opendal: readonly Peer[] = [
  { name: "opendal memory", promises: true, make: async () => byPromises(new Operator("memory", {})) },
  { name: "opendal memory sync", promises: false, make: async () => bySync(new Operator("memory", {})) },
];

function byPromises(store: Operator): Files {
  const list = async (path: string, recursive: boolean) =>
    (await store.list(folder(path), { recursive })).length;
  return {
    mkdir: (path) => store.createDir(folder(path)),
    write: (path, data) => store.write(path, asBuffer(data)),
    read: (path) => store.read(path),
    stat: (path) => store.stat(path),
    readdir: (path) => list(path, false),
    walk: (path) => list(path, true),
    open: async (path) => {
      const reader = await store.reader(path);
      return { read: (into) => reader.read(asBuffer(into)), close: () => undefined };
    },
    writeStream: async (path, chunks) => {
      const writer = await store.writer(path);
      for (const chunk of chunks) await writer.write(asBuffer(chunk));
      await writer.close();
    },
    readStream: async (path, clock) => {
      const reader = await store.reader(path);
      const into = Buffer.alloc(64 << 10);
      let bytes = 0;
      for (let count = -1; count !== 0 && !clock.over(); bytes += count)
        count = Number(await reader.read(into));
      return bytes;
    },
    close: () => undefined,
  };
}

function bySync(store: Operator): Files {
  const list = (path: string, recursive: boolean) => store.listSync(folder(path), { recursive }).length;
  return {
    mkdir: (path) => store.createDirSync(folder(path)),
    write: (path, data) => store.writeSync(path, asBuffer(data)),
    read: (path) => store.readSync(path),
    stat: (path) => store.statSync(path),
    readdir: (path) => list(path, false),
    walk: (path) => list(path, true),
    writeStream: (path, chunks) => {
      const writer = store.writerSync(path);
      for (const chunk of chunks) writer.write(asBuffer(chunk));
      writer.close();
    },
    readStream: (path, clock) => {
      const reader = store.readerSync(path);
      const into = Buffer.alloc(64 << 10);
      let bytes = 0;
      for (let count = -1; count !== 0 && !clock.over(); bytes += count) count = Number(reader.read(into));
      return bytes;
    },
    close: () => undefined,
  };
}

function folder(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}
