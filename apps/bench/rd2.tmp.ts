import { createVfs } from "@vfs/core";
import { sqlite } from "@vfs/sqlite";
import { rmSync } from "node:fs";
rmSync("/tmp/t/sqlite-d/rd2.db", { force: true });
const prov: any = sqlite({ file: "/tmp/t/sqlite-d/rd2.db" });
const vfs = createVfs(prov);
await vfs.mkdir("/big"); await Promise.all(Array.from({ length: 5000 }, (_, i) => vfs.writeFile(`/big/file${i}`, "")));
const ctx = { sync: true, root: "/", umask: 0 };
const T: any = { facade: () => vfs.readdir("/big"), sync: () => vfs.sync.readdir("/big"), provider: () => prov.list("/big", {}, ctx), limited: () => prov.list("/big", {limit: 4999}, ctx) };
const res: any = {};
for (let r = 0; r < 40; r++) for (const k in T) { const t = performance.now(); for (let i = 0; i < 10; i++) await T[k](); (res[k] ??= []).push((performance.now() - t) * 1e6 / 50000); }
for (const k in T) console.log(k.padEnd(12), res[k].sort((a: number, b: number) => a - b)[10].toFixed(0), "ns/entry");
