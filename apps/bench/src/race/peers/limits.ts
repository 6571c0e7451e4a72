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

/** A table of paths and blobs in a file: one statement a call, and so many calls in a transaction. */
export const tableLimits: readonly Peer[] = [
  tableLimit("limit: better-sqlite3", 1),
  tableLimit("limit: better-sqlite3, 50 a commit", 50),
  tableLimit("limit: better-sqlite3, 5000 a commit", 5000),
];

/** The last of the calls of a transaction commits it, so that whoever times the calls times that too. */
function tableLimit(name: string, callsACommit: number): Peer {
  return { name, promises: false, make: async (folder) => table(folder, callsACommit) };
}

/** Rows by number, as fast as the engine goes; which number belongs to a path is kept beside it. */
function table(folder: string, callsACommit: number): Files {
  const db = new SQLite(join(folder, "table.db"));
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = NORMAL");
  db.exec("CREATE TABLE file (id INTEGER PRIMARY KEY, data BLOB)");
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const insert = db.prepare("INSERT INTO file (data) VALUES (?)");
  const select = db.prepare("SELECT data FROM file WHERE id = ?").pluck();
  const describe = db.prepare("SELECT id, length(data) FROM file WHERE id = ?");
  const ids = new Map<string, number | bigint>();
  let calls = 0;
  const write = (path: string, data: Uint8Array): void => {
    if (callsACommit > 1 && calls === 0) begin.run();
    ids.set(path, insert.run(data).lastInsertRowid);
    calls = (calls + 1) % callsACommit;
    if (callsACommit > 1 && calls === 0) commit.run();
  };
  return {
    mkdir: () => undefined,
    write,
    read: (path) => select.get(ids.get(path)) as Uint8Array,
    stat: (path) => describe.get(ids.get(path)),
    close: () => {
      if (db.inTransaction) commit.run();
      db.close();
    },
  };
}

const NOTHING = new Uint8Array(0);
