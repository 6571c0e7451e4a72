import { join } from "node:path";
import SQLite from "better-sqlite3";
import type { Files, Peer } from "../files.ts";

/** No file systems, but what one on the same means could reach at the most. */
export const mapLimit: Peer = {
  name: "limit: Map and copies",
  promises: false,
  make: async () => {
    const map = new Map<string, Uint8Array>();
    return {
      mkdir: () => undefined,
      write: (path, data) => map.set(path, new Uint8Array(data)),
      read: (path) => (map.get(path) ?? NOTHING).slice(),
      stat: (path) => map.get(path),
      close: () => undefined,
    } satisfies Files;
  },
};

/** A table of paths and blobs in a file: one statement a call. */
export const tableLimits: readonly Peer[] = [
  { name: "limit: better-sqlite3", promises: false, make: async (folder) => table(folder, false) },
  {
    name: "limit: better-sqlite3, one transaction",
    promises: false,
    make: async (folder) => table(folder, true),
  },
];

/** Rows by number, as fast as the engine goes; which number belongs to a path is kept beside it. */
function table(folder: string, oneTransaction: boolean): Files {
  const db = new SQLite(join(folder, "table.db"));
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = NORMAL");
  db.exec("CREATE TABLE file (id INTEGER PRIMARY KEY, data BLOB)");
  const insert = db.prepare("INSERT INTO file (data) VALUES (?)");
  const select = db.prepare("SELECT data FROM file WHERE id = ?").pluck();
  const describe = db.prepare("SELECT id, length(data) FROM file WHERE id = ?");
  const ids = new Map<string, number | bigint>();
  if (oneTransaction) db.exec("BEGIN");
  return {
    mkdir: () => undefined,
    write: (path, data) => ids.set(path, insert.run(data).lastInsertRowid),
    read: (path) => select.get(ids.get(path)) as Uint8Array,
    stat: (path) => describe.get(ids.get(path)),
    close: () => {
      if (oneTransaction) db.exec("COMMIT");
      db.close();
    },
  };
}

const NOTHING = new Uint8Array(0);
