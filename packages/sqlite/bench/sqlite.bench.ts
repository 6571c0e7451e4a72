// What a call costs, against raw better-sqlite3 on the same disk in the same run.
// node --conditions=@vfs/source packages/sqlite/bench/sqlite.bench.ts [files in the store] [directory]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, type Vfs } from "@vfs/core";
import Database from "better-sqlite3";
import { sqlite } from "../src/index.ts";

const KIB = 1024;
const filesBefore = Number(process.argv[2] ?? 100);
const directory = mkdtempSync(join(process.argv[3] ?? tmpdir(), "vfs-bench-"));
const file = join(directory, "store.db");
const results: Record<string, number[]> = {};

/** Notes how many a second there were. */
async function time(what: string, count: number, action: () => unknown): Promise<void> {
  const start = performance.now();
  await action();
  (results[what] ??= []).push((count / (performance.now() - start)) * 1000);
}

const ROUNDS = 5;
const N = 4000;
const data = new Uint8Array(KIB).fill(7);

for (let round = 0; round < ROUNDS; round++) await raw(round);
const vfs = createVfs(sqlite({ file }));
await fill(vfs, filesBefore);
for (let round = 0; round < ROUNDS; round++) await ours(vfs, round);
await vfs.close();
rmSync(directory, { recursive: true });
report();

/** A store with so many files in it, 200 a folder. */
async function fill(to: Vfs, count: number): Promise<void> {
  for (let folder = 0; folder * 200 < count; folder++) {
    await to.mkdir(`/before/${folder}`, { recursive: true });
    const files = Math.min(200, count - folder * 200);
    await Promise.all(Array.from({ length: files }, (_, i) => to.writeFile(`/before/${folder}/${i}`, data)));
  }
}

async function raw(round: number): Promise<void> {
  const database = new Database(join(directory, `raw${round}.db`));
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = NORMAL");
  database.exec(
    "CREATE TABLE f(id INTEGER PRIMARY KEY, data BLOB); CREATE TABLE p(path TEXT PRIMARY KEY, data BLOB)",
  );
  const insert = database.prepare("INSERT INTO f(data) VALUES(?)");
  const insertPath = database.prepare("INSERT INTO p VALUES(?, ?)");
  const select = database.prepare<[number], Buffer>("SELECT data FROM f WHERE id = ?").pluck();
  const id = database.prepare<[number], number>("SELECT id FROM f WHERE id = ?").pluck();
  await time("raw insert, one by one", N, () => {
    for (let i = 0; i < N; i++) insert.run(data);
  });
  await time("raw insert by path, one by one", N, () => {
    for (let i = 0; i < N; i++) insertPath.run(`/folder/${i % 100}/file${i}`, data);
  });
  await time("raw insert, one transaction", N, () => {
    database.exec("BEGIN");
    for (let i = 0; i < N; i++) insert.run(data);
    database.exec("COMMIT");
  });
  await time("raw insert by path, one transaction", N, () => {
    database.exec("BEGIN");
    for (let i = 0; i < N; i++) insertPath.run(`/other/${i % 100}/file${i}`, data);
    database.exec("COMMIT");
  });
  await time("raw select of 1 KiB", N, () => {
    for (let i = 1; i <= N; i++) select.get(i);
  });
  await time("raw select of a number", N, () => {
    for (let i = 1; i <= N; i++) id.get(i);
  });
  database.close();
}

