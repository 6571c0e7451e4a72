import { join } from "node:path";
import { createVfs, isVfsError, type VPath, type Vfs } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit } from "./audit.ts";
import { CONTEXT } from "./context.ts";
import { testDirectory } from "./directory.ts";
import { commitsInLog } from "./log.ts";

interface Bench {
  readonly vfs: Vfs;
  readonly file: string;
  /** How many transactions `action` takes. */
  readonly count: (action: () => unknown) => Promise<number>;
}

function bench(options: { durable?: boolean } = {}): Bench {
  const file = join(testDirectory(), "a.db");
  const vfs = createVfs(sqlite({ file, ...options }));
  const count: Bench["count"] = async (action) => {
    const before = commitsInLog(file);
    await action();
    return commitsInLog(file) - before;
  };
  return { vfs, file, count };
}

const codes = (results: readonly PromiseSettledResult<unknown>[]): string[] =>
  results.map((result) => {
    if (result.status === "fulfilled") return "ok";
    return isVfsError(result.reason) ? result.reason.code : "another error";
  });

describe("sqlite › commits", () => {
  it("100 files that are written in one turn › are one transaction", async () => {
    const { vfs, count } = bench();
    const writes = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 100 }, (_, i) => vfs.writeFile(`/f${i}`, `content ${i}`)));
    expect(await count(writes)).toBe(1);
    expect(await count(writes)).toBe(1);
    for (let i = 0; i < 100; i++) expect(await vfs.readFile(`/f${i}`, "utf8")).toBe(`content ${i}`);
    await vfs.close();
  });

  it("all kinds of changes › share a transaction, in the order of their calls", async () => {
    const { vfs, file, count } = bench();
    await vfs.writeFile("/old", "old");
    const mixed = (): Promise<unknown> =>
      Promise.all([
        vfs.mkdir("/d"),
        vfs.writeFile("/d/a", "one"),
        vfs.appendFile("/d/a", " two"),
        vfs.truncate("/d/a", 5),
        vfs.rename("/d/a", "/d/b"),
        vfs.copyFile("/d/b", "/d/c"),
        vfs.link("/d/b", "/d/e"),
        vfs.symlink("b", "/d/l"),
        vfs.chmod("/d/b", 0o600),
        vfs.unlink("/old"),
        vfs.rename("/d", "/moved"),
        vfs.writeFile("/moved/late", "late"),
      ]);
    expect(await count(mixed)).toBe(1);
    expect((await vfs.readdir("/", { recursive: true })).sort()).toEqual([
      "moved",
      "moved/b",
      "moved/c",
      "moved/e",
      "moved/l",
      "moved/late",
    ]);
    expect(await vfs.readFile("/moved/e", "utf8")).toBe("one t");
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("reads › take none, and see what was called before them", async () => {
    const { vfs, count } = bench();
    const written = vfs.writeFile("/f", "new");
    expect(await vfs.readFile("/f", "utf8")).toBe("new");
    expect((await vfs.stat("/f")).size).toBe(3);
    await written;
    const reads = (): Promise<unknown> =>
      Promise.all([
        vfs.readFile("/f"),
        vfs.readdir("/"),
        vfs.stat("/f"),
        vfs.exists("/none"),
        vfs.usage("/"),
      ]);
    expect(await count(reads)).toBe(0);
    const handle = await vfs.open("/f", "r");
    expect(await count(async () => (await vfs.open("/f", "r")).close())).toBe(0);
    await handle.close();
    await vfs.close();
  });

  it("a change that fails › takes none of the 49 others of its turn with it", async () => {
    const { vfs, file, count } = bench();
    await vfs.mkdir("/d/full", { recursive: true });
    await vfs.writeFile("/taken", "as it was");
    const failures: readonly [string, () => Promise<unknown>][] = [
      ["ENOENT", () => vfs.writeFile("/none/f", "x")],
      ["ENOENT", () => vfs.rename("/none", "/taken")],
      ["EEXIST", () => vfs.mkdir("/taken")],
      ["EEXIST", () => vfs.writeFile("/taken", "x", { flag: "wx" })],
      ["EISDIR", () => vfs.writeFile("/d", "x")],
      ["EISDIR", () => vfs.rename("/taken", "/d")],
      ["ENOTEMPTY", () => vfs.rmdir("/d")],
      ["EINVAL", () => vfs.rename("/d", "/d/full/d")],
      ["ESTALE", () => vfs.writeFile("/taken", "x", { ifMatch: "0-0" })],
      ["ELOOP", () => vfs.writeFile("/loop", "x")],
    ];
    await vfs.symlink("loop", "/loop");
    for (const [i, [code, fail]] of failures.entries()) {
      const write = (n: number): Promise<unknown> => vfs.writeFile(`/w${i}-${n}`, `content ${n}`);
      const all = Array.from({ length: 50 }, (_, n) => (n === 25 ? fail : () => write(n)));
      const results: PromiseSettledResult<unknown>[] = [];
      const commits = await count(async () =>
        results.push(...(await Promise.allSettled(all.map((one) => one())))),
      );
      expect(codes(results)).toEqual(all.map((_, n) => (n === 25 ? code : "ok")));
      expect(commits, `transactions beside ${code}`).toBe(1);
      const found = await Promise.all(
        all.map((_, n) => (n === 25 ? Promise.resolve("") : vfs.readFile(`/w${i}-${n}`, "utf8"))),
      );
      expect(found).toEqual(all.map((_, n) => (n === 25 ? "" : `content ${n}`)));
    }
    expect(await vfs.readFile("/taken", "utf8")).toBe("as it was");
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a synchronous change › is committed when it returns, and what was called before it too", async () => {
    const { vfs, file } = bench();
    const before = vfs.writeFile("/async", "one");
    vfs.sync.writeFile("/sync", "two");
    const beside = createVfs(sqlite({ file }));
    expect(beside.sync.readFile("/async", "utf8")).toBe("one");
    expect(beside.sync.readFile("/sync", "utf8")).toBe("two");
    const late = vfs.writeFile("/late", "three");
    expect(() => vfs.sync.mkdir("/sync")).toThrow(/EEXIST/);
    expect(beside.sync.readFile("/late", "utf8")).toBe("three");
    await Promise.all([before, late]);
    await beside.close();
    await vfs.close();
  });

  it("a change whose signal is aborted meanwhile › is not made", async () => {
    const { vfs } = bench();
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const write = vfs.writeFile("/f", "x", { signal: controller.signal });
    const other = vfs.writeFile("/g", "y");
    controller.abort(reason);
    await expect(write).rejects.toBe(reason);
    await other;
    expect(await vfs.readdir("/")).toEqual(["g"]);
    await vfs.close();
  });

  it("the caller's memory › may be used again as soon as a call has returned", async () => {
    const { vfs } = bench();
    const buffer = new Uint8Array(20_000).fill(1);
    const write = vfs.writeFile("/f", buffer);
    buffer.fill(2);
    const append = vfs.appendFile("/f", buffer);
    buffer.fill(3);
    await Promise.all([write, append]);
    const found = await vfs.readFile("/f");
    expect(found.subarray(0, 20_000).every((byte) => byte === 1)).toBe(true);
    expect(found.subarray(20_000).every((byte) => byte === 2)).toBe(true);
    await vfs.close();
  });

  it("more than fits into memory › is not kept waiting", async () => {
    const { vfs, file } = bench();
    const beside = createVfs(sqlite({ file }));
    const data = new Uint8Array(5 << 20);
    const writes = Array.from({ length: 7 }, (_, i) => vfs.writeFile(`/f${i}`, data));
    expect(beside.sync.readdir("/")).toEqual(["f0", "f1", "f2", "f3"]);
    await Promise.all(writes);
    expect(beside.sync.readdir("/").length).toBe(7);
    await beside.close();
    await vfs.close();
  });

  it("durable › is what a store, a call or a flush asks for, and what follows is not", async () => {
    const synchronous = vi.spyOn(Database.prototype, "exec");
    onTestFinished(() => synchronous.mockRestore());
    const asked = async (action: () => Promise<unknown>): Promise<unknown[]> => {
      synchronous.mockClear();
      await action();
      return synchronous.mock.calls.map(([sql]) => sql).filter((sql) => sql.includes("synchronous"));
    };
    const FULL = "PRAGMA synchronous = FULL";
    const NORMAL = "PRAGMA synchronous = NORMAL";
    const { vfs, count } = bench();
    expect(await asked(() => vfs.writeFile("/f", "x"))).toEqual([]);
    const both = (): Promise<unknown> =>
      Promise.all([vfs.appendFile("/g", "y"), vfs.writeFile("/f", "x", { durable: true })]);
    expect(await asked(async () => expect(await count(both)).toBe(1))).toEqual([FULL]);
    expect(await asked(() => vfs.appendFile("/g", "y"))).toEqual([NORMAL]);
    expect(await asked(() => vfs.appendFile("/g", "y", { durable: true }))).toEqual([FULL]);
    expect(await asked(() => vfs.writeStream("/s", ["y"]))).toEqual([NORMAL]);
    expect(await asked(() => vfs.writeStream("/s", ["y"], { durable: true }))).toEqual([FULL]);
    const handle = await vfs.open("/f", "r+");
    expect(await asked(() => handle.write("z", 1))).toEqual([]);
    expect(await asked(async () => expect(await count(() => handle.sync())).toBe(1))).toEqual([FULL]);
    await handle.close();
    await vfs.close();
    const always = bench({ durable: true });
    expect(await asked(() => always.vfs.writeFile("/f", "x"))).toEqual([FULL]);
    expect(await asked(() => always.vfs.writeFile("/f", "y"))).toEqual([]);
    await always.vfs.close();
  });

  it("the times of a directory › that are set between two new names in it move with the second", async () => {
    const { vfs } = bench();
    await vfs.mkdir("/d");
    const now = Date.now();
    await Promise.all([vfs.writeFile("/d/a", "x"), vfs.utimes("/d", 1, 1), vfs.writeFile("/d/b", "x")]);
    expect((await vfs.stat("/d")).mtimeMs).toBeGreaterThanOrEqual(now);
    await Promise.all([vfs.writeFile("/d/c", "x"), vfs.utimes("/d", 1, 1)]);
    expect((await vfs.stat("/d")).mtimeMs).toBe(1000);
    await vfs.close();
  });

  it("closing › commits what still waits", async () => {
    const { vfs, file } = bench();
    const provider = sqlite({ file });
    const waiting = provider.write?.("/f" as VPath, new Uint8Array(1), {}, CONTEXT);
    await provider.close?.();
    await waiting;
    expect(await vfs.readdir("/")).toEqual(["f"]);
    await vfs.close();
  });

  it.each([
    [false, 1],
    [true, 2],
  ])(
    "durable: %s › is NORMAL or FULL for SQLite from the first change on, and never OFF",
    async (durable, level) => {
      const pragma = vi.spyOn(Database.prototype, "pragma");
      const { vfs } = bench({ durable });
      const database = pragma.mock.contexts.at(-1) as Database.Database;
      pragma.mockRestore();
      const synchronous = (): unknown => database.pragma("synchronous", { simple: true });
      expect(synchronous()).toBe(1);
      await vfs.writeFile("/f", "x");
      expect(synchronous()).toBe(level);
      await vfs.close();
    },
  );
});
