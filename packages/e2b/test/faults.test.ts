import { CONTEXT } from "@vfs/conformance";
import { randomBytes } from "node:crypto";
import { createVfs, isVfsError, type Vfs, type VPath } from "@vfs/core";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { E2bServer } from "./server/server.ts";
import type { FaultKind } from "./server/faults.ts";
import { newSandbox, Stores } from "./stores.ts";
import { e2b, type E2bProvider } from "../src/index.ts";

const server = await E2bServer.start();
afterAll(() => server.close());
afterEach(() => server.faults.clear());
const stores = await Stores.on(server.url);

const LARGE = new Uint8Array(200_000).map((_, i) => i >> 3);
const NOISE = randomBytes(100_000);
const FILE = { name: "f", type: "file", mode: 0o644 } as const;
const RETRY = { baseMs: 1, mostMs: 2 };

/** Something that is done while requests fail, with what may be there afterwards where it is told that it failed. */
interface Scenario {
  readonly name: string;
  readonly prepare?: (vfs: Vfs) => Promise<unknown>;
  readonly act: (vfs: Vfs, store: E2bProvider) => Promise<unknown>;
  /** What it asks of E2B: commands, unless told. */
  readonly ops?: readonly string[];
}

async function inDirectory(vfs: Vfs, text: string): Promise<void> {
  await vfs.mkdir("/d");
  await vfs.writeFile("/d/f", text);
}

const SCENARIOS: readonly Scenario[] = [
  { name: "stat", act: (vfs) => vfs.stat("/") },
  {
    name: "writeFile",
    prepare: (vfs) => vfs.writeFile("/f", "old"),
    act: (vfs) => vfs.writeFile("/f", "new"),
  },
  { name: "writeFile of much", act: (vfs) => vfs.writeFile("/f", LARGE), ops: ["WriteFile", "Start"] },
  { name: "writeFile with wx", act: (vfs) => vfs.writeFile("/f", "x", { flag: "wx" }) },
  {
    name: "readFile of much",
    prepare: (vfs) =>
      vfs.writeStream(
        "/f",
        Array.from({ length: 8 }, () => LARGE),
      ),
    act: async (vfs) => expect((await vfs.readFile("/f")).length).toBe(8 * LARGE.length),
    ops: ["Start", "ReadFile"],
  },
  {
    name: "appendFile",
    prepare: (vfs) => vfs.writeFile("/f", "a"),
    act: (vfs) => vfs.appendFile("/f", "b"),
  },
  { name: "rename", prepare: (vfs) => vfs.writeFile("/f", "x"), act: (vfs) => vfs.rename("/f", "/g") },
  { name: "mkdir", act: (vfs) => vfs.mkdir("/d") },
  { name: "readdir", prepare: (vfs) => vfs.mkdir("/d"), act: (vfs) => vfs.readdir("/") },
  {
    name: "copyFile",
    prepare: (vfs) => vfs.writeFile("/f", "x"),
    act: (vfs) => vfs.copyFile("/f", "/g"),
  },
  {
    name: "truncate",
    prepare: (vfs) => vfs.writeFile("/f", "abc"),
    act: (vfs) => vfs.truncate("/f", 1),
  },
  { name: "link", prepare: (vfs) => vfs.writeFile("/f", "x"), act: (vfs) => vfs.link("/f", "/g") },
  { name: "symlink", prepare: (vfs) => vfs.writeFile("/f", "x"), act: (vfs) => vfs.symlink("f", "/g") },
  { name: "unlink", prepare: (vfs) => vfs.writeFile("/f", "x"), act: (vfs) => vfs.unlink("/f") },
  { name: "rmdir", prepare: (vfs) => vfs.mkdir("/d"), act: (vfs) => vfs.rmdir("/d") },
  {
    name: "rm of a tree",
    prepare: (vfs) => inDirectory(vfs, "x"),
    act: (vfs) => vfs.rm("/d", { recursive: true }),
  },
  { name: "chmod", prepare: (vfs) => vfs.writeFile("/f", "x"), act: (vfs) => vfs.chmod("/f", 0o640) },
  { name: "utimes", prepare: (vfs) => vfs.writeFile("/f", "x"), act: (vfs) => vfs.utimes("/f", 7, 7) },
  {
    name: "find",
    prepare: (vfs) => inDirectory(vfs, "x"),
    act: async (vfs) => {
      const found: string[] = [];
      for await (const { path } of vfs.find("/")) found.push(path);
      expect(found.sort()).toEqual(["/d", "/d/f"]);
    },
  },
  {
    name: "grep",
    prepare: (vfs) => inDirectory(vfs, "one\ntwo\n"),
    act: async (vfs) => {
      const found: string[] = [];
      for await (const { path, line } of vfs.grep("/", "two")) found.push(`${path}:${line}`);
      expect(found).toEqual(["/d/f:2"]);
    },
  },
  {
    name: "a write through an open file",
    prepare: (vfs) => vfs.writeFile("/f", "abc"),
    act: async (vfs) => {
      await using file = await vfs.open("/f", "r+");
      await file.write("B", 1);
    },
  },
  {
    name: "a read through an open file",
    prepare: (vfs) => vfs.writeFile("/f", "abc"),
    act: async (vfs) => {
      await using file = await vfs.open("/f", "r");
      expect((await file.read(new Uint8Array(2), 0, 2, 1)).bytesRead).toBe(2);
    },
  },
  {
    name: "cp of a tree",
    prepare: (vfs) => inDirectory(vfs, "x"),
    act: (vfs) => vfs.cp("/d", "/e", { recursive: true }),
  },
  {
    name: "writeMany",
    prepare: (vfs) => vfs.writeFile("/f", "old"),
    act: (_, store) => store.writeMany("/" as VPath, { entries: [{ ...FILE, data: NOISE }] }, CONTEXT),
    ops: ["WriteFile", "Start"],
  },
  {
    name: "writeMany of little",
    prepare: (vfs) => vfs.writeFile("/f", "old"),
    act: (_, store) => store.writeMany("/" as VPath, { entries: [{ ...FILE, data: LARGE }] }, CONTEXT),
  },
];

