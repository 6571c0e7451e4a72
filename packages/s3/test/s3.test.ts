import { CONTEXT } from "@vfs/conformance";
import { createVfs, type VPath } from "@vfs/core";
import { CreateMultipartUploadCommand } from "@aws-sdk/client-s3";
import { afterAll, describe, expect, it } from "vitest";
import { newBucket, newStore, reach } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { clientOf, Service } from "./service.ts";
import { s3 } from "../src/index.ts";

const MIB = 1 << 20;
const server = await S3Server.start();
afterAll(() => server.close());
const raw = clientOf(server);

describe("s3 › options", () => {
  it("are refused where they make no sense, with the fix", () => {
    const bucket = "b";
    expect(() => s3({ bucket: "" })).toThrow(/bucket must be a name/);
    expect(() => s3({ bucket, partBytes: 1 << 20 })).toThrow(/at least 5 MiB/);
    expect(() => s3({ bucket, concurrency: 0 })).toThrow(/concurrency must be at least 1/);
    expect(() => s3({ bucket, client: raw, region: "x" })).toThrow(/not both/);
    expect(() => s3({ bucket: "b--use1-az4--x-s3", transport: "fast" })).toThrow(/directory buckets/);
  });

  it("a client of one's own is used, and left open", async () => {
    const client = clientOf(server);
    const bucket = newBucket(server);
    for (const transport of ["sdk", "fast"] as const) {
      const vfs = createVfs(s3({ bucket, client, transport }));
      await vfs.writeFile("/f", transport);
      await vfs.close();
      expect((await new Service(client, bucket).get("f")).text).toBe(transport);
    }
  });

  it("credentials that nobody has are told of as what they are", async () => {
    const credentials = (): never => {
      // As the SDK fails when it has looked everywhere.
      throw Object.assign(new Error("Could not load credentials"), { name: "CredentialsProviderError" });
    };
    for (const transport of ["fast", "sdk"] as const) {
      const { endpoint } = reach(server);
      await using vfs = createVfs(
        s3({ bucket: "any", endpoint, forcePathStyle: true, credentials, transport }),
      );
      await expect(vfs.readFile("/f"), transport).rejects.toMatchObject({
        code: "EACCES",
        path: "/f",
        hint: expect.stringMatching(/^there are no credentials: .*AWS_ACCESS_KEY_ID/),
      });
    }
  });

  it("a prefix hides what is beside it", async () => {
    const bucket = newBucket(server);
    const service = new Service(raw, bucket);
    await service.put("team/a/f", "in");
    await service.put("team/ab", "beside");
    await using vfs = createVfs(s3({ bucket, ...reach(server), prefix: "/team/a/" }));
    expect(await vfs.readdir("/", { recursive: true })).toEqual(["f"]);
    await vfs.writeFile("/g", "x");
    expect(await service.keys()).toEqual(["team/a/f", "team/a/g", "team/ab"]);
  });
});

