import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { beforeEach, describe, expect, it } from "vitest";
import { snapshots, type Snapshots } from "../src/index.ts";
import { plainMemory } from "./kept-by.ts";
import { noise, stored } from "./noise.ts";

let vfs: Vfs;
let states: Snapshots;
beforeEach(async () => {
  vfs = createVfs(memory());
  states = snapshots(vfs);
  await vfs.mkdir("/a/b/empty", { recursive: true });
  await vfs.writeFile("/a/one.txt", "one\ntwo\nthree\n", {
    mode: 0o600,
    contentType: "text/plain",
    meta: { k: "v" },
  });
  await vfs.writeFile("/a/b/two.txt", "two");
  await vfs.link("/a/b/two.txt", "/a/also-two.txt");
  await vfs.symlink("one.txt", "/a/link");
  await vfs.utimes("/a/one.txt", 1_000_000_000, 1_000_000_000);
  await vfs.chmod("/a/b", 0o711);
});

describe("diff", () => {
  it("tells what was added, changed, removed and renamed, with texts", async () => {
    await states.create("before");
    await vfs.writeFile("/a/one.txt", "one\n2\nthree\n");
    await vfs.writeFile("/a/binary", new Uint8Array([0, 1]));
    await vfs.chmod("/a/b", 0o700);
    await vfs.unlink("/a/link");
    await vfs.writeFile("/moved", "unlike all others");
    await states.create("middle");
    await vfs.rename("/moved", "/a/moved");
    await states.create("after");
    const { added, changed, removed } = await states.diff("before", "now", { text: true });
    expect(added.map(({ path }) => path)).toEqual(["/a/binary", "/a/moved"]);
    expect(changed.map(({ path, what }) => [path, what])).toEqual([
      ["/a/b", ["mode"]],
      ["/a/one.txt", ["content"]],
    ]);
    expect(removed.map(({ path, type }) => [path, type])).toEqual([["/a/link", "symlink"]]);
    expect(changed[1]?.patch).toBe(
      "--- a/a/one.txt\n+++ b/a/one.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n".replace(
        /^/,
        "===================================================================\n",
      ),
    );
    expect(added[0]?.patch).toBeUndefined();
    const moved = await states.diff("middle", "after");
    expect(moved.renamed).toEqual([{ path: "/a/moved", from: "/moved", type: "file", size: 17 }]);
    expect([moved.added, moved.removed]).toEqual([[], []]);
    expect(await states.diff("after")).toEqual({ added: [], changed: [], removed: [], renamed: [] });
    expect((await states.diff("before", "after", { path: "/a/b" })).changed).toHaveLength(1);
  });
});

describe("history", () => {
  it("lists the versions of a file, and reads each", async () => {
    await states.create("one");
    await vfs.writeFile("/a/one.txt", "second");
    await states.create("two");
    await states.create("three");
    await vfs.unlink("/a/one.txt");
    await states.create("four");
    const versions = await states.history("/a/one.txt");
    expect(versions.map(({ snapshots: names, type, size }) => [names, type, size])).toEqual([
      [["four"], "missing", 0],
      [["two", "three"], "file", 6],
      [["one"], "file", 14],
    ]);
    expect(await states.readAt("three", "/a/one.txt", "utf8")).toBe("second");
    await expect(states.readAt("four", "/a/one.txt")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(states.readAt("one", "/a")).rejects.toMatchObject({ code: "EISDIR" });
  });
});

describe("prune", () => {
  it("keeps the newest, the young and the tagged, and gives the room of the rest back", async () => {
    const store = memory();
    states = snapshots(vfs, { store });
    for (let at = 0; at < 6; at++) {
      await vfs.writeFile("/noise", noise(20_000, at));
      await states.create(`s${at}`);
    }
    await states.tag("s1", ["release"]);
    expect((await states.prune({ keep: 2, olderThanMs: 60_000 })).removed).toEqual([]);
    expect((await states.prune({ keep: 2, dryRun: true })).removed).toEqual(["s0", "s2", "s3"]);
    const before = await stored(store);
    const { removed, freedBytes } = await states.prune({ keep: 2 });
    expect(removed).toEqual(["s0", "s2", "s3"]);
    expect(freedBytes).toBeGreaterThan(60_000);
    expect(await stored(store)).toBe(before - freedBytes);
    for (const { name } of await states.list()) expect((await states.verify(name)).ok).toBe(true);
    await states.delete("s1", "s4", "s5");
    expect(await stored(store)).toBe(0);
    expect(() => states.prune({})).toThrow(TypeError);
  });
});

describe("delete", () => {
  it("keeps the pieces of large files that others need", async () => {
    vfs = createVfs(plainMemory());
    states = snapshots(vfs);
    const large = noise(1 << 20);
    await vfs.writeFile("/large", large);
    await states.create("one");
    await vfs.writeFile("/large", noise(1 << 20, 5));
    await states.create("two");
    const { freedBytes } = await states.delete("two");
    expect(freedBytes).toBeGreaterThan(1 << 20);
    expect((await states.verify("one")).damages).toEqual([]);
    expect(await states.readAt("one", "/large")).toEqual(large);
  });
});

describe("verify", () => {
  it("names what is lost", async () => {
    vfs = createVfs(plainMemory());
    states = snapshots(vfs);
    await vfs.mkdir("/a");
    await vfs.writeFile("/a/one.txt", "one\ntwo\nthree\n");
    await states.create("one");
    expect(await states.verify("one")).toMatchObject({ ok: true, damages: [] });
    const objects = await vfs.readdir("/.vfs-snapshots/objects", {
      recursive: true,
      withFileTypes: true,
      stat: true,
    });
    const file = objects.find(({ stat }) => stat?.size === 15)?.path;
    await vfs.writeFile(file ?? "", "\0one\ntwo\nthrEe\n");
    const { ok, damages } = await states.verify("one");
    expect([ok, damages.map(({ path }) => path)]).toEqual([false, ["/a/one.txt"]]);
    await vfs.rm("/.vfs-snapshots/objects", { recursive: true });
    expect((await states.verify("one")).damages[0]?.path).toBe("/");
    await vfs.writeFile("/a/one.txt", "x");
    await expect(states.restore("one")).rejects.toMatchObject({ code: "EIO" });
  });
});
