// Streams a large file in and out, and says by how much the memory of the process has grown meanwhile, in bytes.
import { createVfs } from "@vfs/core";
import { local } from "../../src/index.ts";

const vfs = createVfs(local({ root: process.argv[2] ?? "" }));
const way = process.argv[3] ?? "";
const LARGE_BYTES = 256 << 20;
// What a first use costs once (code, buffers, the heap that V8 settles at) is no growth.
const FIRST_BYTES = 32 << 20;

// The same buffer again and again: what the source allocates is not what is measured.
const chunk = new Uint8Array(65_536);

function* source(bytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes; at += chunk.length) yield chunk.fill(at >> 16);
}

async function* later(bytes: number): AsyncGenerator<Uint8Array> {
  yield* source(bytes);
}

async function stream(bytes: number): Promise<void> {
  let count = 0;
  if (way === "sync") {
    vfs.sync.writeStream("/f", source(bytes));
    for (const part of vfs.sync.readStream("/f")) count += part.length;
  } else {
    await vfs.writeStream("/f", later(bytes));
    for await (const part of vfs.readStream("/f")) count += part.length;
  }
  if (count !== bytes) throw new Error(`${count} bytes came back of ${bytes}`);
}

// Kilobytes, the most so far.
const peak = (): number => process.resourceUsage().maxRSS << 10;

await stream(FIRST_BYTES);
const before = peak();
await stream(LARGE_BYTES);
console.log(peak() - before);
await vfs.close();
