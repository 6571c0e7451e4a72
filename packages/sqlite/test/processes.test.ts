import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createVfs, isVfsError } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { sqlite } from "../src/index.ts";
import { machineName } from "../src/machine.ts";
import { BEAT_MS } from "../src/sessions.ts";
import { audit, peek } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { Child } from "./run-child.ts";

const nameless = (file: string): unknown => peek(file, "SELECT count(*) FROM inode WHERE nlink = 0")[0];

describe("sqlite › processes", () => {
  it(
    "two that write, rename, append and count on one file › lose nothing",
    { timeout: 120_000 },
    async () => {
      const file = join(testDirectory(), "a.db");
      const vfs = createVfs(sqlite({ file }));
      await vfs.writeFile("/counter", "0");
      const count = 60;
      const children = ["one", "two"].map((name) => new Child("share", file, name, `${count}`));
      // A third one, this one, beside them.
      for (let i = 0; i < count; i++) await vfs.appendFile("/log", `three ${i}\n`);
      await Promise.all(children.map((child) => child.end()));
      expect(await vfs.readFile("/counter", "utf8")).toBe(`${2 * count}`);
      const lines = (names: readonly string[]): string[] =>
        names.flatMap((name) => Array.from({ length: count }, (_, i) => `${name} ${i}`)).sort();
      const linesOf = async (path: string): Promise<string[]> =>
        (await vfs.readFile(path, "utf8")).split("\n").filter(Boolean).sort();
      expect(await linesOf("/log")).toEqual(lines(["one", "two", "three"]));
      expect(await linesOf("/log-by-handle")).toEqual(lines(["one", "two"]));
      for (const name of ["one", "two"])
        for (let i = 0; i < count; i++)
          expect(await vfs.readFile(`/${name}/${i}`, "utf8")).toBe(`${name} ${i}`);
      await vfs.close();
      expect(audit(file)).toEqual([]);
    },
  );

  it("a file that another one removes › stays readable and writable for who has it open", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "content");
    await vfs.writeFile("/g", "content");
    const child = new Child("hold", file, "/f");
    expect(await child.next()).toBe("open");
    await vfs.unlink("/f");
    await vfs.unlink("/g");
    expect(await vfs.readdir("/")).toEqual([]);
    expect(await child.ask("read")).toBe("content");
    // Whoever opens the file now must not clear up what a living process has open.
    await createVfs(sqlite({ file })).close();
    expect(await child.ask("write")).toBe(0);
    expect(await child.ask("read")).toBe("written without a name");
    // What it had not open it has let go of when it wrote.
    expect(nameless(file)).toBe(1);
    expect(await child.ask("close")).toBe("closed");
    await child.end();
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a process that is killed with a removed file open › leaves it to who opens the store next", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "content");
    const child = new Child("hold", file, "/f");
    expect(await child.next()).toBe("open");
    await vfs.unlink("/f");
    await vfs.close();
    await child.kill();
    expect(nameless(file)).toBe(1);
    await createVfs(sqlite({ file })).close();
    expect(audit(file)).toEqual([]);
  });

  it("a process that was killed › does not keep what others remove", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "content");
    const child = new Child("hold", file, "/f");
    expect(await child.next()).toBe("open");
    await child.kill();
    await vfs.unlink("/f");
    expect(nameless(file)).toBe(0);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it.each([
    ["another machine", "elsewhere"],
    ["this process, of a thread that was ended,", machineName()],
  ])("a session of %s › is dead when it has been silent for a minute, and not before", async (_, machine) => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "content");
    await vfs.writeFile("/g", "content");
    const enter = (beatMs: number): void => {
      const beside = new Database(file);
      beside.prepare("INSERT OR REPLACE INTO session VALUES(1, ?, ?, ?)").run(machine, process.pid, beatMs);
      beside.close();
    };
    enter(Date.now() - 30_000);
    await vfs.unlink("/f");
    expect(nameless(file)).toBe(1);
    await createVfs(sqlite({ file })).close();
    expect(nameless(file)).toBe(1);
    enter(Date.now() - 90_000);
    await createVfs(sqlite({ file })).close();
    expect(nameless(file)).toBe(0);
    await vfs.unlink("/g");
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("who was suspended › takes nobody for dead who may have been so too, until they had time to show that they live", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: Date.now() });
    onTestFinished(() => void vi.useRealTimers());
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "content");
    await vfs.writeFile("/open", "content");
    const handle = await vfs.open("/open", "r");
    const beside = new Database(file);
    beside.prepare("INSERT INTO session VALUES(1, 'elsewhere', 1, ?)").run(Date.now());
    beside.close();
    vi.setSystemTime(Date.now() + 3_600_000);
    await vfs.unlink("/f");
    const kept: unknown[] = [nameless(file)];
    for (let beats = 0; beats < 7; beats++) {
      vi.advanceTimersByTime(BEAT_MS);
      await vfs.appendFile("/log", "x");
      kept.push(nameless(file));
    }
    expect(kept).toEqual([1, 1, 1, 1, 1, 1, 1, 0]);
    await handle.close();
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("who never returns to the event loop › shows that it lives with what it writes", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    onTestFinished(() => void vi.useRealTimers());
    const file = join(testDirectory(), "a.db");
    const { sync } = createVfs(sqlite({ file }));
    sync.writeFile("/f", "content");
    const handle = sync.open("/f", "r");
    sync.unlink("/f");
    for (let seconds = 0; seconds <= 120; seconds += 15) {
      vi.setSystemTime(Date.now() + 15_000);
      sync.writeFile("/g", `${seconds}`);
    }
    createVfs(sqlite({ file })).sync.close();
    expect(handle.read(new Uint8Array(10), 0, 10, 0).bytesRead).toBe(7);
    handle.close();
    sync.close();
    expect(audit(file)).toEqual([]);
  });

  it("a handle whose session others took for dead › gives ESTALE for what has no name, and reads what has one", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/gone", "content");
    await vfs.writeFile("/there", "content");
    const gone = await vfs.open("/gone", "r");
    const there = await vfs.open("/there", "r");
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(3 << 20);
      const beside = new Database(file);
      beside.exec("UPDATE session SET machine = 'elsewhere', beatMs = 0");
      beside.close();
      const other = createVfs(sqlite({ file }));
      await other.close();
      yield new Uint8Array(3 << 20);
    };
    await vfs.unlink("/gone");
    const error = await vfs.writeStream("/stream", source()).catch((reason: unknown) => reason);
    expect(isVfsError(error, "ESTALE")).toBe(true);
    await expect(gone.read()).rejects.toThrow(/ESTALE/);
    expect((await there.read()).bytesRead).toBe(7);
    await gone.close();
    await there.close();
    expect(await vfs.readdir("/")).toEqual(["there"]);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a second store in this process › does not let other processes believe that nobody is there", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/counter", "0");
    // To open and close the file beside SQLite would give up the locks that SQLite holds on it; then the next process
    // to close the store would take itself for the last one, and the log away from under us.
    const second = createVfs(sqlite({ file }));
    await second.writeFile("/f", "from the second");
    await new Child("share", file, "child", "3").end();
    await vfs.writeFile("/counter", "100");
    await new Child("share", file, "another", "3").end();
    expect(await second.readFile("/counter", "utf8")).toBe("103");
    await second.close();
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a provider that is closed › leaves nothing of what it had open", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", new Uint8Array(3 << 20));
    await vfs.open("/f", "r");
    const stream = vfs.readStream("/f")[Symbol.asyncIterator]();
    await stream.next();
    await vfs.unlink("/f");
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("what is held for a session that is not there › goes when the file is opened next", async () => {
    const file = join(testDirectory(), "a.db");
    const left = join(testDirectory(), "left.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "content");
    await vfs.open("/f", "r");
    await vfs.unlink("/f");
    const beside = new Database(file);
    beside.prepare("VACUUM INTO ?").run(left);
    beside.close();
    await vfs.close();
    const copy = new Database(left);
    copy.exec("DELETE FROM session");
    copy.close();
    expect(nameless(left)).toBe(1);
    const opened = createVfs(sqlite({ file: left }));
    expect(await opened.usage("/")).toMatchObject({ bytes: 0, files: 0 });
    await opened.close();
    expect(audit(left)).toEqual([]);
  });

  it("a session that others took for dead › is there again as soon as it keeps something", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "content");
    const handle = await vfs.open("/f", "r");
    const beside = new Database(file);
    beside.exec("DELETE FROM session");
    beside.close();
    await vfs.unlink("/f");
    await createVfs(sqlite({ file })).close();
    expect((await handle.read()).bytesRead).toBe(7);
    await handle.close();
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a log that another process removed, after something here had opened and closed the files › is noticed by the next write", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/counter", "0");
    // As a copy of the whole directory would: the locks on both are gone then.
    for (const end of ["", "-shm"]) closeSync(openSync(file + end, "r"));
    await new Child("share", file, "child", "1").end();
    const failures: unknown[] = [];
    const note = (error: unknown): unknown => failures.push(error);
    await vfs.writeFile("/lost", "x").catch(note);
    await vfs.writeFile("/lost", "x").catch(note);
    await vfs.readFile("/counter").catch(note);
    await vfs.readdir("/").catch(note);
    for (const error of failures) {
      expect(isVfsError(error, "EIO")).toBe(true);
      expect((error as Error).message).toMatch(/log was removed by another process/);
      expect((error as Error).message).not.toContain(file);
    }
    expect(failures.length).toBe(4);
    await vfs.close();
    const again = createVfs(sqlite({ file }));
    expect((await again.readdir("/")).sort()).toEqual(["child", "counter", "log", "log-by-handle"]);
    await again.close();
    expect(audit(file)).toEqual([]);
  });
});
