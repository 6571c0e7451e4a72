import type { Open } from "./store.ts";

const PIECE_BYTES = 256 << 10;

/** What IndexedDB takes by itself: a value for each path, a request for each call, and nothing that a file system keeps. */
export const bareIndexedDb: Open = async () => {
  const database = await opened("bare");
  const write = (values: readonly (readonly [string, Uint8Array<ArrayBuffer>])[]): Promise<unknown> => {
    const transaction = database.transaction("files", "readwrite", { durability: "relaxed" });
    for (const [path, data] of values) transaction.objectStore("files").put(data, path);
    transaction.commit();
    return new Promise((resolve, reject) => {
      transaction.addEventListener("complete", resolve);
      transaction.addEventListener("abort", () => reject(transaction.error ?? new Error("aborted")));
    });
  };
  const files = (): IDBObjectStore => database.transaction("files").objectStore("files");
  const read = (path: string): Promise<Uint8Array> => answer<Uint8Array>(files().get(path));
  return {
    mkdir: async () => undefined,
    write: (path, data) => write([[path, data]]),
    read,
    stat: async (path) => (await read(path)).length,
    readdir: async (path) => (await answer(files().getAllKeys(below(path)))).length,
    walk: async (path) =>
      (await answer<Uint8Array[]>(files().getAll(below(path)))).filter(({ length }) => length >= 0).length,
    async streamIn(path, chunk, times) {
      for (let i = 0; i < times; i++) {
        const pieces: [string, Uint8Array<ArrayBuffer>][] = [];
        for (let at = 0; at < chunk.length; at += PIECE_BYTES)
          pieces.push([`${path}#${i}.${at}`, chunk.slice(at, at + PIECE_BYTES)]);
        await write(pieces);
      }
    },
    async streamOut(path) {
      let bytes = 0;
      for (const key of await answer(files().getAllKeys(IDBKeyRange.bound(`${path}#`, `${path}$`))))
        bytes += (await read(key as string)).length;
      return bytes;
    },
    close: async () => database.close(),
  };
};

function below(path: string): IDBKeyRange {
  return IDBKeyRange.bound(`${path}/`, `${path}0`);
}

function opened(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.addEventListener("upgradeneeded", () => void request.result.createObjectStore("files"));
  return answer(request);
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("the request failed")));
  });
}
