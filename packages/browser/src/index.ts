export { directory, pickDirectory, type DirectoryOptions, type PickOptions } from "./directory.ts";
export { mountInto, type EmscriptenHost, type EmscriptenMount } from "./emscripten/mount.ts";
export { emscripten, type EmscriptenOptions } from "./emscripten/provider.ts";
export type { EmscriptenFs, EmscriptenNode, EmscriptenStat, EmscriptenStream } from "./emscripten/types.ts";
export { indexeddb, type IndexedDbOptions } from "./indexeddb/indexeddb.ts";
export { openOpfsSync, opfs, type OpfsOptions } from "./opfs/opfs.ts";
export { serveOpfs } from "./opfs/remote.ts";
export { requestPersistence } from "./room.ts";
export {
  download,
  fromDataTransfer,
  toBlob,
  toObjectUrl,
  type FromDataTransferOptions,
  type ObjectUrl,
} from "./transfer.ts";