describe("s3 › what others have put there", () => {
  it("keys that no path can say are hidden, told, and in nobody's way", async () => {
    const bucket = newBucket(server);
    const foreign = ["d//x", "d/../y", "d/./z", `d/${"n".repeat(300)}`, "d/old_$folder$"];
    for (const key of [...foreign, "d/f"]) await new Service(raw, bucket).put(key, "x");
    const told: string[] = [];
    await using vfs = createVfs(s3({ bucket, ...reach(server), onForeignKey: (key) => told.push(key) }));
    expect(await vfs.readdir("/d")).toEqual(["f"]);
    expect(told.length).toBe(4);
    told.length = 0;
    expect(await vfs.readdir("/", { recursive: true })).toEqual(["d", "d/f"]);
    expect(told.sort()).toEqual([...foreign].sort());
    await vfs.rm("/d", { recursive: true });
    expect(await new Service(raw, bucket).keys()).toEqual([]);
  });

  it("where a file and a directory have one name, the directory counts", async () => {
    const bucket = newBucket(server);
    const service = new Service(raw, bucket);
    for (const key of ["a", "a-b", "a.txt", "a/b", "z"]) await service.put(key, key);
    await using vfs = createVfs(s3({ bucket, ...reach(server) }));
    expect((await vfs.stat("/a")).isDirectory()).toBe(true);
    for (const size of [1, 2, 3, 1000]) {
      server.pageSize = size;
      const entries = await vfs.readdir("/", { withFileTypes: true });
      const shown = entries.map(({ name, type }) => `${name} ${type}`).sort();
      expect(shown, `pages of ${size}`).toEqual(["a directory", "a-b file", "a.txt file", "z file"]);
    }
    server.pageSize = 1000;
    await expect(vfs.unlink("/a")).rejects.toMatchObject({ code: "EISDIR" });
  });

  it("modes, times and links of s3fs and times of rclone are read", async () => {
    const bucket = newBucket(server);
    const service = new Service(raw, bucket);
    await service.put("f", "x", {
      Metadata: { mode: "33152", uid: "1000", gid: "1001", mtime: "1500000000.25" },
    });
    await service.put("l", "f", { Metadata: { mode: "41471" } });
    await service.put("d/", "", { ContentLength: 0, Metadata: { mode: "16832" } });
    await using vfs = createVfs(s3({ bucket, ...reach(server) }));
    const { mode, uid, gid, mtimeMs } = await vfs.stat("/f");
    expect([mode & 0o7777, uid, gid, mtimeMs]).toEqual([0o600, 1000, 1001, 1_500_000_000_250]);
    expect(await vfs.readlink("/l")).toBe("f");
    expect(await vfs.readFile("/l", "utf8")).toBe("x");
    expect((await vfs.stat("/d")).mode & 0o7777).toBe(0o700);
  });

  it("and what is written here, they can read", async () => {
    const bucket = newBucket(server);
    await using vfs = createVfs(s3({ bucket, ...reach(server) }));
    await vfs.writeFile("/f", "x", { mode: 0o640 });
    await vfs.utimes("/f", 1, 1_500_000_000.5);
    await vfs.symlink("f", "/l");
    await vfs.mkdir("/d", { mode: 0o700 });
    const service = new Service(raw, bucket);
    expect((await service.head("f")).Metadata).toMatchObject({
      mode: String(0o100640),
      mtime: "1500000000.5",
    });
    expect((await service.head("l")).Metadata).toMatchObject({ mode: String(0o120777) });
    expect((await service.get("l")).text).toBe("f");
    expect((await service.head("d/")).Metadata).toMatchObject({ mode: String(0o040700) });
  });
});

