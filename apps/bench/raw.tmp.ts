import Database from "better-sqlite3";
import { mkdtempSync, rmSync, statSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
const dir = mkdtempSync("/tmp/t/sqlite-d/r-");
const KIB = Buffer.alloc(1024, 7);
function time(name: string, n: number, f: (i: number) => void) {
  const out: number[] = [];
  for (let r = 0; r < 5; r++) { const t = performance.now(); for (let i = 0; i < n; i++) f(r * n + i); out.push((performance.now() - t) * 1000 / n); }
  out.sort((a, b) => a - b); console.log(name.padEnd(46), out[2].toFixed(2), "us  min", out[0].toFixed(2));
}
for (const ps of [1024, 4096, 8192, 16384]) {
  const db = new Database(join(dir, `p${ps}.db`));
  db.pragma(`page_size = ${ps}`); db.pragma("journal_mode = WAL"); db.pragma("synchronous = NORMAL"); db.pragma("wal_autocheckpoint = 4000");
  db.exec("CREATE TABLE a(id INTEGER PRIMARY KEY, v); CREATE TABLE b(id INTEGER PRIMARY KEY, v); CREATE TABLE c(id INTEGER PRIMARY KEY, v); CREATE TABLE t(id INTEGER PRIMARY KEY, d BLOB); INSERT INTO a VALUES(1,1);INSERT INTO b VALUES(1,1);INSERT INTO c VALUES(1,1);");
  const [ua, ub, uc] = ["a", "b", "c"].map((t) => db.prepare(`UPDATE ${t} SET v = ? WHERE id = 1`));
  const sel = db.prepare("SELECT v FROM a WHERE id=1"), ins = db.prepare("INSERT INTO t(d) VALUES(?)");
  const begin = db.prepare("BEGIN IMMEDIATE"), beginD = db.prepare("BEGIN"), commit = db.prepare("COMMIT");
  const dv = db.prepare("PRAGMA data_version").pluck();
  console.log("page size", ps);
  time("select autocommit", 20000, () => sel.get());
  time("data_version", 20000, () => dv.get());
  time("BEGIN COMMIT", 20000, () => { beginD.run(); commit.run(); });
  time("BEGIN sel COMMIT", 20000, () => { beginD.run(); sel.get(); commit.run(); });
  time("BEGIN IMMEDIATE COMMIT", 20000, () => { begin.run(); commit.run(); });
  time("update a autocommit", 3000, (i) => ua.run(i));
  time("BEGIN IMM a COMMIT", 3000, (i) => { begin.run(); ua.run(i); commit.run(); });
  time("BEGIN IMM a b COMMIT", 3000, (i) => { begin.run(); ua.run(i); ub.run(i); commit.run(); });
  time("BEGIN IMM a b c COMMIT", 3000, (i) => { begin.run(); ua.run(i); ub.run(i); uc.run(i); commit.run(); });
  time("insert 1KiB autocommit", 3000, () => { ins.run(KIB); });
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.pragma("locking_mode = EXCLUSIVE");
  time("excl: update a autocommit", 3000, (i) => ua.run(i));
  time("excl: insert 1KiB autocommit", 3000, () => { ins.run(KIB); });
  db.close();
}
const fd = openSync(join(dir, "x"), "w"); const pg = Buffer.alloc(4096, 1); const h = Buffer.alloc(24);
time("pwrite 4096 same place growing", 5000, (i) => writeSync(fd, pg, 0, 4096, i * 4120 % (16 << 20)));
time("pwrite 24", 5000, (i) => writeSync(fd, h, 0, 24, i * 4120 % (16 << 20)));
time("statSync", 20000, () => statSync(join(dir, "x")));
let n = 0; const t0 = performance.now();
await new Promise<void>((res) => { const f = () => { if (++n === 200000) res(); else setImmediate(f); }; f(); });
console.log("setImmediate", (performance.now() - t0) * 1000 / n, "us");
n = 0; const t1 = performance.now();
await new Promise<void>((res) => { const f = () => { if (++n === 200000) res(); else process.nextTick(f); }; f(); });
console.log("nextTick", (performance.now() - t1) * 1000 / n, "us");
rmSync(dir, { recursive: true });
