import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { capabilities, createVfs, type Layer, type Provider, type Vfs } from "@vfs/core";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { sqlite } from "@vfs/sqlite";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { sync, type SyncOptions } from "../src/trees/sync.ts";
import type { SyncStep } from "../src/trees/sync-plan.ts";
import { newFolder, typedIn } from "./helpers.ts";

/** Two stores at `/a` and `/b`, with what is called of the second one. */
async function twoStores(a: Provider, b: Provider): Promise<{ vfs: Vfs; calls: string[] }> {
  const calls: string[] = [];
  const count: Layer = {
    name: "count",
    slot: "trace",
    handle(call, next) {
      if (["write", "writeStream", "copy", "remove", "mkdir", "read", "readStream"].includes(call.op))
        calls.push(`${call.op} ${call.path}`);
      return next(call);
    },
  };
  const vfs = createVfs(memory());
  onTestFinished(() => vfs.close());
  await vfs.mount("/a", a, { layers: [{ ...count, name: "count-a" }] });
  await vfs.mount("/b", b, { layers: [count] });
  await vfs.mkdir("/a/from/deep", { recursive: true });
  await vfs.writeFile("/a/from/one", "one");
  await vfs.writeFile("/a/from/deep/two", "two");
  calls.length = 0;
  return { vfs, calls };
}

/** What a sync from `/a/from` to `/b/to` did: the steps, and what failed. */
async function synced(
  vfs: Vfs,
  options: SyncOptions = {},
): Promise<{ steps: string[]; failed: string[]; unchanged: number }> {
  const steps: string[] = [];
  const failed: string[] = [];
  const report = await sync(vfs, "/a/from", "/b/to", {
    ...options,
    onStep: (step: SyncStep) =>
      void steps.push([step.action, step.path, "reason" in step ? step.reason : ""].join(" ").trim()),
    onError: (error) => failed.push((error as Error).message),
  });
  expect(report.failed).toBe(failed.length);
  return { steps: steps.sort(), failed, unchanged: report.unchanged };
}

