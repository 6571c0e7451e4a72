export { indexeddb, type IndexedDbOptions } from "./indexeddb/indexeddb.ts";
export { requestPersistence } from "./room.ts";
