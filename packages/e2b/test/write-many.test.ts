import { CONTEXT } from "@vfs/conformance";
import { createVfs, type Layer, type NewEntry, type VPath } from "@vfs/core";
import { afterAll, describe, expect, it } from "vitest";
import { E2bServer } from "./server/server.ts";
import { Stores } from "./stores.ts";

const server = await E2bServer.start();
afterAll(() => server.close());
const stores = await Stores.on(server.url);

describe("e2b › many at once", () => {
  it("writeMany › merges into what is there, name by name, and refuses one kind over another", async () => {
    const box = stores.make();
    await using vfs = createVfs(box);
    await vfs.mkdir("/t/d", { recursive: true });
    await vfs.writeFile("/t/d/old", "old");
    await vfs.writeFile("/t/d/f", "old");
    await vfs.symlink("nowhere", "/t/d/l");
    const data = new TextEncoder().encode("new");
    const long = `${"n".repeat(200)}/${"é".repeat(100)}`;
    const into = (path: string, entries: readonly NewEntry[]): Promise<void> =>
      box.writeMany(path as VPath, { entries }, CONTEXT);
    await into("/t", [
      { name: "", type: "directory", mode: 0o700 },
      { name: "d", type: "directory", mode: 0o700 },
      { name: "d/f", type: "file", data, mode: 0o600, mtimeMs: 1_500.25, atimeMs: 2_500 },
      { name: "d/l", type: "file", data, mode: 0o644 },
      { name: "d/abs", type: "symlink", target: "/t/d/f" },
      { name: ".hidden", type: "file", mode: 0o4755 },
      { name: long.slice(0, 200), type: "directory", mode: 0o711 },
      { name: long, type: "file", data, mode: 0o444 },
    ]);
    expect((await vfs.readdir("/t/d")).sort()).toEqual(["abs", "f", "l", "old"]);
    const { mode, mtimeMs, atimeMs } = await vfs.stat("/t/d/f");
    expect([mode & 0o777, mtimeMs, atimeMs]).toEqual([0o600, 1_500.25, 2_500]);
    expect(await vfs.readFile("/t/d/abs", "utf8")).toBe("new");
    expect(await vfs.readFile(`/t/${long}`, "utf8")).toBe("new");
    expect((await vfs.stat(`/t/${long}`)).mode & 0o7777).toBe(0o444);
    // What was there keeps its mode.
    expect((await vfs.stat("/t/d")).mode & 0o7777).toBe(0o755);
    expect((await vfs.lstat("/t/d/l")).isFile()).toBe(true);
    const hidden = await vfs.stat("/t/.hidden");
    expect([hidden.size, hidden.mode & 0o7777]).toEqual([0, 0o4755]);
    await into("/new", [{ name: "", type: "directory", mode: 0o711 }]);
    expect((await vfs.stat("/new")).mode & 0o7777).toBe(0o711);

    const refused = async (path: string, entry: NewEntry, code: string): Promise<void> => {
      await expect(into(path, [{ name: "before", type: "file", mode: 0o644 }, entry])).rejects.toMatchObject({
        code,
      });
      expect(await vfs.exists(`${path}/before`)).toBe(false);
    };
    await refused("/t", { name: "d", type: "file", mode: 0o644 }, "EISDIR");
    await refused("/t/d", { name: "f", type: "directory" }, "ENOTDIR");
    await refused("/none", { name: "x", type: "file", mode: 0o644 }, "ENOENT");
    await refused("/t", { name: ".vfs-tmp-x", type: "file", mode: 0o644 }, "ENOENT");
    // What takes more than a rename is core's to do, name by name.
    await refused("/t/d", { name: "f", type: "file" }, "ENOTSUP");
    await refused("/t", { name: "closed", type: "directory", mode: 0o500 }, "ENOTSUP");
    await vfs.link("/t/d/f", "/t/d/again");
    await refused("/t/d", { name: "f", type: "file", mode: 0o644 }, "ENOTSUP");
    await vfs.chmod("/t/d/old", 0o400);
    await refused("/t/d", { name: "old", type: "file", mode: 0o644 }, "ENOTSUP");
    expect((await vfs.readdir("/")).sort()).toEqual(["new", "t"]);
  });

  it("cp › of much into it holds a part at a time", async () => {
    await using vfs = createVfs(stores.make());
    const sizes: number[] = [];
    const handle: Layer["handle"] = (call, next) => {
      if (call.op === "writeMany")
        sizes.push(call.args.entries.reduce((sum, { data }) => sum + (data?.length ?? 0), 0));
      return next(call as never);
    };
    const layers = [{ name: "sizes", slot: "trace", passesMany: true, handle } as const];
    await vfs.mount("/to", stores.make(), { layers });
    const data = new Uint8Array(1 << 20).fill(7);
    await vfs.mount("/from", stores.make());
    for (let i = 0; i < 18; i++) await vfs.writeFile(`/from/f${i}`, data);
    await vfs.cp("/from", "/to/t", { recursive: true });
    expect((await vfs.readdir("/to/t")).length).toBe(18);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(17 << 20);
  });
});
