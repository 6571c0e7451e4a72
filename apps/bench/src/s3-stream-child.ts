import { createVfs } from "@vfs/core";
import { s3 } from "@vfs/s3";

// Run by s3.ts: writes 1 GiB to a bucket and reads it back; prints, as JSON, how long it took and how the process grew.
const [endpoint = "", connections = "8"] = process.argv.slice(2);
const CHUNK = new Uint8Array(1 << 20).fill(7);
const BYTES = 1 << 30;

function* source(bytes: number): Generator<Uint8Array> {
  for (let done = 0; done < bytes; done += CHUNK.length) yield CHUNK;
}

const credentials = { accessKeyId: "AKTEST", secretAccessKey: "SKTEST" };
await using vfs = createVfs(
  s3({ bucket: "bench", endpoint, credentials, forcePathStyle: true, concurrency: Number(connections) }),
);

/** How long something takes, and how much more memory the process has meanwhile than before. */
async function measured(action: () => Promise<void>): Promise<{ ms: number; grewBytes: number }> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
  const began = performance.now();
  await action();
  const ms = performance.now() - began;
  clearInterval(watch);
  return { ms, grewBytes: Math.max(peak, process.memoryUsage.rss()) - before };
}

const write = async (bytes: number): Promise<void> => {
  await vfs.writeStream("/large", source(bytes));
};
const read = async (bytes: number): Promise<void> => {
  let count = 0;
  for await (const part of vfs.readStream("/large", { chunkSize: 1 << 20 })) count += part.length;
  if (count !== bytes) throw new Error(`${count} bytes came back of ${bytes}`);
};

// What a first use costs once, in code and connections, is not growth.
await vfs.writeFile("/small", CHUNK);
await vfs.readFile("/small");
const written = await measured(() => write(BYTES));
const got = await measured(() => read(BYTES));
const [writeMs, readMs] = [written.ms, got.ms];
const sizes = { writeGrewBytes: written.grewBytes, readGrewBytes: got.grewBytes };
console.log(JSON.stringify({ bytes: BYTES, writeMs, readMs, ...sizes }));
