import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, type Provider } from "@vfs/core";
import { local } from "@vfs/local";
import { sqlite } from "@vfs/sqlite";

// Run by streaming.ts: passes 256 MiB through a store and prints, as JSON, how long it took and how the process grew.
const CHUNK = new Uint8Array(64 << 10).fill(7);
const BYTES = 256 << 20;

function* source(bytes: number): Generator<Uint8Array> {
  for (let done = 0; done < bytes; done += CHUNK.length) yield CHUNK;
}

const folder = await mkdtemp(join(tmpdir(), "vfs-bench-"));
try {
  const provider: Provider =
    process.argv[2] === "sqlite" ? sqlite({ file: join(folder, "x.db") }) : local({ root: folder });
  await using vfs = createVfs(provider);
  const pass = async (bytes: number): Promise<{ writeMs: number; readMs: number }> => {
    const began = performance.now();
    await vfs.writeStream("/large", source(bytes));
    const written = performance.now();
    let read = 0;
    for await (const chunk of vfs.readStream("/large")) read += chunk.length;
    if (read !== bytes) throw new Error(`${read} bytes came back of ${bytes}`);
    return { writeMs: written - began, readMs: performance.now() - written };
  };
  // What a first use costs once (code, buffers, caches of the store) is not growth.
  await pass(32 << 20);
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
  const times = await pass(BYTES);
  clearInterval(watch);
  peak = Math.max(peak, process.memoryUsage.rss());
  process.stdout.write(JSON.stringify({ ...times, grewBytes: peak - before }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