async function ours(to: Vfs, round: number): Promise<void> {
  const top = `/round${round}`;
  const paths = Array.from({ length: N }, (_, i) => `${top}/${Math.floor(i / 40)}/file${i}`);
  for (let i = 0; i < N / 40; i++) await to.mkdir(`${top}/${i}`, { recursive: true });
  await time("write of a new file, one by one", N, async () => {
    for (const path of paths) await to.writeFile(path, data);
  });
  await time("write of a new file, sync", N, () => {
    for (const path of paths) to.sync.writeFile(`${path}s`, data);
  });
  await time("write over a file, one by one", N, async () => {
    for (const path of paths) await to.writeFile(path, data);
  });
  await time("write of a new file, 50 in flight", N, () =>
    inFlight(paths, (path) => to.writeFile(`${path}x`, data)),
  );
  await time("write over a file, 50 in flight", N, () => inFlight(paths, (path) => to.writeFile(path, data)));
  await time("read, one by one", N, async () => {
    for (const path of paths) await to.readFile(path);
  });
  await time("read, sync", N, () => {
    for (const path of paths) to.sync.readFile(path);
  });
  await time("stat at depth 3", N, async () => {
    for (const path of paths) await to.stat(path);
  });
  const deep = `${top}/deep${"/d".repeat(13)}`;
  await to.mkdir(deep, { recursive: true });
  await Promise.all(Array.from({ length: 100 }, (_, i) => to.writeFile(`${deep}/${i}`, data)));
  await time("stat at depth 16", N, async () => {
    for (let i = 0; i < N; i++) await to.stat(`${deep}/${i % 100}`);
  });
  await time("stat of nothing", N, async () => {
    for (let i = 0; i < N; i++) await to.exists(`${deep}/none${i % 100}`);
  });
  await to.mkdir(`${top}/wide`);
  await Promise.all(Array.from({ length: 5000 }, (_, i) => to.writeFile(`${top}/wide/some-name-${i}`, "")));
  await time("readdir of 5,000, entries", 5000 * 20, async () => {
    for (let i = 0; i < 20; i++) await to.readdir(`${top}/wide`);
  });
  await time("readdir of 5,000 with stat, entries", 5000 * 4, async () => {
    for (let i = 0; i < 4; i++) await to.readdir(`${top}/wide`, { withFileTypes: true, stat: true });
  });
  await time("recursive walk, entries", N * 3, () => to.readdir(top, { recursive: true }));
  await to.mkdir(`${top}/thousand`);
  await Promise.all(Array.from({ length: 1000 }, (_, i) => to.writeFile(`${top}/thousand/${i}`, data)));
  await time("rename of a folder of 1,000", 500, async () => {
    for (let i = 0; i < 250; i++) {
      await to.rename(`${top}/thousand`, `${top}/moved`);
      await to.rename(`${top}/moved`, `${top}/thousand`);
    }
  });
  await time("copy of a folder of 1,000, files", 1000, () =>
    to.cp(`${top}/thousand`, `${top}/copy`, { recursive: true }),
  );
  await time("removal of a folder of 1,000, files", 1000, () => to.rm(`${top}/copy`, { recursive: true }));
  await time("append of 1 KiB", 1000, async () => {
    for (let i = 0; i < 1000; i++) await to.appendFile(`${top}/log`, data);
  });
  const big = `${top}/big`;
  const piece = new Uint8Array(64 * KIB).fill(3);
  await time("stream in, MiB", 256, () =>
    to.writeStream(
      big,
      (function* () {
        for (let i = 0; i < 4096; i++) yield piece;
      })(),
    ),
  );
  await time("stream out, MiB", 256, async () => {
    let bytes = 0;
    for await (const chunk of to.readStream(big)) bytes += chunk.length;
    if (bytes !== 256 * KIB * KIB) throw new Error(`read ${bytes}`);
  });
  const handle = await to.open(big, "r+");
  const into = new Uint8Array(4 * KIB);
  await time("random read of 4 KiB", N, async () => {
    for (let i = 0; i < N; i++)
      await handle.read(into, 0, into.length, Math.floor(Math.random() * 16384) * 4 * KIB);
  });
  await time("random write of 4 KiB", 1000, async () => {
    for (let i = 0; i < 1000; i++)
      await handle.write(into, 0, into.length, Math.floor(Math.random() * 16384) * 4 * KIB);
  });
  await handle.close();
  await time("removal of 256 MiB", 1, () => to.rm(big));
}

async function inFlight(paths: readonly string[], action: (path: string) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let path = paths[next++]; path !== undefined; path = paths[next++]) await action(path);
  };
  await Promise.all(Array.from({ length: 50 }, work));
}

function report(): void {
  console.log(`store of ${filesBefore} files; a second, median of ${ROUNDS} (best)`);
  for (const [what, values] of Object.entries(results)) {
    const sorted = values.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? 0;
    console.log(`${what.padEnd(40)} ${show(median).padStart(10)} (${show(sorted.at(-1) ?? 0)})`);
  }
}

function show(value: number): string {
  return value >= 10_000 ? `${(value / 1000).toFixed(1)}k` : value.toFixed(value < 100 ? 1 : 0);
}