/** What does no harm: nothing was done, so that it is done again. */
const REFUSALS: readonly FaultKind[] = ["rate-limited", "bad-gateway", "busy"];
/** Nobody knows whether it was done. */
const LOSSES: readonly FaultKind[] = ["reset-before", "reset-middle", "reset-after"];

/** Names, bits and contents, with the times that were set. */
async function contentOf(vfs: Vfs): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for await (const { path, stat } of vfs.find("/", { stat: true })) {
    const { mode, mtimeMs, type } = stat ?? (await vfs.stat(path));
    const data = type === "directory" ? "" : Buffer.from(await vfs.readFile(path)).toString("latin1");
    content[path] = [type, mode.toString(8), mtimeMs === 7000 ? "of 7" : "", data].join(" ");
  }
  return content;
}

/** The same once nothing changes any more: a command whose answer was lost may still run. */
async function settledContentOf(vfs: Vfs): Promise<Record<string, string>> {
  let last: Record<string, string> | undefined;
  for (;;) {
    const seen = await contentOf(vfs).catch((reason: unknown) => {
      // It was there when it was listed.
      if (isVfsError(reason, "ENOENT")) return undefined;
      throw reason;
    });
    if (seen !== undefined && JSON.stringify(seen) === JSON.stringify(last)) return seen;
    last = seen;
  }
}

