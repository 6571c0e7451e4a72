import { createVfs } from "@vfs/core";
import { sqlite } from "/work/wt-sqlite/packages/sqlite/src/index.ts";
import { rmSync } from "node:fs";
const what = process.argv[2];
for (const s of ["", "-wal", "-shm"]) rmSync("/tmp/bs/prof.db" + s, { force: true });
const vfs = createVfs(sqlite({ file: "/tmp/bs/prof.db" }));
const N = Number(process.argv[3] ?? 20000),
  data = new Uint8Array(1024).fill(7);
for (let i = 0; i < N / 40; i++) await vfs.mkdir(`/r/${i}`, { recursive: true });
const paths = Array.from({ length: N }, (_, i) => `/r/${Math.floor(i / 40)}/file${i}`);
async function inFlight(action: (p: string) => Promise<unknown>) {
  let next = 0;
  const work = async () => {
    for (let p = paths[next++]; p !== undefined; p = paths[next++]) await action(p);
  };
  await Promise.all(Array.from({ length: 50 }, work));
}
const t = async (l: string, f: () => Promise<unknown>) => {
  const c = process.cpuUsage();
  const a = performance.now();
  await f();
  const d = process.cpuUsage(c);
  console.log(
    l,
    (((performance.now() - a) / N) * 1e3).toFixed(2),
    "us wall",
    (d.user / N).toFixed(2),
    "user",
    (d.system / N).toFixed(2),
    "sys",
  );
};
for (let k = 0; k < 3; k++) {
  if (what === "many" || what === "all") {
    await t("50", () => inFlight((p) => vfs.writeFile(p + k, data)));
  }
  if (what === "one" || what === "all") {
    await t("1", async () => {
      for (const p of paths) await vfs.writeFile(p + "o" + k, data);
    });
  }
  if (what === "read" || what === "all") {
    if (k === 0) await inFlight((p) => vfs.writeFile(p, data));
    await t("read", async () => {
      for (const p of paths) await vfs.readFile(p);
    });
  }
  if (what === "stat" || what === "all") {
    if (k === 0) await inFlight((p) => vfs.writeFile(p, data));
    await t("stat", async () => {
      for (const p of paths) await vfs.stat(p);
    });
  }
  if (what === "append") {
    await t("append", async () => {
      for (let i = 0; i < N; i++) await vfs.appendFile("/log" + k, data);
    });
  }
  if (what === "rename") {
    await t("rename", async () => {
      for (let i = 0; i < N; i++) {
        await vfs.rename("/r/0", "/r/x");
        await vfs.rename("/r/x", "/r/0");
      }
    });
  }
}
await vfs.close();
