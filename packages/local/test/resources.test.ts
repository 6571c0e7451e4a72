import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { local } from "../src/index.ts";
import { Folders } from "./folders.ts";

const folders = new Folders();
afterEach(() => folders.clean());

const descriptors = (): number => readdirSync("/proc/self/fd").length;

/** One after another of everything that opens something, also what fails and what is given up half-way. */
async function mixed(vfs: Vfs, count: number): Promise<void> {
  const data = new Uint8Array(100_000);
  const calls: readonly ((i: number) => unknown)[] = [
    (i) => vfs.writeFile(`/d${i % 40}/f`, data),
    (i) => vfs.mkdir(`/d${i % 40}`, { recursive: true }),
    (i) => vfs.readFile(`/d${i % 40}/f`),
    (i) => vfs.sync.readFile(`/d${i % 40}/f`),
    (i) => vfs.readdir(`/d${i % 40}/f`),
    (i) => vfs.readFile(`/d${i % 40}`),
    (i) => vfs.writeFile(`/d${i % 40}`, data),
    (i) => vfs.writeStream(`/d${i % 40}/s`, broken(data)),
    (i) => vfs.appendFile(`/d${i % 40}/f`, "x"),
    (i) => vfs.truncate(`/d${i % 40}/f`, 10),
    (i) => vfs.chmod(`/d${i % 40}/f`, 0o600),
    (i) => vfs.rename(`/d${i % 40}`, `/e${i % 40}`),
    (i) => vfs.rm(`/e${(i + 7) % 40}`, { recursive: true, force: true }),
    (i) => vfs.cp(`/d${i % 40}`, `/c${i % 40}`, { recursive: true }),
    (i) => vfs.copyFile(`/d${i % 40}/f`, `/d${i % 40}`),
    (i) => vfs.open(`/d${i % 40}/none/f`, "w"),
    (i) => vfs.open(`/d${i % 40}`, "r"),
    async (i) => (await vfs.open(`/d${i % 40}/o`, "a+")).close(),
    async (i) => {
      for await (const chunk of vfs.readStream(`/d${i % 40}/f`, { chunkSize: 3 }))
        if (chunk.length > 0) break;
    },
    (i) => [...vfs.sync.readStream(`/d${i % 40}/f`)],
  ];
  for (let i = 0; i < count; i++)
    try {
      await calls[i % calls.length]?.(Math.floor(i / 3));
    } catch (reason) {
      if (!isVfsError(reason) && reason !== BROKEN) throw reason;
    }
}

const BROKEN = new Error("the source broke");

function* broken(data: Uint8Array): Generator<Uint8Array> {
  yield data;
  throw BROKEN;
}

describe("local › descriptors", () => {
  it("are few while 1,000 mixed calls are made, and all given back after", async () => {
    const before = descriptors();
    const vfs = createVfs(local({ root: folders.make() }));
    await mixed(vfs, 1000);
    // The directories that are kept open, and nothing else.
    expect(descriptors() - before).toBeLessThan(100);
    await vfs.close();
    expect(descriptors()).toBe(before);
  });

  it("of directories are kept up to a bound", async () => {
    const before = descriptors();
    const vfs = createVfs(local({ root: folders.make() }));
    for (let i = 0; i < 400; i++) {
      await vfs.mkdir(`/d${i}`);
      await vfs.writeFile(`/d${i}/f`, "x");
    }
    expect(descriptors() - before).toBeLessThan(300);
    for (let i = 0; i < 400; i++) expect(await vfs.readFile(`/d${i}/f`, "utf8")).toBe("x");
    await vfs.close();
    expect(descriptors()).toBe(before);
  });

  it("of streams are given back at their end, and when they are given up", async () => {
    const vfs = createVfs(local({ root: folders.make() }));
    await vfs.writeFile("/f", new Uint8Array(300_000));
    const before = descriptors();
    for await (const chunk of vfs.readStream("/f")) expect(chunk.length).toBeGreaterThan(0);
    expect(descriptors()).toBe(before);
    for (const chunk of vfs.sync.readStream("/f")) if (chunk.length > 0) break;
    for await (const chunk of vfs.readStream("/f")) if (chunk.length > 0) break;
    for await (const chunk of vfs.readStream("/f", { start: 10, end: 20 })) expect(chunk.length).toBe(10);
    for await (const chunk of vfs.readStream("/f", { start: 400_000 })) expect(chunk.length).toBe(0);
    expect(descriptors()).toBe(before);
    await vfs.close();
  });

  it("of files that are still open are given back when the store is closed", async () => {
    const before = descriptors();
    const provider = local({ root: folders.make() });
    const vfs = createVfs(provider);
    await vfs.mkdir("/d");
    await vfs.writeFile("/d/f", new Uint8Array(500_000));
    const handle = await vfs.open("/d/f", "r+");
    const chunks = vfs.readStream("/d/f")[Symbol.asyncIterator]();
    await chunks.next();
    const pending = Promise.allSettled([
      ...Array.from({ length: 20 }, () => vfs.readFile("/d/f")),
      ...Array.from({ length: 20 }, (_, i) => vfs.writeFile(`/d/${i}`, "x")),
      ...Array.from({ length: 20 }, () => handle.read(new Uint8Array(100_000), 0, 100_000, 0)),
    ]);
    await vfs.close();
    await pending;
    expect(descriptors()).toBe(before);
  });
});

describe("local › memory", () => {
  const script = fileURLToPath(new URL("children/streamer.ts", import.meta.url));

  for (const way of ["async", "sync"])
    it(`grows by less than 32 MiB while 256 MiB are streamed in and out: ${way}`, () => {
      const args = ["--conditions=@vfs/source", script, folders.make(), way];
      const grown = Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
      expect(grown).toBeGreaterThanOrEqual(0);
      expect(grown).toBeLessThan(32 << 20);
    }, 60_000);
});
