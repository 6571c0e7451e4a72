import { createVfs, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { beforeEach, describe, expect, it } from "vitest";
import { snapshots, type Snapshots, type SnapshotsOptions } from "../src/index.ts";
import { Dying } from "./failing.ts";
import { picture } from "./picture.ts";

let store: Provider;
let vfs: Vfs;
let states: Snapshots;

const KEPT: [string, () => SnapshotsOptions][] = [
  ["by content", () => ({ store: memory() })],
  ["by the store of the tree", () => ({})],
];

describe.each(KEPT)("a fork of what is kept %s", (_, options) => {
  beforeEach(async () => {
    store = memory();
    vfs = createVfs(store);
    states = snapshots(vfs, options());
    await vfs.mkdir("/d/e", { recursive: true });
    await vfs.writeFile("/d/f", "one", { mode: 0o640 });
    await vfs.writeFile("/d/e/g", "two");
    await vfs.link("/d/f", "/d/e/linked");
    await vfs.symlink("../d/f", "/d/way");
    await vfs.mkdir("/empty");
    await vfs.writeFile("/large", new Uint8Array(300_000).fill(7));
  });

  it("is the tree as it was, with its links, and goes its own way", async () => {
    const before = await picture(vfs);
    await states.create("before");
    await vfs.writeFile("/d/f", "later");
    await vfs.rm("/empty", { recursive: true });
    const after = await picture(vfs);
    const fork = await states.fork("before");
    expect(await picture(fork)).toEqual(before);
    expect(await fork.readFile("/large", { start: 299_998 })).toEqual(new Uint8Array([7, 7]));
    expect(await fork.exists("/.vfs-snapshots")).toBe(false);
    await fork.appendFile("/d/way", " and more");
    await fork.rename("/d", "/moved");
    await fork.writeFile("/new", "x");
    expect(await fork.readFile("/moved/e/linked", "utf8")).toBe("one and more");
    expect(await picture(vfs)).toEqual(after);
    await vfs.writeFile("/d/f", "much later");
    expect(await fork.readFile("/moved/f", "utf8")).toBe("one and more");
    await fork.close();
    await states.restore("before");
    expect(await picture(vfs)).toEqual(before);
  });

  it("without a name is that of the tree of now, and leaves nothing behind", async () => {
    const fork = await states.fork();
    await vfs.writeFile("/d/f", "later");
    expect(await fork.readFile("/d/f", "utf8")).toBe("one");
    expect(await states.list()).toEqual([]);
    const [own] = await states.list({ auto: true });
    await expect(states.delete(own?.name ?? "")).rejects.toMatchObject({ code: "EBUSY" });
    await fork.close();
    await fork.close();
    expect(await states.list({ auto: true })).toEqual([]);
    expect((await states.usage()).bytes).toBe(0);
  });

  it("keeps its snapshot from being removed, and no other", async () => {
    await states.create("one");
    await states.create("two");
    const forks = [await states.fork("one"), await states.fork("one")];
    await expect(states.delete("one")).rejects.toMatchObject({ code: "EBUSY", message: /close it first/ });
    await forks[0]?.close();
    expect((await states.prune({ keep: 0 })).removed).toEqual(["two"]);
    await forks[1]?.close();
    expect((await states.delete("one")).removed).toEqual(["one"]);
  });

  it("goes on in an upper of its own", async () => {
    await states.create("one");
    const upper = memory();
    const first = await states.fork("one", { upper });
    await first.writeFile("/d/f", "changed");
    await first.close();
    const second = await states.fork("one", { upper });
    expect(await second.readFile("/d/f", "utf8")).toBe("changed");
    await second.close();
  });

  it("needs no fork to be written into an empty directory of any Vfs", async () => {
    await states.create("one");
    const other = createVfs(memory());
    const { made } = await states.extract("one", other, "/new/place");
    expect(made).toEqual(["/d", "/d/e", "/d/e/g", "/d/e/linked", "/d/f", "/d/way", "/empty", "/large"]);
    expect(await picture(other.view({ root: "/new/place" }))).toEqual(await picture(vfs));
    await expect(states.extract("one", other, "/new")).rejects.toMatchObject({
      code: "ENOTEMPTY",
      path: "/new",
    });
  });

  it("of nothing that there is fails, and keeps nothing", async () => {
    await expect(states.fork("none")).rejects.toMatchObject({ code: "ENOENT" });
    const taken = memory();
    await states.create("one");
    const first = await states.fork("one", { upper: taken });
    await expect(states.fork(undefined, { upper: taken })).rejects.toThrow(TypeError);
    expect(await states.list({ auto: true })).toHaveLength(1);
    await first.close();
  });
});

it("a fork has the scope only", async () => {
  const whole = createVfs(memory());
  await whole.mkdir("/work");
  await whole.writeFile("/work/f", "in");
  await whole.writeFile("/outside", "out");
  const kept = snapshots(whole, { scope: "/work", store: "/kept" });
  const fork = await kept.fork();
  expect(await fork.readdir("/")).toEqual(["f"]);
  await expect(fork.readFile("/../outside")).rejects.toMatchObject({ code: "ENOENT" });
  await fork.close();
});

it("a fork that cannot be made closes what its changes would lie in, and leaves nothing behind", async () => {
  states = snapshots(createVfs(memory()));
  await states.create("kept");
  let closed = 0;
  const dying = new Dying(memory());
  const upper = new Proxy(dying.provider, {
    get: (target, name) => (name === "close" ? () => void closed++ : (Reflect.get(target, name) as unknown)),
  });
  dying.arm(1, false);
  await expect(states.fork(undefined, { upper })).rejects.toMatchObject({ code: "EIO" });
  expect(closed).toBe(1);
  expect((await states.list({ auto: true })).map(({ name }) => name)).toEqual(["kept"]);
});
