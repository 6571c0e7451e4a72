import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, type Vfs } from "@vfs/core";
import { sqlite } from "@vfs/sqlite";
import Database from "better-sqlite3";
import { inTurns } from "../measure.ts";
import { told, type Bench, type Row } from "../row.ts";

const FILES = 2000;
const KIB = new Uint8Array(1024).fill(7);
const ROUNDS = 7;

/** What a filesystem costs over a table of paths and blobs, which is the least that a file in SQLite can be. */
export const besideTable: Bench = {
  name: "sqlite: 2,000 files of 1 KiB, beside a bare table of paths and blobs",
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), "vfs-bench-"));
    await using vfs = createVfs(sqlite({ file: join(folder, "store.db") }));
    const table = new Table(join(folder, "table.db"));
    try {
      return [...(await pairs(vfs, table)), ...(await directories(vfs))];
    } finally {
      table.close();
      rmSync(folder, { recursive: true });
    }
  },
};

/** With the same settings as the store: a log, and no wait for the disk. */
class Table {
  readonly #database: Database.Database;
  readonly #insert: Database.Statement<[string, Uint8Array]>;
  readonly #select: Database.Statement<[string]>;

  constructor(file: string) {
    this.#database = new Database(file);
    this.#database.pragma("journal_mode = WAL");
    this.#database.pragma("synchronous = NORMAL");
    this.#database.exec("CREATE TABLE file(path TEXT PRIMARY KEY, data BLOB)");
    this.#insert = this.#database.prepare("INSERT OR REPLACE INTO file VALUES(?, ?)");
    this.#select = this.#database.prepare("SELECT data FROM file WHERE path = ?");
  }

  write(path: string): void {
    this.#insert.run(path, KIB);
  }

  writeAll(paths: readonly string[]): void {
    this.#database.transaction(() => {
      for (const path of paths) this.write(path);
    })();
  }

  read(path: string): unknown {
    return this.#select.get(path);
  }

  close(): void {
    this.#database.close();
  }
}

async function pairs(vfs: Vfs, table: Table): Promise<Row[]> {
  let round = 0;
  const paths = (): string[] => Array.from({ length: FILES }, (_, i) => `/r${round}/${i % 50}/file${i}`);
  const fresh = async (): Promise<string[]> => {
    round++;
    for (let i = 0; i < 50; i++) await vfs.mkdir(`/r${round}/${i}`, { recursive: true });
    return paths();
  };
  let now = await fresh();
  const made: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
    [
      "new files, one at a time",
      async () => {
        now = await fresh();
        for (const path of now) await vfs.writeFile(path, KIB);
      },
      async () => {
        for (const path of now) table.write(`${path}-`);
      },
    ],
    [
      "new files, all in one tick",
      async () => {
        now = await fresh();
        await Promise.all(now.map((path) => vfs.writeFile(path, KIB)));
      },
      async () => table.writeAll(now.map((path) => `${path}+`)),
    ],
    [
      "readFile",
      async () => {
        for (const path of now) await vfs.readFile(path);
      },
      async () => {
        for (const path of now) table.read(`${path}+`);
      },
    ],
    [
      "sync.readFile",
      async () => {
        for (const path of now) vfs.sync.readFile(path);
      },
      async () => {
        for (const path of now) table.read(`${path}+`);
      },
    ],
  ];
  const found: Row[] = [];
  for (const [name, ours, theirs] of made) {
    const [ourMs = Number.NaN, theirMs = Number.NaN] = await inTurns(ROUNDS, ours, theirs);
    const perCall = (ms: number): string => ((ms / FILES) * 1000).toFixed(1);
    found.push(
      told(`${name}: ${perCall(ourMs)} us, table ${perCall(theirMs)} us`, theirMs / ourMs, "x table"),
    );
  }
  return found;
}

/** What a table of paths cannot do without touching every row. */
async function directories(vfs: Vfs): Promise<Row[]> {
  await vfs.mkdir("/many");
  await Promise.all(Array.from({ length: FILES }, (_, i) => vfs.writeFile(`/many/${i}`, KIB)));
  const [rename = Number.NaN, copy = Number.NaN, list = Number.NaN] = await inTurns(
    ROUNDS,
    async () => {
      await vfs.rename("/many", "/moved");
      await vfs.rename("/moved", "/many");
    },
    async () => {
      await vfs.cp("/many", "/copy", { recursive: true });
      await vfs.rm("/copy", { recursive: true });
    },
    () => vfs.readdir("/many", { withFileTypes: true, stat: true }),
  );
  return [
    told(`rename of a folder of ${FILES}`, (rename / 2) * 1000, "us"),
    told(`copy and removal of a folder of ${FILES}`, copy, "ms"),
    told(`readdir with stat of ${FILES}`, list, "ms"),
  ];
}
