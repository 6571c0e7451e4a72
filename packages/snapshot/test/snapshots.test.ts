import { createVfs, isVfsError, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { beforeEach, describe, expect, it } from "vitest";
import { snapshots, type Snapshots } from "../src/index.ts";
import { noise, stored } from "./noise.ts";
import { picture } from "./picture.ts";

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

/** The provider with the names of the calls that reached it. */
function counted(inner: Provider): { provider: Provider; calls: string[] } {
  const calls: string[] = [];
  const provider = new Proxy(inner, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        calls.push(`${String(name)} ${String(args[0])}`);
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
  return { provider, calls };
}

describe("create", () => {
  it("tells what it kept, newest first in the list", async () => {
    const one = await states.create("one", { description: "the first", tags: ["v1"] });
    expect(one).toMatchObject({
      name: "one",
      description: "the first",
      files: 6,
      consistent: true,
      tags: ["v1"],
      auto: false,
    });
    expect(one.bytes).toBe(17);
    await states.create("two");
    expect((await states.list()).map(({ name }) => name)).toEqual(["two", "one"]);
    expect((await states.get("v1")).name).toBe("one");
    await expect(states.create("one")).rejects.toMatchObject({ code: "EEXIST" });
    await expect(states.get("three")).rejects.toMatchObject({ code: "ENOENT" });
    expect(() => states.create("now")).toThrow(TypeError);
  });

  it("tells two changes of one millisecond apart, and restores the time of the first", async () => {
    await vfs.writeFile("/f", "same");
    await vfs.utimes("/f", 5, 1_700_000_000_123_001_000n);
    const before = await picture(vfs);
    await states.create("one");
    await vfs.utimes("/f", 5, 1_700_000_000_123_002_000n);
    expect((await states.diff("one", "now")).changed.map(({ path }) => path)).toEqual(["/f"]);
    await states.restore("one");
    expect(await picture(vfs)).toEqual(before);
  });

  it("reads only what changed, and everything with deep", async () => {
    const { provider, calls } = counted(memory());
    vfs = createVfs(provider);
    states = snapshots(vfs, { store: memory() });
    for (let at = 0; at < 20; at++) await vfs.writeFile(`/f${at}`, `content ${at}`);
    const reads = (): string[] => calls.filter((call) => call.startsWith("read "));
    await states.create("one");
    expect(reads()).toHaveLength(20);
    calls.length = 0;
    await vfs.writeFile("/f3", "another");
    await vfs.utimes("/f4", 5, 5);
    const two = await states.create("two");
    expect(reads().toSorted()).toEqual(["read /f3", "read /f4"]);
    expect(two.addedBytes).toBeGreaterThan(0);
    calls.length = 0;
    const three = await states.create("three");
    expect([reads(), three.addedBytes]).toEqual([[], 0]);
    await states.create("four", { deep: true });
    expect(reads()).toHaveLength(20);
  });

  it("knows what it read in another program's life, by what the store keeps", async () => {
    const { provider, calls } = counted(memory());
    const store = memory();
    vfs = createVfs(provider);
    for (let at = 0; at < 20; at++) await vfs.writeFile(`/f${at}`, `content ${at}`);
    await snapshots(vfs, { store }).create("one");
    calls.length = 0;
    await vfs.writeFile("/f3", "another");
    await snapshots(vfs, { store }).create("two");
    expect(calls.filter((call) => call.startsWith("read "))).toEqual(["read /f3"]);
  });

  it("does not trust a store without etags with what changed just before it was read", async () => {
    const { provider, calls } = counted(without(memory(), "etag"));
    vfs = createVfs(provider);
    states = snapshots(vfs, { store: memory() });
    await vfs.writeFile("/new", "a");
    await states.create("one");
    calls.length = 0;
    await states.create("two");
    expect(calls.filter((call) => call === "read /new")).toHaveLength(1);
  });

  it("sees what changes while it runs, and tries again when told", async () => {
    const inner = memory();
    let left = 2;
    const { provider } = counted(inner);
    const busy = new Proxy(provider, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== "read") return value;
        return async (...args: unknown[]): Promise<unknown> => {
          const bytes: unknown = await Reflect.apply(value as () => unknown, target, args);
          if (left-- > 0) await createVfs(inner, { keepOpen: true }).appendFile("/log", "x");
          return bytes;
        };
      },
    });
    vfs = createVfs(busy);
    states = snapshots(vfs, { store: memory() });
    await vfs.writeFile("/log", "");
    await vfs.writeFile("/other", "o");
    const torn = await states.create("torn");
    expect([torn.consistent, torn.changedPaths]).toEqual([false, ["/log"]]);
    left = 1;
    await vfs.writeFile("/other", "p");
    expect((await states.create("whole", { retries: 3 })).consistent).toBe(true);
    expect(await states.readAt("whole", "/log", "utf8")).toBe("xxx");
  });

  it("keeps large files by pieces: what is put in front costs a piece or two", async () => {
    const bytes = noise(3 << 20);
    await vfs.writeFile("/large", bytes);
    await states.create("one");
    await vfs.writeFile("/large", new Uint8Array([1, 2, 3, ...bytes]));
    const { addedBytes } = await states.create("two");
    expect(addedBytes).toBeLessThan(300_000);
    expect(await states.readAt("one", "/large")).toEqual(bytes);
    expect((await states.readAt("two", "/large")).length).toBe(bytes.length + 3);
  });

  it("refuses what would pass snapshotBytes, keeps nothing of it, and prune makes room", async () => {
    const store = memory();
    states = snapshots(vfs, { store, snapshotBytes: 60_000 });
    await vfs.writeFile("/noise", noise(40_000));
    await states.create("one");
    const { bytes } = await states.usage();
    await vfs.writeFile("/noise", noise(40_000, 7));
    const failure = await states.create("two").catch((reason: unknown) => reason);
    expect(isVfsError(failure, "EDQUOT") && failure.reason === "quota" && failure.message).toContain(
      "prune()",
    );
    expect((await states.usage()).bytes).toBe(bytes);
    expect(await stored(store)).toBe(bytes);
    await vfs.rm("/noise");
    await states.create("without");
    expect((await states.prune({ keep: 1 })).removed).toEqual(["one"]);
    expect(await stored(store)).toBe((await states.usage()).bytes);
    await vfs.writeFile("/noise", noise(40_000, 7));
    await states.create("two");
  });
});

