import { join } from "node:path";
import { AgentFS } from "agentfs-sdk";
import SQLite from "better-sqlite3";
import type { Files, Peer } from "../files.ts";
import { asBuffer } from "./as-buffer.ts";

type Agent = Awaited<ReturnType<typeof AgentFS.open>>;
type AgentFiles = Agent["fs"];
type Database = Parameters<typeof AgentFS.openWith>[0];

/** AgentFS on disk: with its own engine, with the engine that `@vfs/sqlite` has, and with that and a kindness. */
export const agentfs: readonly Peer[] = [
  {
    name: "agentfs",
    promises: true,
    make: async (folder) => {
      const agent = await AgentFS.open({ path: join(folder, "agent.db") });
      return filesOf(agent.fs, () => agent.close());
    },
  },
  onBetterSqlite("agentfs on better-sqlite3", (db) => (sql) => db.prepare(sql)),
  onBetterSqlite("agentfs on better-sqlite3, statements kept", keeping),
];

type Prepare = (sql: string) => SQLite.Statement;

function onBetterSqlite(name: string, preparing: (db: SQLite.Database) => Prepare): Peer {
  return {
    name,
    promises: true,
    make: async (folder) => {
      const db = new SQLite(join(folder, "agent.db"));
      db.pragma("journal_mode = WAL");
      db.pragma("synchronous = NORMAL");
      const agent = await AgentFS.openWith(asTurso(db, preparing(db)));
      return filesOf(agent.fs, () => db.close());
    },
  };
}

/** A kindness that AgentFS does not have: it prepares a statement at each call, and here that is remembered. */
function keeping(db: SQLite.Database): Prepare {
  const prepared = new Map<string, SQLite.Statement>();
  return (sql) => {
    const known = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
}

/** What AgentFS calls of its own engine, over better-sqlite3. */
function asTurso(db: SQLite.Database, prepare: Prepare): Database {
  const face = {
    exec: async (sql: string) => void db.exec(sql),
    prepare: (sql: string) => {
      const statement = prepare(sql);
      return {
        run: async (...values: unknown[]) => statement.run(...values),
        get: async (...values: unknown[]) => statement.get(...values),
        all: async (...values: unknown[]) => statement.all(...values),
      };
    },
  };
  return face as unknown as Database;
}

function filesOf(fs: AgentFiles, close: () => unknown): Files {
  const walk = async (path: string): Promise<number> => {
    let files = 0;
    for (const { name, stats } of await fs.readdirPlus(path))
      files += stats.isDirectory() ? await walk(`${path === "/" ? "" : path}/${name}`) : 1;
    return files;
  };
  return {
    mkdir: (path) => fs.mkdir(path),
    write: (path, data) => fs.writeFile(path, asBuffer(data)),
    read: (path) => fs.readFile(path),
    stat: (path) => fs.stat(path),
    readdir: async (path) => (await fs.readdir(path)).length,
    walk,
    rename: (from, to) => fs.rename(from, to),
    copyTree: async (from, to) => {
      await fs.mkdir(to);
      for (const name of await fs.readdir(from)) await fs.copyFile(`${from}/${name}`, `${to}/${name}`);
    },
    append: async (path, data) => {
      const handle = await fs.open(path);
      const { size } = await handle.fstat();
      await handle.pwrite(size, asBuffer(data));
    },
    open: async (path) => {
      const handle = await fs.open(path);
      return { read: (into, position) => handle.pread(position, into.length), close: () => undefined };
    },
    writeStream: async (path, chunks) => {
      await fs.writeFile(path, Buffer.alloc(0));
      const handle = await fs.open(path);
      let position = 0;
      for (const chunk of chunks) {
        await handle.pwrite(position, asBuffer(chunk));
        position += chunk.length;
      }
    },
    readStream: async (path, clock) => {
      const handle = await fs.open(path);
      let position = 0;
      for (let count = -1; count !== 0 && !clock.over(); position += count)
        count = (await handle.pread(position, 64 << 10)).length;
      return position;
    },
    close: async () => void (await close()),
  };
}
