import type { Open } from "./store.ts";

/** OPFS as it is: handles in a page, which write by a stream and read by a File. */
export const rawInPage: Open = async () => {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("raw", { create: true });
  return { ...(await tree(root)), ...asynchronous(root) };
};

/** OPFS as it is, in a worker: synchronous access handles. */
export const rawInWorker: Open = async () => {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("raw", { create: true });
  const open = async (path: string, create = false): Promise<FileSystemSyncAccessHandle> => {
    const handle = await fileAt(root, path, create);
    return (
      handle as unknown as { createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle> }
    ).createSyncAccessHandle();
  };
  const write = async (path: string, data: Uint8Array<ArrayBuffer>): Promise<void> => {
    const handle = await open(path, true);
    handle.truncate(0);
    handle.write(data, { at: 0 });
    handle.flush();
    handle.close();
  };
  return {
    ...(await tree(root)),
    write,
    async read(path) {
      const handle = await open(path);
      const data = new Uint8Array(handle.getSize());
      handle.read(data, { at: 0 });
      handle.close();
      return data;
    },
    async streamIn(path, chunk, times) {
      const handle = await open(path, true);
      handle.truncate(0);
      for (let i = 0; i < times; i++) handle.write(chunk, { at: i * chunk.length });
      handle.flush();
      handle.close();
    },
    async streamOut(path) {
      const handle = await open(path);
      const size = handle.getSize();
      let bytes = 0;
      // As a stream has it: memory of its own for each chunk.
      while (bytes < size) bytes += handle.read(new Uint8Array(1 << 20), { at: bytes });
      handle.close();
      return bytes;
    },
    async fill(folder, count) {
      const data = new Uint8Array(16);
      for (let i = 0; i < count; i++) {
        const handle = await open(`${folder}/f${i}`, true);
        handle.write(data, { at: 0 });
        handle.close();
      }
    },
  };
};

interface FileSystemSyncAccessHandle {
  read(into: Uint8Array, options: { at: number }): number;
  write(data: Uint8Array, options: { at: number }): number;
  truncate(bytes: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

function asynchronous(root: FileSystemDirectoryHandle): {
  write(path: string, data: Uint8Array<ArrayBuffer>): Promise<void>;
  read(path: string): Promise<Uint8Array>;
  streamIn(path: string, chunk: Uint8Array<ArrayBuffer>, times: number): Promise<void>;
  streamOut(path: string): Promise<number>;
} {
  return {
    async write(path, data) {
      const writable = await (await fileAt(root, path, true)).createWritable();
      await writable.write(data);
      await writable.close();
    },
    async read(path) {
      const file = await (await fileAt(root, path)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    },
    async streamIn(path, chunk, times) {
      const writable = await (await fileAt(root, path, true)).createWritable();
      for (let i = 0; i < times; i++) await writable.write(chunk);
      await writable.close();
    },
    async streamOut(path) {
      let bytes = 0;
      for await (const chunk of (await (await fileAt(root, path)).getFile()).stream()) bytes += chunk.length;
      return bytes;
    },
  };
}

async function tree(root: FileSystemDirectoryHandle): Promise<{
  mkdir(path: string): Promise<unknown>;
  stat(path: string): Promise<unknown>;
  readdir(path: string): Promise<number>;
  walk(path: string): Promise<number>;
  close(): Promise<void>;
}> {
  const walk = async (folder: FileSystemDirectoryHandle): Promise<number> => {
    let count = 0;
    for await (const [, handle] of folder.entries())
      if (handle.kind === "directory") count += await walk(handle);
      // A size needs the file.
      else count += (await handle.getFile()).size >= 0 ? 1 : 0;
    return count;
  };
  return {
    mkdir: (path) => directoryAt(root, path, true),
    stat: async (path) => (await (await fileAt(root, path)).getFile()).size,
    async readdir(path) {
      let count = 0;
      for await (const name of (await directoryAt(root, path)).keys()) count += name === "" ? 0 : 1;
      return count;
    },
    walk: async (path) => walk(await directoryAt(root, path)),
    close: async () => undefined,
  };
}

async function directoryAt(
  root: FileSystemDirectoryHandle,
  path: string,
  create = false,
): Promise<FileSystemDirectoryHandle> {
  let at = root;
  for (const name of path.split("/").filter(Boolean)) at = await at.getDirectoryHandle(name, { create });
  return at;
}

async function fileAt(
  root: FileSystemDirectoryHandle,
  path: string,
  create = false,
): Promise<FileSystemFileHandle> {
  const slash = path.lastIndexOf("/");
  const folder = await directoryAt(root, path.slice(0, slash));
  return folder.getFileHandle(path.slice(slash + 1), { create });
}
