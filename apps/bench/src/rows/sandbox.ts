import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createPool, createSession, python, type Session } from "@vfs/sandbox";
import { Bash, InMemoryFs } from "just-bash";
import { inTurns } from "../measure.ts";
import { atMost, told, type Bench, type Row } from "../row.ts";

const ROUNDS = 3;
const MANY = 100;

/** What the same work takes others: a table that is read, summed up by groups, and told in a file. */
const WORK = `
import csv, json
sums = {}
for row in csv.DictReader(open('FOLDER/table.csv')):
    sums[row['city']] = sums.get(row['city'], 0) + float(row['price'])
json.dump(sums, open('FOLDER/sums.json', 'w'))
`;
const TABLE = `city,price\n${Array.from({ length: 20_000 }, (_, i) => `town ${i % 50},${i / 4}\n`).join("")}`;

/** How fast the files and databases of a session are, and how much of this program's memory many sessions take. */
export const sessions: Bench = {
  name: "a hundred Python sessions",
  run: async () => {
    await using vfs = createVfs(memory());
    await using session = await createSession({ vfs, engine: python() });
    return [...(await small(session)), await many()];
  },
};

/** What others take for the same work. */
export const sandbox: Bench = { name: "sandbox beside others", run: besideOthers };

async function small(session: Session): Promise<Row[]> {
  const seconds = async (setup: string, statement: string, times: number): Promise<number> => {
    const code = `
import os, sqlite3, time
${setup}
def once():
    t = time.perf_counter()
    ${statement}
    return time.perf_counter() - t
sorted(once() for _ in range(${times}))[${times >> 1}]`;
    const { value, error } = await session.execute(code, { timeoutMs: 60_000 });
    if (typeof value !== "number") throw new Error(error?.traceback);
    return value;
  };
  const stat = await seconds("open('/data/f', 'w').write('x' * 1000)", "os.stat('/data/f')", 2000);
  const read = await seconds("", "open('/data/f', 'rb').read()", 1000);
  const rows = await seconds(
    "db = sqlite3.connect('/data/rows.db')\ndb.execute('create table t(a, b)')\ndef fill():\n  db.executemany('insert into t values (?, ?)', ((i, 'text') for i in range(20_000)))\n  db.commit()",
    "fill()",
    5,
  );
  return [
    atMost("os.stat of a known file", stat * 1e6, 15, "us"),
    atMost("open, read and close of 1,000 bytes", read * 1e6, 200, "us"),
    atMost("20,000 rows of SQLite in one transaction", rows * 1000, 100, "ms"),
  ];
}

/** What stays of many sessions in this process's memory. */
async function many(): Promise<Row> {
  const vfs = createVfs(memory());
  const once = async (): Promise<void> => {
    const session = await createSession({ vfs, engine: python() });
    await session.execute("open('/data/f', 'w').write('x')");
    await session.close();
  };
  const rss = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().rss;
  };
  for (let i = 0; i < 10; i++) await once();
  const before = rss();
  for (let i = 0; i < MANY; i++) await once();
  const grown = (100 * (rss() - before)) / before;
  return atMost(`growth of the host after ${MANY} sessions made and closed`, Math.max(0, grown), 10, "%");
}

/** Stock Pyodide, with the files copied in and out, as far as this program uses it. */
interface Pyodide {
  readonly FS: {
    writeFile(path: string, data: string): void;
    readFile(path: string, options: { encoding: "utf8" }): string;
    unlink(path: string): void;
  };
  runPython(code: string): unknown;
}

async function besideOthers(): Promise<Row[]> {
  await using vfs = createVfs(memory());
  await vfs.writeFile("/table.csv", TABLE);
  await using pool = await createPool({ size: 1, vfs, engine: python() });
  const inPool = async (): Promise<void> => {
    const { error } = await pool.execute(WORK.replaceAll("FOLDER", "/data"));
    if (error !== undefined) throw new Error(error.traceback);
  };
  const own = fileURLToPath(import.meta.resolve("@vfs/sandbox/package.json"));
  const manifest = createRequire(own).resolve("pyodide/package.json");
  const { loadPyodide } = (await import(join(dirname(manifest), "pyodide.mjs"))) as {
    loadPyodide: () => Promise<Pyodide>;
  };
  const copied = (pyodide: Pyodide): void => {
    pyodide.FS.writeFile("/tmp/table.csv", TABLE);
    pyodide.runPython(WORK.replaceAll("FOLDER", "/tmp"));
    pyodide.FS.readFile("/tmp/sums.json", { encoding: "utf8" });
    pyodide.FS.unlink("/tmp/table.csv");
  };
  const warm = await loadPyodide();
  const bash = new Bash({ fs: new InMemoryFs({ "/work/table.csv": TABLE }), python: true });
  const command = `python3 -c "${WORK.replaceAll("FOLDER", "/work")}"`;
  const inBash = async (): Promise<void> => {
    const { exitCode, stderr } = await bash.exec(command);
    if (exitCode !== 0) throw new Error(`just-bash failed: ${stderr}`);
  };
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  writeFileSync(join(folder, "table.csv"), TABLE);
  const native = async (): Promise<void> => {
    const { status } = spawnSync("python3", ["-c", WORK.replaceAll("FOLDER", folder)]);
    if (status !== 0) throw new Error("python3 failed");
    readFileSync(join(folder, "sums.json"));
  };
  try {
    await inPool();
    await inBash();
    const [ours = 0, fresh = 0, shared = 0, theirs = 0, process = 0] = await inTurns(
      ROUNDS,
      inPool,
      async () => copied(await loadPyodide()),
      async () => copied(warm),
      inBash,
      native,
    );
    const work = "20,000 lines of CSV summed up:";
    return [
      told(`${work} a fresh session of a pool, live files`, ours, "ms"),
      told(`${work} a fresh stock Pyodide, files copied in and out, no walls`, fresh, "ms"),
      told(`${work} the same Pyodide for everybody`, shared, "ms"),
      told(`${work} just-bash's python3`, theirs, "ms"),
      told(`${work} a native python3, no walls`, process, "ms"),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
