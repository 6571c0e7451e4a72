export { indexeddb, type IndexedDbOptions } from "./indexeddb/indexeddb.ts";
export { openOpfsSync, opfs, type OpfsOptions } from "./opfs/opfs.ts";
export { serveOpfs } from "./opfs/remote.ts";
export { requestPersistence } from "./room.ts";
