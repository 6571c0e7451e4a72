import { createVfs, type VfsError } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { bridgeTo } from "./bridge-to.ts";

describe("syncBridge", () => {
  it("provider › mounts into a Vfs, and both faces work on the same files", async () => {
    await using bridge = await bridgeTo("delayed-memory");
    const vfs = createVfs(memory());
    await vfs.mount("/s3", bridge.provider);
    vfs.sync.writeFile("/s3/a.txt", "one");
    await vfs.appendFile("/s3/a.txt", " two");
    vfs.sync.cp("/s3/a.txt", "/b.txt");
    expect(vfs.sync.readFile("/b.txt", "utf8")).toBe("one two");
    expect(bridge.sync.readFile("/a.txt", "utf8")).toBe("one two");
    expect(vfs.mounts().find(({ path }) => path === "/s3")?.provider).toBe("memory");
    await vfs.close();
  });

  it("sync › has handles, listings, searches and streams", async () => {
    await using bridge = await bridgeTo("delayed-memory");
    const { sync } = bridge;
    sync.mkdir("/d/e", { recursive: true });
    sync.writeFile("/d/e/f.txt", "alpha\nbeta\n");
    sync.symlink("e/f.txt", "/d/link");
    using file = sync.open("/d/link", "r+");
    sync.rename("/d/e/f.txt", "/d/e/g.txt");
    file.write("gamma", 11);
    const into = new Uint8Array(20).fill(1);
    expect(file.read(into, 2, 15, 4)).toEqual({ bytesRead: 12, buffer: into });
    expect(new TextDecoder().decode(into.subarray(2, 14))).toBe("a\nbeta\ngamma");
    expect([into[0], into[1], into[14]]).toEqual([1, 1, 1]);
    file.close();
    expect([...sync.opendir("/d")].map(({ name }) => name).toSorted()).toEqual(["e", "link"]);
    expect([...sync.find("/", { name: "*.txt" })].map(({ path }) => path)).toEqual(["/d/e/g.txt"]);
    expect([...sync.grep("/d", /^b/)].map(({ line, text }) => [line, text])).toEqual([[2, "beta"]]);
    expect([...sync.readStream("/d/e/g.txt", { chunkSize: 8 })].map(({ length }) => length)).toEqual([8, 8]);
    for (const chunk of sync.readStream("/d/e/g.txt", { chunkSize: 4 })) {
      expect(chunk.length).toBe(4);
      break;
    }
    expect(sync.writeStream("/copy", sync.readStream("/d/e/g.txt", { chunkSize: 3 }))).toBe(16);
    expect(sync.readFile("/copy", "utf8")).toBe("alpha\nbeta\ngamma");
  });

  it("roundTrips › a small read is one, whether it waits or not", async () => {
    await using bridge = await bridgeTo("delayed-memory");
    const { sync } = bridge;
    sync.writeFile("/a", "x");
    const before = bridge.roundTrips;
    for (let i = 0; i < 1000; i++) sync.readFile("/a");
    expect(bridge.roundTrips - before).toBe(1000);
    const vfs = createVfs(bridge.provider);
    await Promise.all(Array.from({ length: 100 }, () => vfs.readFile("/a")));
    expect(bridge.roundTrips - before).toBe(1100);
  });

  it("readFile › 64 MiB go over whole, in one round trip each way", async () => {
    await using bridge = await bridgeTo("delayed-memory");
    const { sync } = bridge;
    const data = new Uint8Array(64 << 20).map((_, i) => i * 31);
    const before = bridge.roundTrips;
    sync.writeFile("/big", data);
    expect(bridge.roundTrips - before).toBe(1);
    expect(data.byteLength).toBe(64 << 20);
    const read = sync.readFile("/big");
    expect(bridge.roundTrips - before).toBe(2);
    expect(Buffer.compare(read, data)).toBe(0);
    let at = 0;
    for (const chunk of sync.readStream("/big", { chunkSize: 8 << 20 })) {
      expect(Buffer.compare(chunk, data.subarray(at, at + chunk.length))).toBe(0);
      at += chunk.length;
    }
    expect(at).toBe(64 << 20);
  });

  it("writeFile › takes a part of a buffer, and leaves it to the caller", async () => {
    await using bridge = await bridgeTo("delayed-memory");
    const whole = Uint8Array.of(0, 1, 2, 3, 4, 5);
    bridge.sync.writeFile("/a", whole.subarray(2, 4));
    bridge.sync.appendFile("/a", new Uint8Array(new SharedArrayBuffer(2)));
    expect(whole).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5));
    expect(bridge.sync.readFile("/a")).toEqual(Uint8Array.of(2, 3, 0, 0));
  });

  it("readFile › gives bytes of a pool without the pool", async () => {
    await using bridge = await bridgeTo("unruly");
    const read = bridge.sync.readFile("/pooled");
    expect(new TextDecoder().decode(read)).toBe("from the pool");
    expect(read.buffer.byteLength).toBe(read.length);
  });

  it("errors › arrive as they were, with what was beneath them", async () => {
    await using bridge = await bridgeTo("unruly");
    const quota = thrownBy(() => bridge.sync.readFile("/throttled")) as VfsError;
    expect(quota).toMatchObject({
      "~vfs": true,
      code: "EDQUOT",
      errno: -122,
      syscall: "get",
      path: "/elsewhere",
      reason: "quota",
      hint: "ask later",
      retryable: true,
    });
    expect(quota.cause).toBeInstanceOf(TypeError);
    expect(quota.cause).toMatchObject({ message: "fetch failed", code: "ECONNRESET", errno: -104 });
    const plain = thrownBy(() => bridge.sync.readFile("/plain-error")) as Error;
    expect(plain).toBeInstanceOf(RangeError);
    expect(plain).toMatchObject({ message: "no such range", code: "ERR_X", size: 3, cause: "the store" });
    expect(plain.stack).toContain("unruly.ts");
  });

  it("errors › of a source are the caller's own, and nothing is written", async () => {
    await using bridge = await bridgeTo("delayed-memory");
    const mine = new Error("mine");
    function* failing(): Generator<Uint8Array> {
      yield new Uint8Array(10);
      throw mine;
    }
    expect(thrownBy(() => bridge.sync.writeStream("/a", failing()))).toBe(mine);
    const vfs = createVfs(bridge.provider);
    const later = (async function* () {
      yield* failing();
    })();
    await expect(vfs.writeStream("/a", later)).rejects.toBe(mine);
    expect(bridge.sync.exists("/a")).toBe(false);
  });

  it("writeStream › ends its source when the store gives up half-way", async () => {
    await using bridge = await bridgeTo("unruly");
    let ended = 0;
    function* counted(): Generator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(10);
      } finally {
        ended++;
      }
    }
    expect(() => bridge.sync.writeStream("/half", counted())).toThrow("ENOSPC");
    expect(ended).toBe(1);
    const later = (async function* () {
      yield* counted();
    })();
    await expect(createVfs(bridge.provider).writeStream("/half", later)).rejects.toThrow("ENOSPC");
    expect(ended).toBe(2);
  });

  it("signal › ends a call in the worker, with the caller's reason", async () => {
    await using bridge = await bridgeTo("unruly");
    const vfs = createVfs(bridge.provider);
    const controller = new AbortController();
    const read = vfs.readFile("/until-aborted", { signal: controller.signal });
    await vfs.exists("/");
    controller.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    expect(await vfs.readFile("/aborted")).toEqual(Uint8Array.of(1));
    const another = new AbortController();
    const chunks = vfs.readStream("/endless", { signal: another.signal })[Symbol.asyncIterator]();
    expect((await chunks.next()).done).toBe(false);
    const next = chunks.next();
    await vfs.exists("/");
    another.abort(new Error("no more"));
    await expect(next).rejects.toThrow("no more");
  });

  it("another › makes a second store in the same thread, which outlives the first", async () => {
    await using bridge = await bridgeTo("delayed-memory");
    const first = createVfs(bridge.provider);
    const second = createVfs(await bridge.another(5));
    first.sync.writeFile("/a", "1");
    expect(second.sync.exists("/a")).toBe(false);
    await first.close();
    second.sync.writeFile("/a", "2");
    await second.close();
    await expect(bridge.another()).rejects.toMatchObject({ code: "EIO" });
  });
});

/** What `action` throws. */
function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (reason) {
    return reason;
  }
  throw new Error("nothing was thrown");
}
