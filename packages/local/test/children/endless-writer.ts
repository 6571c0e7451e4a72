// Begins to write a file, or to copy a tree, and never finishes: it is killed.
import { createVfs } from "@vfs/core";
import { local } from "../../src/index.ts";

const vfs = createVfs(local({ root: process.argv[2] ?? "" }));
const chunk = new Uint8Array(100_000);

async function* endless(): AsyncGenerator<Uint8Array> {
  yield chunk;
  process.send?.("ready");
  await new Promise(() => setInterval(() => undefined, 1000));
}

await vfs.writeStream("/d/unfinished", endless());