describe("restore", () => {
  it("brings everything back exactly, and takes away what came later", async () => {
    const before = await picture(vfs);
    await states.create("before");
    await vfs.writeFile("/a/one.txt", "changed");
    await vfs.setMeta("/a/one.txt", { contentType: null, meta: {} });
    await vfs.chmod("/a/one.txt", 0o777);
    await vfs.rm("/a/b", { recursive: true });
    await vfs.writeFile("/a/b", "a file now");
    await vfs.unlink("/a/link");
    await vfs.symlink("/elsewhere", "/a/link");
    await vfs.mkdir("/later/deep", { recursive: true });
    await vfs.writeFile("/later/deep/file", "x");
    await vfs.unlink("/a/also-two.txt");
    const told = await states.restore("before", { dryRun: true });
    expect(await vfs.readFile("/a/one.txt", "utf8")).toBe("changed");
    const done = await states.restore("before");
    expect(done).toEqual(told);
    expect(done.removed.toSorted()).toEqual(["/a/b", "/a/link", "/later"]);
    expect(await picture(vfs)).toEqual(before);
    await vfs.appendFile("/a/b/two.txt", "!");
    expect(await vfs.readFile("/a/also-two.txt", "utf8")).toBe("two!");
  });

  it("does not touch what is as it was", async () => {
    await states.create("before");
    const { ino, ctimeMs } = await vfs.stat("/a/one.txt");
    const two = await vfs.stat("/a/b/two.txt");
    await vfs.writeFile("/a/b/two.txt", "another");
    await vfs.writeFile("/new", "x");
    await states.restore("before");
    expect(await vfs.stat("/a/one.txt")).toMatchObject({ ino, ctimeMs });
    // Its content was put back into the same file, for both of its names.
    expect(await vfs.stat("/a/also-two.txt")).toMatchObject({ ino: two.ino, nlink: 2 });
    expect(await states.restore("before")).toEqual({ removed: [], made: [], written: [], attributes: [] });
  });

  it("takes hard links apart that were none, and leaves the others theirs", async () => {
    await vfs.writeFile("/x", "x");
    await vfs.writeFile("/y", "y");
    const before = await picture(vfs);
    await states.create("before");
    await vfs.unlink("/y");
    await vfs.link("/x", "/y");
    await vfs.link("/x", "/a/link-to-x");
    await vfs.writeFile("/x", "both");
    const { ino } = await vfs.stat("/x");
    await states.restore("before");
    expect(await picture(vfs)).toEqual(before);
    expect((await vfs.stat("/x")).ino).toBe(ino);
  });

  it("takes a link from names in a directory that is as it was, and leaves their content alone", async () => {
    await vfs.writeFile("/a/z", "shared");
    await vfs.link("/a/z", "/a/zz");
    await vfs.writeFile("/x", "own");
    const before = await picture(vfs);
    await states.create("before");
    await vfs.rm("/x");
    await vfs.link("/a/z", "/x");
    await states.restore("before");
    expect(await picture(vfs)).toEqual(before);
  });

  it("restores a part, with the directories on the way to it", async () => {
    await states.create("before");
    await vfs.writeFile("/a/one.txt", "stays changed");
    await vfs.rm("/a/b", { recursive: true });
    await states.restore("before", { path: "/a/b/two.txt" });
    expect(await vfs.readdir("/a/b")).toEqual(["two.txt"]);
    expect((await vfs.stat("/a/b")).mode & 0o777).toBe(0o711);
    expect(await vfs.readFile("/a/one.txt", "utf8")).toBe("stays changed");
    await expect(states.restore("before", { path: "/nowhere" })).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("restores what is in mounts, and leaves alone what was mounted later", async () => {
    await vfs.mount("/m", memory());
    await vfs.writeFile("/m/in", "in");
    await vfs.mkdir("/o");
    await states.create("before");
    await vfs.mount("/o", memory());
    await vfs.writeFile("/o/theirs", "theirs");
    await vfs.writeFile("/m/in", "changed");
    await vfs.mount("/n", memory());
    await vfs.writeFile("/n/new", "new");
    await states.restore("before");
    expect(await vfs.readFile("/m/in", "utf8")).toBe("in");
    expect(
      vfs
        .mounts()
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(["/", "/m", "/n", "/o"]);
    expect(await vfs.readdir("/n")).toEqual(["new"]);
    expect(await vfs.readFile("/o/theirs", "utf8")).toBe("theirs");
    await vfs.unmount("/n");
    await vfs.unmount("/o");
    expect(await states.diff("before")).toMatchObject({ added: [], removed: [] });
  });

  it("restores into the scope only", async () => {
    states = snapshots(vfs, { scope: "/a", store: "/kept" });
    await states.create("before");
    await vfs.writeFile("/outside", "x");
    await vfs.unlink("/a/link");
    await states.restore("before");
    expect([await vfs.readlink("/a/link"), await vfs.exists("/outside")]).toEqual(["one.txt", true]);
  });
});

function without(inner: Provider, ability: "etag"): Provider {
  return new Proxy(inner, {
    get(target, name) {
      if (name === "caps")
        return Object.freeze({
          ...target.caps,
          [ability]: false,
          ifMatch: false,
          listStat: false,
          listRecursive: false,
          find: false,
          changes: false,
        });
      const value = Reflect.get(target, name) as unknown;
      if (name === "changes" || name === "find") return undefined;
      if (name !== "stat" || typeof value !== "function")
        return typeof value === "function" ? value.bind(target) : value;
      return (...args: unknown[]) => ({ ...(Reflect.apply(value, target, args) as object), etag: undefined });
    },
  });
}
