// Does much in wide and deep trees, with as few descriptors as the process is given.
import { createVfs } from "@vfs/core";
import { local } from "../../src/index.ts";

const root = process.argv[2] ?? "";
const stores = Array.from({ length: 4 }, () => createVfs(local({ root })));
const deep = (top: string, depth: number): string => top + "/d".repeat(depth);

for (const [i, vfs] of stores.entries())
  for (let j = 0; j < 50; j++) {
    await vfs.mkdir(`/wide/${i}/${j}`, { recursive: true });
    await vfs.writeFile(`/wide/${i}/${j}/f`, "x");
    vfs.sync.readFile(`/wide/${i}/${j}/f`);
  }
const [vfs = createVfs(local({ root }))] = stores;
await vfs.mkdir(deep("/a", 150), { recursive: true });
await vfs.writeFile(`${deep("/a", 150)}/f`, "content");
await vfs.cp("/a", "/b", { recursive: true });
vfs.sync.cp("/b", "/c", { recursive: true });
console.log(await vfs.readFile(`${deep("/c", 150)}/f`, "utf8"));
await vfs.mkdir(deep("/e", 300), { recursive: true });
await vfs.rm("/e", { recursive: true });
vfs.sync.rm("/b", { recursive: true });
console.log((await vfs.readdir("/")).join(" "));
for (const store of stores) await store.close();
