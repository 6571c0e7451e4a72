import { join } from "node:path";
import { createVfs, type VPath, type Vfs } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek } from "./audit.ts";
import { CONTEXT } from "./context.ts";
import { testDirectory } from "./directory.ts";
import { randomBytes } from "./random.ts";
import { Child } from "./run-child.ts";

const MIB = 1 << 20;

const FILE = "/f" as VPath;

async function collect(
  vfs: Vfs,
  path: string,
  between: (bytes: number) => Promise<void>,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of vfs.readStream(path)) {
    parts.push(chunk);
    bytes += chunk.length;
    await between(bytes);
  }
  return Buffer.concat(parts);
}

describe("sqlite › streams", () => {
  it("256 MiB in and out › let the process grow by less than 32 MiB", { timeout: 120_000 }, async () => {
    const child = new Child("stream", join(testDirectory(), "a.db"), `${256 * MIB}`);
    const told = (await child.next()) as { grown: number; read: number };
    await child.end();
    expect(told.read).toBe(256 * MIB);
    expect(told.grown / MIB).toBeLessThan(32);
  });

  it("readStream › gives one version to the end, whoever writes meanwhile and however", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    const other = createVfs(sqlite({ file }));
    const changes: Record<string, () => Promise<unknown>> = {
      "a write in place": async () => {
        const handle = await other.open("/f", "r+");
        await handle.write(randomBytes(2 * MIB, 9), 0, 2 * MIB, MIB);
        await handle.close();
      },
      "a replacement": () => other.writeFile("/f", randomBytes(MIB, 8)),
      "a cut": () => other.truncate("/f", 10),
      "an append": () => vfs.appendFile("/f", "more"),
      "a removal": () => other.unlink("/f"),
    };
    for (const [what, change] of Object.entries(changes)) {
      const data = randomBytes(4 * MIB + 77, 1);
      await vfs.writeFile("/f", data);
      let changed = false;
      const found = await collect(vfs, "/f", async () => {
        if (!changed) await change();
        changed = true;
      });
      expect(Buffer.compare(found, data), `content beside ${what}`).toBe(0);
    }
    await other.close();
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("readStream › that is left early, or fails, keeps nothing", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", new Uint8Array(4 * MIB));
    const nameless = (): unknown => peek(file, "SELECT count(*) FROM inode WHERE nlink = 0")[0];
    for await (const chunk of vfs.readStream("/f")) {
      expect(chunk.length).toBeGreaterThan(0);
      expect(nameless()).toBe(1);
      break;
    }
    expect(nameless()).toBe(0);
    const controller = new AbortController();
    const reason = new Error("enough");
    const read = collectUntil(vfs, controller, reason);
    await expect(read).rejects.toBe(reason);
    expect(nameless()).toBe(0);
    for (const chunk of vfs.sync.readStream("/f")) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(nameless()).toBe(0);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("neither way › is anything locked while the other side waits", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    const other = new Database(file, { timeout: 0 });
    const write = other.prepare("UPDATE branch SET name = name || '.'");
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 5; i++) {
        yield randomBytes(MIB, i);
        expect(write.run().changes).toBe(1);
      }
    };
    await vfs.writeStream("/f", source());
    const found = await collect(vfs, "/f", async () => {
      expect(write.run().changes).toBe(1);
      // With a read transaction open somewhere, the log could not begin anew.
      expect(other.pragma("wal_checkpoint(RESTART)")).toMatchObject([{ busy: 0 }]);
    });
    expect(
      Buffer.compare(found, Buffer.concat(Array.from({ length: 5 }, (_, i) => randomBytes(MIB, i)))),
    ).toBe(0);
    other.close();
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("writeStream › whose source fails after many pieces leaves nothing", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "old");
    const reason = new Error("the source broke");
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 5; i++) yield new Uint8Array(MIB);
      expect(peek(file, "SELECT count(*) FROM block")[0]).toBeGreaterThan(0);
      throw reason;
    };
    await expect(vfs.writeStream("/f", source())).rejects.toBe(reason);
    await expect(vfs.writeStream("/new", source())).rejects.toBe(reason);
    expect(peek(file, "SELECT count(*) FROM block")[0]).toBe(0);
    const failing = function* (): Generator<Uint8Array> {
      for (let i = 0; i < 5; i++) yield new Uint8Array(MIB);
      throw reason;
    };
    expect(() => vfs.sync.writeStream("/f", failing())).toThrow(reason);
    expect(await vfs.readFile("/f", "utf8")).toBe("old");
    expect(await vfs.readdir("/")).toEqual(["f"]);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("readStream › with ifMatch fails when the file was changed before the first chunk is asked for", async () => {
    const provider = sqlite({ file: ":memory:" });
    const { etag: ifMatch } = (await provider.write?.(FILE, new Uint8Array(3 * MIB), {}, CONTEXT)) ?? {};
    const open = async (): Promise<AsyncIterator<Uint8Array>> => {
      const stream = (await provider.readStream?.(FILE, { ifMatch }, CONTEXT)) as AsyncIterable<Uint8Array>;
      return stream[Symbol.asyncIterator]();
    };
    const unchanged = await open();
    expect((await unchanged.next()).done).toBe(false);
    await unchanged.return?.();
    const stream = await open();
    await provider.append?.(FILE, new Uint8Array(1), {}, CONTEXT);
    await expect(stream.next()).rejects.toThrow(/ESTALE/);
    await provider.close?.();
  });

  it("writeStream › keeps its conditions, though the file changes while it runs", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    const slow = async function* (meanwhile: () => Promise<unknown>): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(2 * MIB);
      await meanwhile();
      yield new Uint8Array(2 * MIB);
    };
    await vfs.writeFile("/f", "one");
    const { etag } = await vfs.stat("/f");
    await expect(
      vfs.writeStream(
        "/f",
        slow(() => vfs.writeFile("/f", "two")),
        { ifMatch: etag },
      ),
    ).rejects.toThrow(/ESTALE/);
    await expect(
      vfs.writeStream(
        "/g",
        slow(() => vfs.writeFile("/g", "first")),
        { flag: "wx" },
      ),
    ).rejects.toThrow(/EEXIST/);
    await vfs.mkdir("/d");
    await expect(
      vfs.writeStream(
        "/d/h",
        slow(() => vfs.rmdir("/d")),
      ),
    ).rejects.toThrow(/ENOENT/);
    await expect(
      vfs.writeStream(
        "/i",
        slow(() => vfs.mkdir("/i")),
      ),
    ).rejects.toThrow(/EISDIR/);
    expect([await vfs.readFile("/f", "utf8"), await vfs.readFile("/g", "utf8")]).toEqual(["two", "first"]);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });
});

async function collectUntil(vfs: Vfs, controller: AbortController, reason: Error): Promise<void> {
  for await (const chunk of vfs.readStream("/f", { signal: controller.signal }))
    if (chunk.length > 0) controller.abort(reason);
}
