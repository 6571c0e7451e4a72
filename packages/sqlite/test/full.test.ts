import { join } from "node:path";
import { createVfs } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { sqlite } from "../src/index.ts";
import { BEAT_MS } from "../src/sessions.ts";
import { audit, peek } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { code, limited } from "./limited.ts";
import { randomBytes } from "./random.ts";

describe("sqlite › full", () => {
  it("a transaction that does not fit › fails every call in it with ENOSPC and its own path, and changes nothing", async () => {
    const file = join(testDirectory(), "a.db");
    const { vfs, leave } = limited(file);
    await vfs.mkdir("/d/e", { recursive: true });
    await vfs.writeFile("/d/f", "old");
    const before = [await vfs.usage("/"), await vfs.stat("/d/f")];
    leave(20);
    const failed = await Promise.all([
      code(vfs.writeFile("/d/f", "new")),
      code(vfs.rename("/d", "/moved")),
      code(vfs.mkdir("/moved/e/g")),
      code(vfs.open("/opened", "w")),
      code(vfs.writeFile("/large", new Uint8Array(1 << 20))),
      code(vfs.readFile("/moved/f")),
    ]);
    expect(failed).toEqual(
      ["/d/f", "/d", "/moved/e/g", "/opened", "/large", "/moved/f"].map((path) => `ENOSPC ${path}`),
    );
    expect([await vfs.usage("/"), await vfs.stat("/d/f")]).toEqual(before);
    expect(await vfs.readdir("/", { recursive: true })).toEqual(["d", "d/e", "d/f"]);
    expect(() => vfs.sync.writeFile("/large", new Uint8Array(1 << 20))).toThrow(/ENOSPC/);
    expect(await code(vfs.writeStream("/large", [new Uint8Array(3 << 20)]))).toBe("ENOSPC /large");
    // What was learned in a transaction that was undone must not be believed.
    await vfs.writeFile("/d/e/small", "fits");
    leave(100_000);
    await vfs.writeFile("/large", new Uint8Array(1 << 20));
    await vfs.rename("/d", "/moved");
    expect((await vfs.readdir("/", { recursive: true })).sort()).toEqual([
      "large",
      "moved",
      "moved/e",
      "moved/e/small",
      "moved/f",
    ]);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("what was learned in a transaction that was undone › is not believed, though another store comes as far", async () => {
    const file = join(testDirectory(), "a.db");
    const { vfs, leave } = limited(file);
    const other = createVfs(sqlite({ file }));
    await vfs.mkdir("/d/e", { recursive: true });
    for (const name of ["a", "b", "c"]) await vfs.writeFile(`/${name}`, "x");
    const handle = await vfs.open("/a", "r");
    const undone = async (): Promise<void> => {
      leave(20);
      const learning = [vfs.rename("/d", "/moved"), vfs.stat("/moved/e"), vfs.mkdir("/moved/g")];
      learning.push(vfs.writeFile("/large", new Uint8Array(1 << 20)));
      expect((await Promise.all(learning.map(code))).every((one) => one.startsWith("ENOSPC"))).toBe(true);
      leave(100_000);
    };
    // The same number of changes as were undone: the revision and the shape are the same again.
    await undone();
    await other.rename("/d", "/elsewhere");
    expect(await vfs.exists("/moved/e")).toBe(false);
    await other.rename("/elsewhere", "/d");
    await undone();
    await Promise.all([other.unlink("/b"), other.unlink("/c")]);
    await Promise.all(["/f", "/h", "/i"].map((path) => other.mkdir(path)));
    expect(peek(file, "SELECT count(*) FROM held")).toEqual([2]);
    await vfs.writeFile("/g", "x");
    expect(peek(file, "SELECT count(*) FROM held")).toEqual([0]);
    await handle.close();
    await other.close();
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a database that cannot be written › gives EROFS, and is read", async () => {
    const file = join(testDirectory(), "a.db");
    const { vfs, database } = limited(file);
    await vfs.writeFile("/f", "content");
    database?.pragma("query_only = 1");
    expect(await code(vfs.writeFile("/f", "new"))).toBe("EROFS /f");
    expect(() => vfs.sync.mkdir("/d")).toThrow(/EROFS.*cannot be written/);
    expect(await vfs.readFile("/f", "utf8")).toBe("content");
    database?.pragma("query_only = 0");
    await vfs.writeFile("/f", "new");
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a stream and a handle whose transaction was undone › are open no more, and their numbers are somebody else's", async () => {
    const file = join(testDirectory(), "a.db");
    const { vfs, leave } = limited(file);
    await vfs.writeFile("/f", new Uint8Array(3 << 20));
    leave(20);
    const stream = vfs.readStream("/f")[Symbol.asyncIterator]();
    const undone = [stream.next(), vfs.open("/new", "w"), vfs.writeFile("/large", new Uint8Array(1 << 20))];
    expect((await Promise.allSettled(undone)).at(-1)?.status).toBe("rejected");
    await stream.return?.();
    leave(100_000);
    expect(peek(file, "SELECT count(*) FROM session")).toEqual([0]);
    const handle = await vfs.open("/f", "r");
    expect(peek(file, "SELECT count(*) FROM session")).toEqual([1]);
    await handle.close();
    const names = ["a", "b", "c", "d", "e"];
    await Promise.all(names.map((name) => vfs.writeFile(`/${name}`, name)));
    await Promise.all([...names, "f"].map((name) => vfs.unlink(`/${name}`)));
    expect(
      peek(file, "SELECT count(*) FROM inode WHERE nlink = 0 UNION ALL SELECT count(*) FROM held"),
    ).toEqual([0, 0]);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a session whose leaving was undone › leaves with the next beat", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const file = join(testDirectory(), "a.db");
    const { vfs, leave } = limited(file);
    await vfs.writeFile("/f", "content");
    await (await vfs.open("/f", "r")).close();
    const sessions = (): unknown => peek(file, "SELECT count(*) FROM session")[0];
    leave(20);
    vi.advanceTimersByTime(BEAT_MS);
    expect(await code(vfs.writeFile("/large", new Uint8Array(1 << 20)))).toBe("ENOSPC /large");
    expect(sessions()).toBe(1);
    vi.advanceTimersByTime(BEAT_MS);
    await vfs.writeFile("/small", "fits");
    expect(sessions()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    await vfs.close();
  });

  it("a transaction that does not fit › is tried once more with the log begun anew", async () => {
    const file = join(testDirectory(), "a.db");
    const { vfs, leave } = limited(file);
    await vfs.writeFile("/f", new Uint8Array(1 << 20));
    const original: Database.Database["pragma"] = Reflect.get(Database.prototype, "pragma");
    const pragma = vi.spyOn(Database.prototype, "pragma");
    onTestFinished(() => pragma.mockRestore());
    const restarts = (): number =>
      pragma.mock.calls.filter(([text]) => text.includes("wal_checkpoint")).length;
    const large = (): Promise<string>[] => [
      code(vfs.unlink("/f")),
      code(vfs.unlink("/none")),
      code(vfs.writeFile("/large", new Uint8Array(3 << 20))),
    ];
    leave(20);
    expect(await Promise.all(large())).toEqual(["ENOSPC /f", "ENOSPC /none", "ENOSPC /large"]);
    expect(restarts()).toBe(1);
    pragma.mockImplementation(function (this: Database.Database, text, options) {
      const result: unknown = original.call(this, text, options);
      if (text.includes("wal_checkpoint")) original.call(this, "max_page_count = 100000");
      return result;
    });
    expect(await Promise.all(large())).toEqual(["ok", "ENOENT /none", "ok"]);
    pragma.mockRestore();
    expect(await vfs.readdir("/")).toEqual(["large"]);
    expect((await vfs.usage("/")).files).toBe(1);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("where nothing can be written › files are opened and streamed all the same, and a stream gives one version or ESTALE", async () => {
    const file = join(testDirectory(), "a.db");
    const { vfs, database } = limited(file);
    const data = randomBytes(3 << 20, 1);
    await vfs.writeFile("/f", data);
    database?.pragma("query_only = 1");
    const handle = await vfs.open("/f", "r");
    const { buffer } = await handle.read(new Uint8Array(10), 0, 10, 5);
    expect(Buffer.compare(buffer, data.subarray(5, 15))).toBe(0);
    const chunks: Uint8Array[] = [];
    for await (const chunk of vfs.readStream("/f")) chunks.push(chunk);
    expect(Buffer.compare(Buffer.concat(chunks), data)).toBe(0);
    expect(Buffer.compare(Buffer.concat([...vfs.sync.readStream("/f")]), data)).toBe(0);
    expect(await code(vfs.open("/f", "w"))).toBe("EROFS /f");
    const stream = vfs.readStream("/f")[Symbol.asyncIterator]();
    await stream.next();
    database?.pragma("query_only = 0");
    await vfs.appendFile("/f", "more");
    // What was read ahead is of the one version still.
    const rest = async (): Promise<void> => {
      for (let at = 64 << 10; ; at += 64 << 10) {
        const { done, value } = await stream.next();
        if (done === true) return;
        expect(Buffer.compare(value, data.subarray(at, at + value.length))).toBe(0);
      }
    };
    expect(await code(rest())).toBe("ESTALE /f");
    // What is opened without a session is kept all the same when it is removed here.
    await vfs.unlink("/f");
    expect((await handle.read(buffer, 0, 10, 5)).bytesRead).toBe(10);
    await handle.close();
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });
});
