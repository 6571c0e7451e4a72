import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createVfs } from "@vfs/core";
import { sqlite } from "@vfs/sqlite";
import Database from "better-sqlite3";
import { AgentFS } from "agentfs-sdk";

const OWN = process.argv.includes("own");
const only = process.argv.find((a) => a.startsWith("only="))?.slice(5).split(",");
const ROUNDS = Number(process.argv.find((a) => a.startsWith("rounds="))?.slice(7) ?? 5);
const ONLYOURS = process.argv.includes("ours");
const dir = mkdtempSync("/tmp/t/sqlite-d/b-");
const KIB = Buffer.alloc(1024, 7);
const PIECE = Buffer.alloc(65536, 9);
type P = any;
async function agent(own: boolean, file: string): Promise<P> {
  let fs: any;
  if (own) fs = (await AgentFS.open({ path: file })).fs;
  else {
    const db = new Database(file);
    db.pragma("journal_mode = WAL"); db.pragma("synchronous = NORMAL");
    const cache = new Map<string, any>();
    const adapter = { prepare: (s: string) => { let x = cache.get(s); if (!x) cache.set(s, (x = db.prepare(s))); return x; }, exec: (s: string) => db.exec(s), close: () => db.close() };
    fs = (await (AgentFS as any).openWith(adapter)).fs;
  }
  return {
    name: own ? "agentfs" : "agentfs/b3",
    mkdir: (p: string) => fs.mkdir(p), write: (p: string, d: any) => fs.writeFile(p, d), read: (p: string) => fs.readFile(p), stat: (p: string) => fs.stat(p),
    readdir: (p: string) => fs.readdir(p), rename: (a: string, b: string) => fs.rename(a, b),
    walk: async (p: string) => { let n = 0; const go = async (d: string) => { for (const e of await fs.readdirPlus(d)) { n++; if (e.stats.isDirectory()) await go(`${d}/${e.name}`); } }; await go(p); return n; },
    cp: async (a: string, b: string) => { await fs.mkdir(b); for (const n of await fs.readdir(a)) await fs.copyFile(`${a}/${n}`, `${b}/${n}`); },
    appends: async (p: string, n: number) => { await fs.writeFile(p, ""); const h = await fs.open(p); for (let i = 0; i < n; i++) await h.pwrite(i * 1024, KIB); },
    rand: async (p: string, at: number[]) => { const h = await fs.open(p); for (const a of at) await h.pread(a, 4096); },
    streamw: async (p: string, bytes: number) => { await fs.writeFile(p, ""); const h = await fs.open(p); for (let i = 0; i < bytes; i += 65536) await h.pwrite(i, PIECE); },
    streamr: async (p: string, bytes: number) => { const h = await fs.open(p); let n = 0; for (let i = 0; i < bytes; i += 65536) n += (await h.pread(i, 65536)).length; if (n !== bytes) throw new Error("short"); },
  };
}
function ours(file: string): P {
  const vfs = createVfs(sqlite({ file }));
  return {
    name: "ours", mkdir: (p: string) => vfs.mkdir(p), write: (p: string, d: any) => vfs.writeFile(p, d), read: (p: string) => vfs.readFile(p), stat: (p: string) => vfs.stat(p),
    readdir: (p: string) => vfs.readdir(p), rename: (a: string, b: string) => vfs.rename(a, b),
    walk: async (p: string) => (await vfs.readdir(p, { recursive: true })).length, find: async (p: string) => { let n = 0; for await (const _ of vfs.find(p)) n++; return n; },
    cp: (a: string, b: string) => vfs.cp(a, b, { recursive: true }),
    appends: async (p: string, n: number) => { await vfs.writeFile(p, ""); for (let i = 0; i < n; i++) await vfs.appendFile(p, KIB); },
    rand: async (p: string, at: number[]) => { const h = await vfs.open(p); const b = Buffer.alloc(4096); for (const a of at) await h.read(b, 0, 4096, a); await h.close(); },
    streamw: (p: string, bytes: number) => vfs.writeStream(p, (function* () { for (let i = 0; i < bytes; i += 65536) yield PIECE; })()),
    streamr: async (p: string, bytes: number) => { let n = 0; for await (const c of vfs.readStream(p)) n += c.length; if (n !== bytes) throw new Error("short"); },
  };
}
function raw(file: string): P {
  const db = new Database(file); db.pragma("journal_mode = WAL"); db.pragma("synchronous = NORMAL");
  db.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, d BLOB)");
  const ins = db.prepare("INSERT INTO t(d) VALUES(?)"), sel = db.prepare("SELECT d FROM t WHERE id=?");
  const b = db.prepare("BEGIN IMMEDIATE"), c = db.prepare("COMMIT");
  return { name: "raw", raw: true, write: async () => { ins.run(KIB); }, batch: async (n: number) => { b.run(); for (let i = 0; i < n; i++) ins.run(KIB); c.run(); }, readN: async (i: number) => sel.get(i) };
}
const VAR = process.argv.find((a) => a.startsWith("var="))?.slice(4).split("/");
const CPU = process.argv.includes("cpu");
const clock = () => { if (!CPU) return performance.now(); const c = process.cpuUsage(); return (c.user + c.system) / 1000; };
function variant(v: string, i: number): P {
  for (const k of Object.keys(process.env)) if (k.startsWith("VFS_")) delete process.env[k];
  for (const kv of v.split(",")) if (kv) { const [k, x] = kv.split("="); process.env["VFS_" + k] = x; }
  const o = ours(join(dir, `v${i}.db`)); o.name = i === 0 ? "ours" : v; return o;
}
const peers: P[] = VAR ? VAR.map(variant) : ONLYOURS ? [ours(join(dir, "o.db"))] : [ours(join(dir, "o.db")), await agent(false, join(dir, "a3.db")), raw(join(dir, "r.db"))];
if (OWN) peers.push(await agent(true, join(dir, "a.db")));
const rnd = (n: number) => Math.floor(Math.random() * n);
const results = new Map<string, Map<string, number[]>>();
async function row(name: string, units: (p: P) => number, f: (p: P, round: number) => Promise<any>, rounds = ROUNDS, prep?: (p: P, round: number) => Promise<any>) {
  if (only && !only.includes(name)) return;
  const m = new Map<string, number[]>(); results.set(name, m);
  for (let r = 0; r < rounds; r++) for (const p of peers) {
    if (p.name === "agentfs" && r > 0) continue;
    await prep?.(p, r);
    const t = clock();
    const u = await f(p, r);
    if (u === "skip") continue;
    const rate = units(p) / ((clock() - t) / 1000);
    if (!m.has(p.name)) m.set(p.name, []);
    m.get(p.name)!.push(rate);
  }
  const med = (p: string) => { const s = [...(m.get(p) ?? [])].sort((a, b) => a - b); return s[s.length >> 1] ?? NaN; };
  const o = med("ours");
  console.log(name.padEnd(10), ...peers.map((p) => `${p.name} ${fmt(med(p.name))} (${(o / med(p.name)).toFixed(2)}x)`.padEnd(30)));
}
const fmt = (n: number) => n > 1e6 ? (n / 1e6).toFixed(2) + "M" : n > 1e3 ? (n / 1e3).toFixed(1) + "k" : n.toFixed(1);
const N = 5000;
const path = (r: number, i: number, t = "w") => `/${t}${r}_${i % 100}/f${i}`;
const dirs = async (p: P, r: number, t: string) => { for (let i = 0; i < 100; i++) await p.mkdir(`/${t}${r}_${i}`); };
await row("write", () => N, async (p, r) => { for (let i = 0; i < N; i++) await p.write(path(r, i), KIB); }, ROUNDS, async (p, r) => p.raw || dirs(p, r, "w"));
await row("write50", () => N, async (p, r) => { if (p.raw) { for (let i = 0; i < N; i += 50) await p.batch(50); return; } for (let i = 0; i < N; i += 50) await Promise.all(Array.from({ length: 50 }, (_, j) => p.write(path(r, i + j, "v"), KIB))); }, ROUNDS, async (p, r) => p.raw || dirs(p, r, "v"));
await row("over", () => N, async (p) => { if (p.raw) return "skip"; for (let i = 0; i < N; i++) await p.write(path(0, i), KIB); });
const some = async (p: P) => { if (p.raw) { for (let i = 0; i < N; i += 50) await p.batch(50); return; } if (p.some) return; p.some = true; await dirs(p, 0, "s"); for (let i = 0; i < N; i++) await p.write(path(0, i, "s"), KIB); };
await row("read", () => N, async (p) => { if (p.raw) { for (let i = 1; i <= N; i++) await p.readN(i); return; } for (let i = 0; i < N; i++) await p.read(path(0, i, "s")); }, ROUNDS, some);
await row("readconc", () => N, async (p) => { if (p.raw) return "skip"; for (let i = 0; i < N; i += 50) await Promise.all(Array.from({ length: 50 }, (_, j) => p.read(path(0, i + j, "s")))); }, ROUNDS, some);
await row("stat", () => N, async (p) => { if (p.raw) return "skip"; for (let i = 0; i < N; i++) await p.stat(path(0, i, "s")); }, ROUNDS, some);
const big = async (p: P) => { if (p.raw || p.big) return; p.big = true; await p.mkdir("/big"); for (let i = 0; i < 5000; i++) await p.write(`/big/file${i}`, ""); };
await row("readdir", () => 5000 * 20, async (p) => { if (p.raw) return "skip"; for (let i = 0; i < 20; i++) await p.readdir("/big"); }, ROUNDS, big);
const tree = async (p: P) => { if (p.raw || p.tree) return; p.tree = true; await p.mkdir("/tree"); for (let i = 0; i < 100; i++) { await p.mkdir(`/tree/d${i}`); for (let j = 0; j < 50; j++) await p.write(`/tree/d${i}/f${j}`, KIB); } };
await row("walk", () => 5100 * 5, async (p) => { if (p.raw) return "skip"; for (let i = 0; i < 5; i++) if (await p.walk("/tree") < 5100) throw new Error("few"); }, ROUNDS, tree);
await row("find", () => 5100 * 5, async (p) => { if (p.raw) return "skip"; for (let i = 0; i < 5; i++) if (await (p.find ?? p.walk)("/tree") < 5100) throw new Error("few"); }, ROUNDS, tree);
const ren = async (p: P) => { if (p.raw || p.ren) return; p.ren = true; await p.mkdir("/ren"); for (let i = 0; i < 1000; i++) await p.write(`/ren/file${i}`, KIB); };
await row("rename", () => 1000, async (p) => { if (p.raw) return "skip"; for (let i = 0; i < 500; i++) { await p.rename("/ren", "/ren2"); await p.rename("/ren2", "/ren"); } }, ROUNDS, ren);
await row("cp", () => 1000, async (p, r) => { if (p.raw) return "skip"; await p.cp("/ren", `/cp${r}`); }, ROUNDS, ren);
await row("append", () => 1000, async (p, r) => { if (p.raw) return "skip"; await p.appends(`/app${r}`, 1000); });
const at = Array.from({ length: 3000 }, () => rnd((64 << 20) - 4096));
const rand = async (p: P) => { if (p.raw || p.rnd) return; p.rnd = true; await p.streamw("/rand", 64 << 20); };
await row("randread", () => at.length, async (p) => { if (p.raw) return "skip"; await p.rand("/rand", at); }, ROUNDS, rand);
const size = (p: P) => (p.name === "agentfs" ? 8 : 256);
await row("streamw", size, async (p) => { if (p.raw) return "skip"; await p.streamw("/stream", size(p) << 20); }, Math.min(3, ROUNDS));
await row("streamr", size, async (p) => { if (p.raw) return "skip"; await p.streamr("/stream", size(p) << 20); }, ROUNDS, only && !only.includes("streamw") ? async (p, r) => { if (!p.raw && r === 0) await p.streamw("/stream", size(p) << 20); } : undefined);
const deepDir = Array.from({ length: 15 }, (_, i) => `/level${i}`);
const deep = async (p: P) => { if (p.raw || p.deep) return; p.deep = true; let d = ""; for (const x of deepDir) await p.mkdir((d += x)); for (let i = 0; i < 100; i++) await p.write(`${d}/f${i}`, KIB); };
await row("deepstat", () => 5000, async (p) => { if (p.raw) return "skip"; const d = deepDir.join(""); for (let i = 0; i < 5000; i++) await p.stat(`${d}/f${i % 100}`); }, ROUNDS, deep);
rmSync(dir, { recursive: true });
process.exit(0);
