import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { createVfs } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { syncBridge } from "../src/index.ts";
import { bridgeTo } from "./bridge-to.ts";

const run = promisify(execFile);
const CONDITION = "--conditions=@vfs/source";

describe("syncBridge › ends", () => {
  for (const [way, path] of [
    ["exits", "/exit"],
    ["crashes", "/crash"],
  ] as const)
    it(`the worker ${way} › the sleeping caller wakes, and every call fails with EIO`, async () => {
      await using bridge = await bridgeTo("unruly");
      const vfs = createVfs(bridge.provider);
      const waiting = vfs.readFile("/never");
      waiting.catch(() => undefined);
      expect(() => bridge.sync.readFile(path)).toThrow(
        expect.objectContaining({ code: "EIO", errno: -5, path, retryable: false }),
      );
      await expect(waiting).rejects.toMatchObject({ code: "EIO", path: "/never" });
      expect(() => bridge.sync.stat("/")).toThrow(expect.objectContaining({ code: "EIO" }));
      await expect(vfs.stat("/")).rejects.toMatchObject({ code: "EIO" });
      await bridge.close();
    });

  it("the worker crashes › the error tells of what", async () => {
    await using bridge = await bridgeTo("unruly");
    await expect(createVfs(bridge.provider).readFile("/crash")).rejects.toMatchObject({
      code: "EIO",
      message: "EIO: i/o error, open '/crash' (the worker of the bridge has ended)",
      cause: expect.objectContaining({ name: "RangeError", message: "out of nothing" }) as unknown,
    });
  });

  it("the worker runs out of memory › the error tells so", async () => {
    const worker = { execArgv: [CONDITION], resourceLimits: { maxOldGenerationSizeMb: 64 } };
    await using bridge = await bridgeTo("unruly", { worker });
    await expect(createVfs(bridge.provider).readFile("/eat")).rejects.toMatchObject({
      code: "EIO",
      cause: expect.objectContaining({ code: "ERR_WORKER_OUT_OF_MEMORY" }) as unknown,
    });
    expect(() => bridge.sync.stat("/")).toThrow(expect.objectContaining({ code: "EIO" }));
  });

  it("the module throws › EIO with what it threw, and no path of the host in the message", async () => {
    await expect(bridgeTo("throws")).rejects.toMatchObject({
      code: "EIO",
      cause: expect.objectContaining({ message: "no credentials for the store" }) as unknown,
    });
    await expect(bridgeTo("refuses")).rejects.toMatchObject({
      message: "EIO: i/o error (the module of the bridge made no store: see the cause)",
      cause: expect.objectContaining({ message: "no such bucket" }) as unknown,
    });
    await expect(bridgeTo("no-such-module")).rejects.toMatchObject({
      message: "EIO: i/o error (the module of the bridge made no store: see the cause)",
      cause: expect.objectContaining({ code: "ERR_MODULE_NOT_FOUND" }) as unknown,
    });
    await expect(bridgeTo("leaves")).rejects.toMatchObject({ code: "EIO" });
  });

  it("the module exports no store › EINVAL that says what to export", async () => {
    await expect(bridgeTo("nothing")).rejects.toThrow(/exports `provider`, or `createProvider\(data\)`/);
    await using bridge = await bridgeTo("unruly");
    await expect(bridge.another()).rejects.toThrow(/has one `provider`/);
  });

  it("timeoutMs › a silent worker is ETIMEDOUT, for both kinds of callers, and the next call is answered", async () => {
    await using bridge = await bridgeTo("unruly", { timeoutMs: 300 });
    const timeout = expect.objectContaining({
      code: "ETIMEDOUT",
      reason: "transient",
      retryable: true,
    }) as Error;
    expect(() => bridge.sync.readFile("/until-aborted")).toThrow(timeout);
    expect(bridge.sync.readFile("/aborted")).toEqual(Uint8Array.of(1));
    await expect(createVfs(bridge.provider).readFile("/never")).rejects.toEqual(timeout);
    expect(bridge.sync.readFile("/aborted")).toEqual(Uint8Array.of(1));
    await expect(syncBridge(new URL("file:///x.ts"), { timeoutMs: 0 })).rejects.toThrow(RangeError);
  });

  it("timeoutMs › what opens too late is closed, and a change is not called repeatable", async () => {
    await using bridge = await bridgeTo("unruly", { timeoutMs: 300 });
    expect(() => bridge.sync.open("/late", "w")).toThrow(
      expect.objectContaining({ code: "ETIMEDOUT", retryable: false }),
    );
    expect(bridge.sync.readFile("/opened")).toEqual(Uint8Array.of(0));
  });

  it("close › fails what is under way, and everything after", async () => {
    const bridge = await bridgeTo("unruly");
    const reading = createVfs(bridge.provider).readFile("/never");
    reading.catch(() => undefined);
    await Promise.all([bridge.close(), bridge.close()]);
    await expect(reading).rejects.toThrow("the bridge is closed");
    expect(() => bridge.sync.stat("/")).toThrow("the bridge is closed");
  });

  it("an open bridge › does not keep the program alive, nor cut off a call", async () => {
    const script = fileURLToPath(new URL("children/leave-open.ts", import.meta.url));
    const { stdout } = await run(process.execPath, [CONDITION, script]);
    expect(stdout).toBe("sync\nasync\n");
  });

  it("a program given as text › has bridges too", async () => {
    const store = new URL("stores/delayed-memory.ts", import.meta.url).href;
    const text = `import { syncBridge } from "@vfs/node";
      await using bridge = await syncBridge(new URL("${store}"));
      bridge.sync.writeFile("/a", "text");
      process.stdout.write(bridge.sync.readFile("/a", "utf8"));`;
    const cwd = fileURLToPath(new URL("..", import.meta.url));
    const { stdout } = await run(process.execPath, [CONDITION, "--input-type=module", "-e", text], { cwd });
    expect(stdout).toBe("text");
  });

  it("from a worker › works as well", async () => {
    const script = new URL("children/in-a-worker.ts", import.meta.url);
    const worker = new Worker(script, { execArgv: [CONDITION] });
    const said = await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    await worker.terminate();
    expect(said).toBe("from a worker");
  });
});
