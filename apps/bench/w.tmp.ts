import { createVfs } from "@vfs/core"; import { sqlite } from "@vfs/sqlite"; import { mkdtempSync, rmSync } from "node:fs";
const dir = mkdtempSync("/tmp/t/sqlite-d/w-"); const vfs = createVfs(sqlite({ file: dir + "/a.db" })); const K = Buffer.alloc(1024, 7);
for (let i = 0; i < 100; i++) await vfs.mkdir(`/d${i}`);
const what = process.argv[2], n = Number(process.argv[3] ?? 40000);
if (what === "rename") await vfs.mkdir("/ren");
const c0 = process.cpuUsage(), t = performance.now();
if (what === "write") for (let i = 0; i < n; i++) await vfs.writeFile(`/d${i % 100}/f${i}`, K);
if (what === "append") for (let i = 0; i < n; i++) await vfs.appendFile(`/app${i >> 10}`, K);
if (what === "rename") for (let i = 0; i < n; i += 2) { await vfs.rename("/ren", "/ren2"); await vfs.rename("/ren2", "/ren"); }
if (what === "write50") for (let i = 0; i < n; i += 50) await Promise.all(Array.from({ length: 50 }, (_, j) => vfs.writeFile(`/d${(i + j) % 100}/f${i + j}`, K)));
const c = process.cpuUsage(c0); console.log(what, "wall", ((performance.now() - t) * 1000 / n).toFixed(1), "cpu", ((c.user + c.system) / n).toFixed(1), "user", (c.user / n).toFixed(1), "sys", (c.system / n).toFixed(1));
await vfs.close(); rmSync(dir, { recursive: true });
