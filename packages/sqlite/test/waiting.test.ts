import { join } from "node:path";
import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek } from "./audit.ts";
import { testDirectory } from "./directory.ts";

function store(): { readonly vfs: Vfs; readonly file: string } {
  const file = join(testDirectory(), "a.db");
  return { vfs: createVfs(sqlite({ file })), file };
}

const codes = (results: readonly PromiseSettledResult<unknown>[]): string[] =>
  results.map((result) => {
    if (result.status === "fulfilled") return "ok";
    return isVfsError(result.reason) ? result.reason.code : "another error";
  });

/** Lets what waits for others try a few times: between two tries are at most 5 ms. */
const tries = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 30));

describe("sqlite › waiting", () => {
  it("with others who write › waits without blocking, and is done when they are", async () => {
    const { vfs, file } = store();
    await vfs.writeFile("/f", "before");
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE; UPDATE branch SET name = 'renamed'");
    const settings = vi.spyOn(Database.prototype, "exec");
    onTestFinished(() => settings.mockRestore());
    const states: string[] = [];
    const write = vfs.writeFile("/f", "after").then(() => states.push("written"));
    // The event loop goes on, and so do reads of other stores; this one's stand in line.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    states.push("still waiting");
    other.exec("COMMIT");
    other.close();
    await write;
    expect(states).toEqual(["still waiting", "written"]);
    // SQLite was never told to wait itself.
    expect(settings.mock.calls.filter(([sql]) => sql.includes("busy_timeout"))).toEqual([]);
    expect(await vfs.readFile("/f", "utf8")).toBe("after");
    await vfs.close();
  });

  it("a synchronous change with others who never end › is EBUSY, and what waits still waits", async () => {
    const { vfs, file } = store();
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    const waiting = vfs.writeFile("/waiting", "x");
    let thrown: unknown;
    try {
      vfs.sync.writeFile("/sync", "x");
    } catch (error) {
      thrown = error;
    }
    expect(isVfsError(thrown, "EBUSY") && thrown.retryable).toBe(true);
    expect((thrown as Error).message).not.toContain(file);
    other.close();
    await waiting;
    expect(await vfs.readdir("/")).toEqual(["waiting"]);
    await vfs.close();
  });

  it("with others who never end › is EBUSY after ten seconds for all that waits, reads too, and may be called again", async () => {
    const { vfs, file } = store();
    await vfs.writeFile("/f", "before");
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    const now = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now });
    onTestFinished(() => void vi.useRealTimers());
    const answers: string[] = [];
    const waiting = [vfs.writeFile("/f", "x"), vfs.readFile("/f"), vfs.stat("/f"), vfs.open("/f", "w")];
    const settled = Promise.allSettled(waiting).then((results) => {
      answers.push("given up");
      return results;
    });
    await tries();
    vi.setSystemTime(now + 9000);
    await tries();
    answers.push("still waiting");
    vi.setSystemTime(now + 10_001);
    const results = await settled;
    expect(answers).toEqual(["still waiting", "given up"]);
    expect(codes(results)).toEqual(["EBUSY", "EBUSY", "EBUSY", "EBUSY"]);
    for (const result of results) {
      const reason: unknown = result.status === "rejected" ? result.reason : undefined;
      expect(isVfsError(reason) && [reason.retryable, reason.reason, reason.path]).toEqual([
        true,
        "transient",
        "/f",
      ]);
    }
    // What is called now waits for as long again.
    const late = vfs.writeFile("/f", "after");
    await tries();
    other.close();
    await late;
    expect(await vfs.readFile("/f", "utf8")).toBe("after");
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("with others who write › a call whose signal is aborted is answered with the reason while they still do", async () => {
    const { vfs, file } = store();
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const unwanted = vfs.writeFile("/unwanted", "x", { signal: controller.signal });
    const wanted = vfs.writeFile("/wanted", "x");
    const answered = unwanted.catch((error: unknown) => error);
    await tries();
    controller.abort(reason);
    expect(await answered).toBe(reason);
    other.close();
    await wanted;
    expect(await vfs.readdir("/")).toEqual(["wanted"]);
    await vfs.close();
  });

  it("a synchronous change that gave up › does not make the next one that waits give up sooner", async () => {
    const { vfs, file } = store();
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    expect(() => vfs.sync.mkdir("/d")).toThrow(/EBUSY/);
    const now = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: now + 60_000 });
    onTestFinished(() => void vi.useRealTimers());
    const waiting = vfs.mkdir("/d");
    await tries();
    other.close();
    await waiting;
    expect(await vfs.readdir("/")).toEqual(["d"]);
    await vfs.close();
  });

  it("a handle whose closing waits in vain › is closed all the same, and its file goes with its name", async () => {
    const { vfs, file } = store();
    await vfs.writeFile("/f", "content");
    const handle = await vfs.open("/f", "r+");
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    const now = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now });
    onTestFinished(() => void vi.useRealTimers());
    const waiting = [handle.write("x", 0), handle.close()];
    const settled = Promise.allSettled(waiting);
    await tries();
    vi.setSystemTime(now + 10_001);
    expect(codes(await settled)[0]).toBe("EBUSY");
    other.close();
    await vfs.unlink("/f");
    expect(peek(file, "SELECT count(*) FROM held")).toEqual([0]);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });
});