describe("e2b › faults", () => {
  for (const { name, prepare, act, ops = ["Start"] } of SCENARIOS) {
    it(`${name} › goes on after each refusal of each of its requests`, async () => {
      for (const kind of REFUSALS) {
        const store = stores.make({ retry: RETRY });
        await using vfs = createVfs(store);
        await prepare?.(vfs);
        server.faults.clear();
        // Each request is refused once, and then taken.
        for (const op of ops) for (let at = 0; at < 6; at += 2) server.faults.add({ kind, op, after: at });
        await act(vfs, store);
        expect(server.faults.count, kind).toBeGreaterThan(0);
        server.faults.clear();
      }
    });

    it(`${name} › is as before or as it should be after a lost answer, and says which it does not know`, async () => {
      const cleanStore = stores.make();
      await using clean = createVfs(cleanStore);
      await prepare?.(clean);
      const before = await contentOf(clean);
      await act(clean, cleanStore);
      const after = await contentOf(clean);
      for (const kind of LOSSES)
        for (const op of ops) {
          const store = stores.make({ retry: RETRY });
          await using vfs = createVfs(store);
          await prepare?.(vfs);
          server.faults.clear();
          server.faults.add({ kind, op });
          const failure: unknown = await act(vfs, store).then(
            () => undefined,
            (reason: unknown) => reason,
          );
          server.faults.clear();
          const found = await settledContentOf(vfs);
          const isKnown = failure === undefined || isVfsError(failure, "EIO");
          expect(isKnown, `${kind} of ${op}: ${(failure as Error | undefined)?.message}`).toBe(true);
          expect(failure === undefined ? [after] : [before, after]).toContainEqual(found);
        }
    });
  }

  it("429 › is tried again after as long as it asks for", async () => {
    await using vfs = createVfs(stores.make({ retry: { baseMs: 60_000, mostMs: 60_000 } }));
    server.faults.add({ kind: "rate-limited", op: "WriteFile", retryAfter: "0", times: 3 });
    await vfs.writeFile("/f", LARGE);
    expect(server.faults.count).toBe(3);
    // The SDK does not tell how long a refused command is to wait: it is asked of the daemon.
    server.faults.clear();
    server.faults.add(
      { kind: "rate-limited", op: "Start", retryAfter: "0" },
      { kind: "rate-limited", op: "Health", retryAfter: "0" },
    );
    await vfs.writeFile("/g", "x");
    expect(server.faults.count).toBe(2);
  });

  it("a service that goes on refusing › is EIO, and may be tried again", async () => {
    await using vfs = createVfs(stores.make({ retry: { ...RETRY, attempts: 3 } }));
    server.faults.add({ kind: "busy", op: "Start", times: 100 });
    await expect(vfs.stat("/")).rejects.toMatchObject({ code: "EIO", reason: "transient", retryable: true });
    expect(server.faults.count).toBe(3);
  });

  it("an abort › ends a wait at once, with its own reason", async () => {
    await using vfs = createVfs(stores.make({ retry: { baseMs: 60_000, mostMs: 60_000 } }));
    server.faults.add({ kind: "busy", op: "Start", times: 100 });
    const aborting = new AbortController();
    const reason = new Error("enough");
    const reading = vfs.readFile("/f", { signal: aborting.signal });
    while (server.faults.count === 0) await new Promise((resolve) => setImmediate(resolve));
    aborting.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });

  it("a sandbox that is killed amid a call › is ENXIO, and stays so", async () => {
    for (const op of ["Start", "WriteFile", "ReadFile"]) {
      const sandbox = await newSandbox(server.url);
      const { home } = server.sandbox(sandbox.sandboxId);
      await using vfs = createVfs(e2b({ sandbox, rootDir: home, retry: RETRY }));
      if (op === "ReadFile") await vfs.writeStream("/f", Array(8).fill(LARGE));
      server.faults.add({ kind: "killed", op });
      const call = op === "ReadFile" ? vfs.readFile("/f") : vfs.writeFile("/f", op === "Start" ? "x" : LARGE);
      await expect(call).rejects.toMatchObject({ code: "ENXIO", reason: "transient", retryable: false });
      await expect(vfs.stat("/")).rejects.toMatchObject({ code: "ENXIO" });
      await expect(vfs.readFile("/f")).rejects.toThrow(/is not running/);
    }
  });

  it("a paused sandbox › is ENXIO, or goes on where that is asked for", async () => {
    const sandbox = await newSandbox(server.url);
    const rootDir = server.sandbox(sandbox.sandboxId).home;
    await using left = createVfs(e2b({ sandbox, rootDir, retry: RETRY }));
    await using resumed = createVfs(e2b({ sandbox, rootDir, retry: RETRY, resume: true }));
    await left.writeFile("/f", "x");
    await sandbox.pause();
    await expect(left.readFile("/f")).rejects.toMatchObject({ code: "ENXIO" });
    server.log.clear();
    const all = Array.from({ length: 5 }, () => resumed.readFile("/f", "utf8"));
    expect(await Promise.all(all)).toEqual(all.map(() => "x"));
    expect(server.log.counts()["ConnectSandbox"]).toBe(1);
  });

  it("a source that fails › leaves what was there, and nothing else", async () => {
    await using vfs = createVfs(stores.make());
    await vfs.writeFile("/f", "old");
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield LARGE;
      await Promise.resolve();
      throw new Error("no more");
    };
    await expect(vfs.writeStream("/f", failing())).rejects.toThrow("no more");
    expect(await contentOf(vfs)).toEqual({ "/f": "file 100644  old" });
  });
});