/** A store that keeps no times of its own choosing, as some remote ones. */
function withoutTimes(): Provider {
  const inner = memory();
  return new Proxy(inner, {
    get(target, key) {
      if (key === "caps") return capabilities({ ...target.caps, times: "none" });
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}

const STORES: Record<string, () => Provider> = {
  memory,
  sqlite: () => sqlite({ file: ":memory:" }),
  local: () => local({ root: newFolder() }),
  "a store without times": withoutTimes,
};

describe("sync", () => {
  for (const [name, make] of Object.entries(STORES))
    it(`copies everything once, and then only what changed: to ${name}`, async () => {
      const { vfs, calls } = await twoStores(memory(), make());
      expect(await synced(vfs)).toEqual({
        steps: ["copy deep/two new", "copy one new", "mkdir deep"],
        failed: [],
        unchanged: 0,
      });
      calls.length = 0;
      expect(await synced(vfs)).toEqual({ steps: [], failed: [], unchanged: 3 });
      // Nothing was read and nothing written to find that out.
      expect(calls).toEqual([]);
      await vfs.writeFile("/a/from/deep/two", "2");
      await vfs.writeFile("/a/from/three", "three");
      expect((await synced(vfs)).steps).toEqual(["copy deep/two size", "copy three new"]);
      expect(calls.filter((call) => call.endsWith("/one"))).toEqual([]);
      const later = Date.now() / 1000 + 60;
      await vfs.writeFile("/a/from/one", "eno");
      await vfs.utimes("/a/from/one", later, later);
      expect((await synced(vfs)).steps).toEqual(["copy one time"]);
      expect(await vfs.readFile("/b/to/one", "utf8")).toBe("eno");
    });

  it("--checksum › compares contents, which times and sizes do not tell", async () => {
    const { vfs, calls } = await twoStores(memory(), memory());
    await synced(vfs);
    await vfs.writeFile("/b/to/one", "eno");
    const { atimeMs, mtimeMs } = await vfs.stat("/a/from/one");
    await vfs.utimes("/b/to/one", atimeMs / 1000, mtimeMs / 1000);
    await vfs.utimes("/b/to/deep/two", 1, 1);
    expect((await synced(vfs)).steps).toEqual(["copy deep/two time"]);
    calls.length = 0;
    expect((await synced(vfs, { checksum: true })).steps).toEqual(["copy one content"]);
    expect(calls.filter((call) => call.startsWith("write"))).toEqual(["write /to/one"]);
    expect(await vfs.readFile("/b/to/one", "utf8")).toBe("one");
  });

  it("--delete › removes what is not in the source, the topmost of it, and nothing without it", async () => {
    const { vfs, calls } = await twoStores(memory(), memory());
    await synced(vfs);
    await vfs.mkdir("/b/to/old/er", { recursive: true });
    await vfs.writeFile("/b/to/old/er/x", "x");
    await vfs.writeFile("/b/to/old-x", "x");
    expect((await synced(vfs)).steps).toEqual([]);
    calls.length = 0;
    expect((await synced(vfs, { delete: true })).steps).toEqual(["remove old", "remove old-x"]);
    // A file is asked to go as a tree first: nobody has looked what it is.
    const removed = new Set(calls.filter((call) => call.startsWith("remove")));
    expect([...removed]).toEqual(["remove /to/old", "remove /to/old-x"]);
    expect((await vfs.readdir("/b/to")).sort()).toEqual(["deep", "one"]);
  });

  it("--exclude › neither copies nor removes, nor what such a thing lies in", async () => {
    const { vfs } = await twoStores(memory(), memory());
    await vfs.mkdir("/a/from/node_modules/x", { recursive: true });
    await vfs.mkdir("/b/to/old/node_modules", { recursive: true });
    await vfs.writeFile("/b/to/old/a", "");
    await vfs.writeFile("/b/to/mine.tmp", "");
    const { steps } = await synced(vfs, { delete: true, exclude: ["node_modules", "*.tmp", "deep/t*"] });
    expect(steps).toEqual(["copy one new", "mkdir deep", "remove old/a"]);
    expect(await vfs.exists("/b/to/old/node_modules")).toBe(true);
    expect(await vfs.exists("/b/to/mine.tmp")).toBe(true);
  });

  it("--dry-run › tells the same and does nothing", async () => {
    const { vfs, calls } = await twoStores(memory(), memory());
    const { steps } = await synced(vfs, { dryRun: true });
    expect([steps, calls, await vfs.exists("/b/to")]).toEqual([
      ["copy deep/two new", "copy one new", "mkdir deep"],
      [],
      false,
    ]);
  });

  it("goes on with the others when one fails, removes nothing then, and copies what is left the next time", async () => {
    const { vfs } = await twoStores(memory(), memory());
    await vfs.mkdir("/b/to/one", { recursive: true });
    await vfs.writeFile("/b/to/one/inside", "");
    await vfs.writeFile("/b/to/old", "");
    const first = await synced(vfs);
    expect(first.steps).toEqual(["copy deep/two new", "mkdir deep"]);
    expect(first.failed).toEqual([
      expect.stringMatching(/EISDIR.*a directory is in the way; --delete removes it/),
    ]);
    expect(await vfs.exists("/b/to/old")).toBe(true);
    expect((await synced(vfs, { delete: true })).steps).toEqual(["copy one new", "remove old", "remove one"]);
    expect(await vfs.readFile("/b/to/one", "utf8")).toBe("one");
  });

  it("goes on where it was cut short", async () => {
    const { vfs } = await twoStores(memory(), memory());
    for (let i = 0; i < 20; i++) await vfs.writeFile(`/a/from/f${i}`, `${i}`);
    const ending = new AbortController();
    let done = 0;
    const cut = sync(vfs, "/a/from", "/b/to", {
      signal: ending.signal,
      onStep: () => void (++done === 8 && ending.abort(new Error("enough"))),
    });
    await expect(cut).rejects.toThrow("enough");
    const there = (await vfs.readdir("/b/to", { recursive: true })).length;
    expect(there).toBeGreaterThanOrEqual(7);
    expect(there).toBeLessThan(23);
    expect((await synced(vfs)).steps.length).toBe(23 - there);
    expect((await vfs.readdir("/b/to", { recursive: true })).length).toBe(23);
  });

  it("fills directories that may not be written, and gives them their modes in the end", async () => {
    const { vfs } = await twoStores(memory(), memory());
    await vfs.chmod("/a/from/deep", 0o555);
    await vfs.chmod("/b", 0o777);
    const nobody = vfs.view({ identity: { uid: 1000, gid: 1000 } });
    expect((await synced(nobody)).failed).toEqual([]);
    expect(await vfs.readFile("/b/to/deep/two", "utf8")).toBe("two");
    expect((await vfs.stat("/b/to/deep")).mode & 0o7777).toBe(0o555);
  });

  it("carries links as links, and replaces a file by one", async () => {
    const { vfs } = await twoStores(memory(), memory());
    await synced(vfs);
    await vfs.rm("/a/from/one");
    await vfs.symlink("deep/two", "/a/from/one");
    expect((await synced(vfs)).steps).toEqual(["copy one type"]);
    expect(await vfs.readlink("/b/to/one")).toBe("deep/two");
    expect((await synced(vfs)).steps).toEqual([]);
    await vfs.rm("/a/from/one");
    await vfs.symlink("nowhere", "/a/from/one");
    expect((await synced(vfs)).steps).toEqual(["copy one content"]);
    expect(await vfs.readlink("/b/to/one")).toBe("nowhere");
  });

  it("refuses what would remove its own source, or never end, through two mounts of one disk too", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "in", "deep"), { recursive: true });
    const vfs = createVfs(local({ root: folder }));
    onTestFinished(() => vfs.close());
    await vfs.mount("/again", local({ root: join(folder, "in") }));
    for (const [from, to] of [
      ["/in", "/in/deep"],
      ["/in", "/in"],
      ["/in", "/again/deep"],
      ["/again", "/in/deep"],
    ] as const)
      await expect(sync(vfs, from, to), `${from} ${to}`).rejects.toThrow("EINVAL");
    await expect(sync(vfs, "/in/deep", "/in", { delete: true })).rejects.toThrow("EINVAL");
    await expect(sync(vfs, "/in/deep", "/again", { delete: true })).rejects.toThrow("EINVAL");
    expect(readdirSync(join(folder, "in"))).toEqual(["deep"]);
    writeFileSync(join(folder, "in", "deep", "x"), "");
    expect((await sync(vfs, "/in/deep", "/in")).copied).toBe(1);
    await expect(sync(vfs, "/in/x", "/out")).rejects.toThrow("ENOTDIR");
  });
});

