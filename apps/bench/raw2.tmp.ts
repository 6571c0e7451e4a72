import Database from "better-sqlite3";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
const dir = mkdtempSync("/tmp/t/sqlite-d/r-");
const db = new Database(join(dir, `p.db`));
db.pragma("journal_mode = WAL"); db.pragma("synchronous = NORMAL"); db.pragma("wal_autocheckpoint = 4000");
for (const t of "abcde") db.exec(`CREATE TABLE ${t}(id INTEGER PRIMARY KEY, v); INSERT INTO ${t} VALUES(1,1)`);
const us = [..."abcde"].map((t) => db.prepare(`UPDATE ${t} SET v = ? WHERE id = 1`));
const begin = db.prepare("BEGIN IMMEDIATE"), commit = db.prepare("COMMIT");
const n = Number(process.argv[2]);
const t = performance.now();
for (let i = 0; i < 100000; i++) { begin.run(); for (let j = 0; j < n; j++) us[j].run(i); commit.run(); }
console.log((performance.now() - t) / 100, "us");
rmSync(dir, { recursive: true });