describe("s3 › beside the filesystem", () => {
  it("presign › gives addresses that read and write for a while", async () => {
    const store = newStore(server);
    await using vfs = createVfs(store);
    await vfs.writeFile("/a b/ü+&.txt", "content");
    const url = await store.presign("/a b/ü+&.txt");
    expect(await (await fetch(url)).text()).toBe("content");
    expect((await fetch(url, { method: "DELETE" })).status).toBe(403);
    const put = await store.presign("/up", { method: "PUT", contentType: "text/csv", expiresSeconds: 5 });
    const headers = { "content-type": "text/csv" };
    expect((await fetch(put, { method: "PUT", body: "1,2", headers })).status).toBe(200);
    expect(
      (await fetch(put, { method: "PUT", body: "1,2", headers: { "content-type": "text/html" } })).status,
    ).toBe(403);
    expect((await vfs.stat("/up")).contentType).toBe("text/csv");
    server.now = () => Date.now() + 6000;
    expect((await fetch(put, { method: "PUT", body: "late", headers })).status).toBe(403);
    server.now = Date.now;
    expect(() => store.presign("/f", { expiresSeconds: 604_801 })).toThrow(RangeError);
  });

  it("history › gives the versions that a bucket keeps", async () => {
    const bucket = newBucket(server);
    server.bucket(bucket).versioning = "Enabled";
    const store = s3({ bucket, ...reach(server) });
    await using vfs = createVfs(store);
    for (const text of ["one", "two", "three"]) await vfs.writeFile("/f", text);
    await vfs.writeFile("/f2", "beside");
    await vfs.unlink("/f");
    server.pageSize = 2;
    const versions = await store.history("/f");
    server.pageSize = 1000;
    expect(versions.map(({ size, isRemoval }) => [size, isRemoval])[0]).toEqual([0, true]);
    expect(versions.length).toBe(4);
    const first = versions.find(({ size, isRemoval }) => size === 3 && !isRemoval);
    expect(["one", "two"]).toContain(
      new TextDecoder().decode(await store.readVersion("/f", first?.versionId ?? "")),
    );
    await expect(store.history("/none")).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("statMany › describes many, in their order", async () => {
    const store = newStore(server);
    await using vfs = createVfs(store);
    await vfs.writeFile("/f", "12345");
    await vfs.mkdir("/d");
    const stats = await store.statMany(["/d", "/none", "/f"]);
    expect(stats.map((stat) => stat?.type)).toEqual(["directory", undefined, "file"]);
  });

  it("cleanupUploads › ends what is old, and nothing else", async () => {
    const bucket = newBucket(server);
    const store = s3({ bucket, ...reach(server), prefix: "mine" });
    for (const Key of ["mine/a", "mine/b", "others/c"])
      await raw.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    expect(await store.cleanupUploads({ olderThanMs: 60_000 })).toBe(0);
    expect(await store.cleanupUploads({ olderThanMs: 0 })).toBe(2);
    expect([...server.bucket(bucket).uploads.values()].map(({ key }) => key)).toEqual(["others/c"]);
    await store.close();
  });

  it("moveTree › goes on where it was broken off", async () => {
    const store = newStore(server, { concurrency: 2, retry: { attempts: 1 } });
    await using vfs = createVfs(store);
    for (let i = 0; i < 20; i++) await vfs.writeFile(`/d/${i}`, `${i}`);
    const controller = new AbortController();
    const broken = store.moveTree("/d", "/e", {
      resume: true,
      signal: controller.signal,
      onProgress: (done) => done === 7 && controller.abort(new Error("broken off")),
    });
    await expect(broken).rejects.toThrow("broken off");
    expect((await vfs.readdir("/d")).length).toBe(20);
    server.log.clear();
    const told: number[] = [];
    await store.moveTree("/d", "/e", { resume: true, onProgress: (done) => void told.push(done) });
    expect(told).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(server.log.counts()["CopyObject"]).toBeLessThanOrEqual(13);
    expect((await vfs.readdir("/e")).length).toBe(20);
    expect(await vfs.exists("/d")).toBe(false);
  });

  it("a clock that is wrong is corrected by what the service says", async () => {
    const store = newStore(server);
    server.now = () => Date.now() + 3_600_000;
    expect((await store.write("/f" as VPath, new Uint8Array(3), {}, CONTEXT)).size).toBe(3);
    server.now = Date.now;
    await store.close();
  });
});

describe("s3 › streams", () => {
  it("a stream of 96 MiB takes little memory, both ways", async () => {
    const bucket = newBucket(server);
    await using vfs = createVfs(s3({ bucket, ...reach(server), concurrency: 4 }));
    let highest = 0;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      const chunk = new Uint8Array(MIB);
      for (let i = 0; i < 96; i++) {
        yield chunk.fill(i);
        highest = Math.max(highest, uploadedAhead(i));
      }
    };
    const uploadedAhead = (given: number): number => {
      const [upload] = server.bucket(bucket).uploads.values();
      const there = [...(upload?.parts.values() ?? [])].reduce((sum, { data }) => sum + data.length, 0);
      return given + 1 - there / MIB;
    };
    await vfs.writeStream("/f", source());
    // What was gathered first, the parts that are on their way, and the one that is filled.
    expect(highest).toBeLessThanOrEqual(17 + 8 * 5);
    let at = 0;
    for await (const chunk of vfs.readStream("/f", { chunkSize: MIB })) {
      expect(chunk[0]).toBe(at % 256);
      expect(chunk[MIB - 1]).toBe(at++ % 256);
    }
    expect(at).toBe(96);
  });
});