describe("vfs sync", () => {
  let folder: string;
  let vfs: ReturnType<typeof typedIn>;

  beforeEach(() => {
    folder = newFolder();
    vfs = typedIn(folder);
    mkdirSync(join(folder, "in", "deep"), { recursive: true });
    writeFileSync(join(folder, "in", "a.txt"), "alpha");
    writeFileSync(join(folder, "in", "deep", "b"), "b");
    utimesSync(join(folder, "in", "a.txt"), 1000, 1000);
  });

  it("prints what it does, and how much of it", async () => {
    expect(await vfs(["sync", "file:in", "sqlite:x.db"])).toEqual({
      code: 0,
      stdout: expect.stringContaining("2 copied (6 B), 1 made, 0 unchanged\n") as string,
      stderr: "",
    });
    expect((await vfs(["stat", "sqlite:x.db:/a.txt"])).stdout).toContain("1970-01-01 00:16:40");
    expect((await vfs(["sync", "file:in", "sqlite:x.db"])).stdout).toBe("0 copied (0 B), 3 unchanged\n");
    writeFileSync(join(folder, "in", "a.txt"), "ALPHA and more");
    expect((await vfs(["sync", "-n", "file:in", "sqlite:x.db"])).stdout).toBe(
      "copy   sqlite:x.db:/a.txt (size)\nwould be: 1 copied (14 B), 2 unchanged\n",
    );
    const { stdout } = await vfs(["sync", "--json", "file:in", "sqlite:x.db"]);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { action: "copy", path: "a.txt", bytes: 14, reason: "size" },
      { copied: 1, copiedBytes: 14, made: 0, removed: 0, unchanged: 2, failed: 0, dryRun: false },
    ]);
    expect(await vfs(["sync", "-q", "--delete", "sqlite:x.db", "file:out"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    expect(readFileSync(join(folder, "out", "a.txt"), "utf8")).toBe("ALPHA and more");
  });

  it("says what it could not do, with 1, and does nothing for a source that is not there", async () => {
    mkdirSync(join(folder, "out", "a.txt"), { recursive: true });
    const { code, stdout, stderr } = await vfs(["sync", "file:in", "file:out"]);
    expect([code, stderr]).toEqual([
      1,
      `vfs: file:${join(folder, "out", "a.txt")}: illegal operation on a directory (a directory is in the way; --delete removes it)\n`,
    ]);
    expect(stdout).toContain("1 failed");
    expect((await vfs(["sync", "--delete", "file:none", "file:in"])).code).toBe(1);
    expect((await vfs(["sync", "file:in", "out"])).stderr).toContain("did you mean file:out?");
    expect(existsSync(join(folder, "in", "a.txt"))).toBe(true);
  });

  it.skipIf(process.platform === "win32")("carries links of the host", async () => {
    symlinkSync("a.txt", join(folder, "in", "link"));
    expect((await vfs(["sync", "file:in", "sqlite:x.db"])).stdout).toContain("copy   sqlite:x.db:/link");
  });
});
