import Database from "better-sqlite3";
const db = new Database("/tmp/t/sqlite-d/rd.db");
db.exec(`CREATE TABLE IF NOT EXISTS dentry(branch INTEGER NOT NULL,parent INTEGER NOT NULL,name TEXT NOT NULL,ino INTEGER NOT NULL,type INTEGER NOT NULL,born INTEGER NOT NULL,PRIMARY KEY(branch, parent, name)) STRICT, WITHOUT ROWID; DELETE FROM dentry`);
const ins = db.prepare("INSERT INTO dentry VALUES(0,7,?,?,?,9)");
db.transaction(() => { for (let i = 0; i < 5000; i++) ins.run("file" + i, i, i % 50 === 0 ? 1 : 0); })();
const range = `FROM dentry WHERE branch = 0 AND parent = ? AND name > ? ORDER BY name LIMIT ?`;
const A = db.prepare(`SELECT group_concat(name, '/'), group_concat(type, '') FROM (SELECT name, type ${range})`).raw();
const B = db.prepare(`SELECT group_concat(name, '/'), group_concat(name, '/') FILTER (WHERE type = 1), group_concat(name, '/') FILTER (WHERE type = 2) FROM (SELECT name, type ${range})`).raw();
const B2 = db.prepare(`SELECT group_concat(name, '/'), group_concat(name, '/') FILTER (WHERE type <> 0), group_concat(type, '') FILTER (WHERE type <> 0) FROM (SELECT name, type ${range})`).raw();
const C = db.prepare(`SELECT group_concat(name, '/') FROM (SELECT name ${range})`).raw();
const D = db.prepare(`SELECT group_concat(name, '/'), group_concat(name, '/') FILTER (WHERE type <> 0) FROM dentry WHERE branch = 0 AND parent = ? AND name > ?`).raw();
const E = db.prepare(`SELECT name ${range}`).pluck();
const F = db.prepare(`SELECT name, type ${range}`).raw();
const G = db.prepare(`SELECT name, ino, type ${range}`);
const H = db.prepare(`SELECT name, ino, type ${range}`).raw();
const I = db.prepare(`SELECT group_concat(name, '/'), group_concat(name, '/') FILTER (WHERE type <> 0), group_concat(type||':'||ino, '/') FILTER (WHERE type <> 0) FROM (SELECT name, type, ino ${range})`).raw();
const A2 = db.prepare(`SELECT group_concat(name, '/'), group_concat(CASE type WHEN 0 THEN '0' WHEN 1 THEN '1' ELSE '2' END, '') FROM (SELECT name, type ${range})`).raw();
const A3 = db.prepare(`SELECT group_concat(name || CASE type WHEN 0 THEN '' WHEN 1 THEN '//' ELSE '///' END, '/') FROM (SELECT name, type ${range})`).raw();
const T: Record<string, () => any> = {
  A: () => A.get(7, "", 10000), B: () => B.get(7, "", 10000), B2: () => B2.get(7, "", 10000), C: () => C.get(7, "", 10000), D: () => D.get(7, ""), E: () => E.all(7, "", 10000), F: () => F.all(7, "", 10000), G: () => G.all(7, "", 10000), H: () => H.all(7, "", 10000), I: () => I.get(7, "", 10000),
  A2: () => A2.get(7, "", 10000), A3: () => A3.get(7, "", 10000),
  "A2+objects": () => { const [n, t] = A2.get(7, "", 10000) as string[]; return n.split("/").map((name, i) => ({ name, type: t.charCodeAt(i) === 48 ? "file" : "directory" })); },
  "B2+loop": () => { const [n, o] = B2.get(7, "", 10000) as string[]; const names = n.split("/"), other = o.split("/"); const out = new Array(names.length); let next = other[0], j = 0; for (let i = 0; i < names.length; i++) { const name = names[i]; let type = "file"; if (name === next) { type = "directory"; next = other[++j]; } out[i] = { name, type }; } return out; },
  "C+split": () => (C.get(7, "", 10000) as any)[0].split("/"),
  "B2+objects": () => { const [n, o] = B2.get(7, "", 10000) as string[]; const names = n.split("/"), other = o.split("/"); let j = 0; return names.map((name) => name === other[j] ? (j++, { name, type: "directory" }) : { name, type: "file" }); },
  "A+objects": () => { const [n, t] = A.get(7, "", 10000) as string[]; return n.split("/").map((name, i) => ({ name, type: t.charCodeAt(i) === 48 ? "file" : "directory" })); },
};
const res: Record<string, number[]> = {};
for (let r = 0; r < 30; r++) for (const k in T) { const t = performance.now(); for (let i = 0; i < 10; i++) T[k](); (res[k] ??= []).push((performance.now() - t) * 1e6 / 50000); }
for (const k in T) console.log(k.padEnd(12), res[k].sort((a, b) => a - b)[8].toFixed(0), "ns/entry");
