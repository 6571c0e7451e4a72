// Writes one version of a file after another, and says of each when it is there, until it is killed.
import { createVfs } from "@vfs/core";
import { local } from "../../src/index.ts";

const vfs = createVfs(local({ root: process.argv[2] ?? "" }));
const way = process.argv[3] ?? "";

for (let version = 1; ; version++) {
  const text = `${version}\n`.repeat(40_000);
  if (way === "sync") vfs.sync.writeFile("/d/f", text);
  else if (way === "stream") await vfs.writeStream("/d/f", [text.slice(0, 70_000), text.slice(70_000)]);
  else if (way === "copy") {
    await vfs.writeFile("/next", text);
    await vfs.copyFile("/next", "/d/f");
  } else await vfs.writeFile("/d/f", text);
  process.send?.(version);
}
