import { createVfs, type Vfs } from "@vfs/core";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { newBucket, reach } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { s3 } from "../src/index.ts";

const MIB = 1 << 20;
const server = await S3Server.start();
afterAll(() => server.close());
beforeEach(() => server.log.clear());

/** What an action costs, by operation. */
async function costOf(action: () => Promise<unknown>): Promise<Record<string, number>> {
  server.log.clear();
  await action();
  return server.log.counts();
}

/** Puts objects into a bucket, past the store that is tried. */
function fill(bucket: string, keys: readonly string[]): void {
  const target = server.bucket(bucket);
  for (const key of keys)
    target.put(key, { data: Buffer.from(key), headers: { "content-type": "x" }, checksum: undefined });
}

const many = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(5, "0")}`);

for (const transport of ["fast", "sdk"] as const)
  describe(`s3 › costs › ${transport}`, () => {
    const fresh = (keys: readonly string[] = []): Vfs => {
      const bucket = newBucket(server);
      fill(bucket, keys);
      return createVfs(s3({ bucket, ...reach(server), transport }));
    };

    it("stat › is two requests side by side, of a file and of nothing", async () => {
      await using vfs = fresh(["f"]);
      expect(await costOf(() => vfs.stat("/f"))).toEqual({ HeadObject: 1, ListObjectsV2: 1 });
      expect(await costOf(() => vfs.exists("/none"))).toEqual({ HeadObject: 1, ListObjectsV2: 1 });
    });

    it("stat › is one request of a file that was seen before, as long as it is there", async () => {
      const bucket = newBucket(server);
      await using vfs = createVfs(s3({ bucket, ...reach(server), transport }));
      await vfs.writeFile("/f", "x");
      expect(await costOf(() => vfs.stat("/f"))).toEqual({ HeadObject: 1 });
      await using other = createVfs(s3({ bucket, ...reach(server), transport }));
      await other.rm("/f");
      await other.writeFile("/f/in", "x");
      expect((await vfs.stat("/f")).isDirectory()).toBe(true);
      expect(await costOf(() => vfs.stat("/f"))).toEqual({ HeadObject: 1, ListObjectsV2: 1 });
    });

    it("read › side by side is one request for what lies near, and exact for what does not", async () => {
      await using vfs = fresh();
      // A length that is a prime: no two places look alike.
      const data = new Uint8Array(
        Buffer.alloc(6 * MIB, Buffer.from(Array.from({ length: 251 }, (_, at) => at))),
      );
      await vfs.writeFile("/f", data);
      const near = [5, 3, 4, 3.5, 3].map((at) => ({ start: at * 65_536, end: at * 65_536 + 4096 }));
      const far = [
        { start: 3 * MIB, end: 3 * MIB + 10 },
        { start: 6 * MIB - 5, end: 6 * MIB + 5 },
        { start: 9 * MIB, end: 9 * MIB + 1 },
      ];
      const all = [...near, ...far];
      let got: Uint8Array[] = [];
      const cost = await costOf(async () => {
        got = await Promise.all(all.map((range) => vfs.readFile("/f", range)));
      });
      for (const [at, { start, end }] of all.entries()) expect(got[at]).toEqual(data.slice(start, end));
      expect(cost).toEqual({ GetObject: 4, HeadObject: 1 });
      const sent = server.log.entries
        .filter(({ status }) => status === 206)
        .map(({ responseBytes }) => responseBytes);
      expect(sent.toSorted((a, b) => a - b)).toEqual([5, 10, 2 * 65_536 + 4096]);
      got[0]?.fill(0);
      expect(got[4]).toEqual(data.slice(3 * 65_536, 3 * 65_536 + 4096));
      await expect(
        Promise.all([0, 1].map((start) => vfs.readFile("/none", { start, end: 9 }))),
      ).rejects.toMatchObject({ code: "ENOENT", path: "/none" });
    });

    it("readFile › up to 8 MiB is one request", async () => {
      await using vfs = fresh(["a/deep/path/f"]);
      expect(await costOf(() => vfs.readFile("/a/deep/path/f"))).toEqual({ GetObject: 1 });
      await vfs.writeFile("/large", new Uint8Array(8 * MIB));
      expect(await costOf(() => vfs.readFile("/large"))).toEqual({ GetObject: 1 });
      await vfs.writeFile("/larger", new Uint8Array(16 * MIB + 1));
      expect(await costOf(() => vfs.readFile("/larger"))).toEqual({ GetObject: 3 });
      expect(await costOf(() => vfs.readFile("/larger", { start: 9 * MIB, end: 9 * MIB + 10 }))).toEqual({
        GetObject: 1,
      });
      expect(server.log.entries[0]?.responseBytes).toBe(10);
    });

    it("writeFile › up to 16 MiB is one request, for a new file and over one that was seen", async () => {
      await using vfs = fresh();
      expect(await costOf(() => vfs.writeFile("/f", "x"))).toEqual({ PutObject: 1 });
      expect(await costOf(() => vfs.writeFile("/f", new Uint8Array(16 * MIB)))).toEqual({ PutObject: 1 });
      await vfs.mkdir("/d");
      expect(await costOf(() => vfs.writeFile("/d/f", "x"))).toEqual({ PutObject: 1 });
      expect(await costOf(() => vfs.writeFile("/d/f", "x", { flag: "w" }))).toEqual({ PutObject: 1 });
      expect(await costOf(() => vfs.writeFile("/d/g", "x", { flag: "wx" }))).toEqual({ PutObject: 1 });
      const { etag: ifMatch } = await vfs.stat("/d/g");
      expect(await costOf(() => vfs.writeFile("/d/g", "y", { ifMatch }))).toEqual({ PutObject: 1 });
      expect(await costOf(() => vfs.writeFile("/larger", new Uint8Array(16 * MIB + 1)))).toEqual({
        CreateMultipartUpload: 1,
        UploadPart: 3,
        CompleteMultipartUpload: 1,
      });
    });

    it("writeFile › looks once at where a directory leads, and at a file that was not seen before it is replaced", async () => {
      await using vfs = fresh(["seen", "a/b/old"]);
      expect(await costOf(() => vfs.writeFile("/a/b/new", "x"))).toEqual({
        HeadObject: 2,
        ListObjectsV2: 1,
        PutObject: 1,
      });
      expect(await costOf(() => vfs.writeFile("/a/b/next", "x"))).toEqual({ PutObject: 1 });
      expect(await costOf(() => vfs.writeFile("/seen", "x"))).toEqual({ HeadObject: 1, PutObject: 2 });
      expect(await costOf(() => vfs.writeFile("/seen", "y"))).toEqual({ PutObject: 1 });
    });

    it("readdir › of n entries is a request a thousand", async () => {
      await using vfs = fresh([...many("d/", 2500), ...many("d/sub/", 2000)]);
      expect(await costOf(() => vfs.readdir("/d"))).toEqual({ ListObjectsV2: 3 });
      expect((await vfs.readdir("/d")).length).toBe(2501);
    });

    it("find › is one request a thousand keys, whatever the depth", async () => {
      const keys = many("", 1200).map((name, i) => `t/${i % 7}/${i % 5}/${i % 3}/${name}`);
      await using vfs = fresh(keys);
      let count = 0;
      const cost = await costOf(async () => {
        for await (const entry of vfs.find("/t", { type: "file" })) if (entry.isFile()) count++;
      });
      expect(count).toBe(1200);
      expect(cost).toEqual({ ListObjectsV2: 2 });
      expect(await costOf(() => vfs.readdir("/t", { recursive: true }))).toEqual({ ListObjectsV2: 2 });
    });

    it("find › by size looks only at what fits", async () => {
      await using vfs = fresh([...many("t/", 300), `t/${"x".repeat(200)}`]);
      const found: string[] = [];
      const cost = await costOf(async () => {
        for await (const { name } of vfs.find("/t", { minBytes: 100 })) found.push(name);
      });
      expect(found).toEqual(["x".repeat(200)]);
      expect(cost).toEqual({ HeadObject: 1, ListObjectsV2: 1 });
    });

    it("find › goes no deeper than it is asked to", async () => {
      await using vfs = fresh([...many("t/deep/er/", 3000), "t/z/f", "t/f"]);
      const found: string[] = [];
      const cost = await costOf(async () => {
        for await (const { path } of vfs.find("/t", { maxDepth: 2 })) found.push(path);
      });
      expect(found.sort()).toEqual(["/t/deep", "/t/deep/er", "/t/f", "/t/z", "/t/z/f"]);
      expect(cost).toEqual({ ListObjectsV2: 2 });
    });

    it("rm -r › of n is a listing and a removal a thousand", async () => {
      await using vfs = fresh(many("t/a/", 2500));
      const cost = await costOf(() => vfs.rm("/t", { recursive: true }));
      expect(cost).toEqual({ ListObjectsV2: 3, DeleteObjects: 3 });
      expect(await vfs.readdir("/")).toEqual([]);
    });

    it("copyFile › inside a bucket is one request, and no byte of it", async () => {
      await using vfs = fresh();
      await vfs.writeFile("/f", new Uint8Array(3 * MIB));
      expect(await costOf(() => vfs.copyFile("/f", "/g"))).toEqual({ CopyObject: 1 });
      expect(server.log.entries[0]?.requestBytes).toBe(0);
    });

    it("rename › of a file is two looks, a copy and a removal", async () => {
      await using vfs = fresh();
      await vfs.writeFile("/f", "x");
      expect(await costOf(() => vfs.rename("/f", "/g"))).toEqual({
        HeadObject: 2,
        ListObjectsV2: 2,
        CopyObject: 1,
        DeleteObject: 1,
      });
    });

    it("unlink › of what was seen is one request", async () => {
      await using vfs = fresh();
      await vfs.writeFile("/f", "x");
      expect(await costOf(() => vfs.unlink("/f"))).toEqual({ DeleteObject: 1 });
    });

    it("cp -r › copies each object with one request", async () => {
      await using vfs = fresh(many("t/a/", 120));
      const cost = await costOf(() => vfs.cp("/t", "/copy", { recursive: true }));
      expect(cost["CopyObject"]).toBe(120);
      expect(cost["GetObject"] ?? 0).toBe(0);
      expect(cost["PutObject"] ?? 0).toBe(0);
    });

    it("appendFile › to a large file sends what is new, and copies the rest in the service", async () => {
      await using vfs = fresh();
      await vfs.writeFile("/f", new Uint8Array(9 * MIB).fill(1));
      const cost = await costOf(() => vfs.appendFile("/f", "tail"));
      expect(cost).toEqual({
        GetObject: 1,
        CreateMultipartUpload: 1,
        UploadPartCopy: 1,
        UploadPart: 1,
        CompleteMultipartUpload: 1,
      });
      expect(server.log.entries.reduce((sum, { requestBytes }) => sum + requestBytes, 0)).toBeLessThan(2000);
      const after = await vfs.readFile("/f");
      expect(after.length).toBe(9 * MIB + 4);
      expect(new TextDecoder().decode(after.subarray(-5))).toBe("\u0001tail");
    });

    it("truncate › of a large file copies what stays in the service", async () => {
      await using vfs = fresh();
      const data = new Uint8Array(14 * MIB);
      for (let at = 0; at < data.length; at += 65_536) data.fill(at >> 16, at, at + 65_536);
      await vfs.writeFile("/f", data);
      await vfs.truncate("/f", 9 * MIB + 3);
      server.log.clear();
      await vfs.truncate("/f", 9 * MIB + 1);
      expect(server.log.entries.reduce((sum, { requestBytes }) => sum + requestBytes, 0)).toBeLessThan(2000);
      await vfs.truncate("/f", 12 * MIB);
      expect(Buffer.compare(await vfs.readFile("/f"), data.fill(0, 9 * MIB + 1).subarray(0, 12 * MIB))).toBe(
        0,
      );
    });

    it("a handle › on a large file sends what is new, and what fills a part up, and copies the rest in the service", async () => {
      await using vfs = fresh();
      const data = new Uint8Array(18 * MIB);
      for (let i = 0; i < 18; i++) data.fill(i, i * MIB, (i + 1) * MIB);
      await vfs.writeFile("/f", data);
      const handle = await vfs.open("/f", "r+");
      const cost = await costOf(async () => {
        for (const at of [7 * MIB, 7 * MIB + 5, 8 * MIB, 7 * MIB + 2]) await handle.write("new", at);
        await handle.sync();
      });
      // One stretch of 5 MiB: a part can be no shorter.
      expect(cost).toEqual({
        HeadObject: 1,
        CreateMultipartUpload: 1,
        UploadPartCopy: 2,
        GetObject: 1,
        UploadPart: 1,
        CompleteMultipartUpload: 1,
      });
      const moved = server.log.entries.map(({ requestBytes, responseBytes }) => requestBytes + responseBytes);
      expect(moved.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(10 * MIB + 4000);
      for (const at of [7 * MIB, 7 * MIB + 5, 8 * MIB]) data.set(Buffer.from("new"), at);
      data.set(Buffer.from("new"), 7 * MIB + 2);
      await handle.close();
      expect(Buffer.compare(await vfs.readFile("/f"), data)).toBe(0);
    });

    it("a handle › that cuts or lengthens a large file sends nothing of it but the zeros", async () => {
      await using vfs = fresh();
      await vfs.writeFile("/f", new Uint8Array(12 * MIB).fill(1));
      const handle = await vfs.open("/f", "r+");
      await handle.truncate(9 * MIB);
      expect(await costOf(() => handle.sync())).toEqual({
        HeadObject: 1,
        CreateMultipartUpload: 1,
        UploadPartCopy: 1,
        CompleteMultipartUpload: 1,
      });
      await handle.truncate(9 * MIB + 7);
      await costOf(() => handle.close());
      expect(server.log.counts()).toMatchObject({ UploadPartCopy: 1, UploadPart: 1 });
      expect(server.log.entries.reduce((sum, { requestBytes }) => sum + requestBytes, 0)).toBeLessThan(2000);
      expect((await vfs.stat("/f")).size).toBe(9 * MIB + 7);
    });

    it("an operation on one path › does not list what is beside it", async () => {
      expect.hasAssertions();
      await using vfs = fresh(many("d/", 3000));
      for (const action of [
        () => vfs.stat("/d"),
        () => vfs.stat("/d/00001"),
        () => vfs.readFile("/d/none").catch(() => undefined),
        () => vfs.mkdir("/d/new"),
        () => vfs.writeFile("/d/f", "x"),
        () => vfs.rename("/d/f", "/d/g"),
        () => vfs.unlink("/d/g"),
        () => vfs.rmdir("/d").catch(() => undefined),
        () => vfs.chmod("/d/00002", 0o600),
      ]) {
        await costOf(action);
        const lists = server.log.entries.filter(({ op }) => op === "ListObjectsV2");
        for (const { query } of lists) expect(Number(query["max-keys"])).toBeLessThanOrEqual(2);
      }
    });
  });
