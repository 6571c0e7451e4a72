import { delayed } from "@vfs/conformance";
import { createVfs, isVfsError, type FileHandle, type Layer, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { quota } from "../src/index.ts";
import { silent, withoutOpen } from "./silent.ts";

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

/** Counts the calls that pass, by their operation. */
function counter(counts: Record<string, number>): Layer {
  return {
    name: "counter",
    slot: "limit",
    handle: (call, next) => {
      counts[call.op] = (counts[call.op] ?? 0) + 1;
      return next(call as never);
    },
  };
}

describe("quota › a store that has something already", () => {
  it("is measured once, for all who come at the same time", async () => {
    const provider = delayed(silent(memory()));
    const bare = createVfs(provider, { keepOpen: true });
    for (let i = 0; i < 20; i++) await bare.writeFile(`/f${i}`, bytes(10));
    const counts: Record<string, number> = {};
    const layer = quota({ maxTotalBytes: 1000 });
    const vfs = createVfs(provider, { layers: [layer, counter(counts)] });
    expect(layer.usage().measured).toBe(false);
    await Promise.all(Array.from({ length: 10 }, (_, i) => vfs.writeFile(`/g${i}`, bytes(1))));
    expect(layer.usage()).toMatchObject({ measured: true, bytes: 210, files: 30 });
    expect(counts["list"]).toBe(1);
  });

  it("is measured without waiting where the store does not wait", () => {
    const provider = silent(memory());
    createVfs(provider, { keepOpen: true }).sync.writeFile("/a", bytes(9));
    const layer = quota({ maxTotalBytes: 10 });
    const vfs = createVfs(provider, { layers: [layer] }).sync;
    vfs.writeFile("/b", bytes(1));
    expect(() => vfs.writeFile("/c", bytes(1))).toThrow("maxTotalBytes: 10 bytes in all, this would be 11");
    expect(layer.usage()).toMatchObject({ bytes: 10, files: 2 });
  });
});

describe("quota › a store that others change", () => {
  it("is asked before each call, where it tells how full it is", async () => {
    const provider = memory();
    const others = createVfs(provider, { keepOpen: true });
    const layer = quota({ maxTotalBytes: 10 });
    const vfs = createVfs(provider, { layers: [layer] });
    await vfs.writeFile("/a", bytes(2));
    await others.writeFile("/b", bytes(8));
    await expect(vfs.appendFile("/a", bytes(1))).rejects.toMatchObject({ code: "EDQUOT" });
    await others.unlink("/b");
    await vfs.appendFile("/a", bytes(8));
    expect(layer.usage().bytes).toBe(10);
  });

  it("is taken up by resync(), where it does not, while nothing is under way", async () => {
    const provider = delayed(silent(memory()));
    const others = createVfs(provider, { keepOpen: true });
    const layer = quota({ maxTotalBytes: 100 });
    const vfs = createVfs(provider, { layers: [layer] });
    await vfs.writeFile("/a", bytes(2));
    await others.writeFile("/b", bytes(8));
    expect(layer.usage().bytes).toBe(2);
    const [, , usage] = await Promise.all([
      vfs.writeFile("/c", bytes(3)),
      vfs.rm("/a"),
      layer.resync(),
      vfs.writeFile("/d", bytes(5)),
    ]);
    expect([11, 13, 16, 18]).toContain(usage.bytes);
    expect(layer.usage().bytes).toBe(16);
  });

  it("costs resync() one question, where it tells", async () => {
    const counts: Record<string, number> = {};
    const layer = quota({ maxTotalBytes: 100 });
    const vfs = createVfs(delayed(memory()), { layers: [layer, counter(counts)] });
    await vfs.writeFile("/a", bytes(5));
    delete counts["usage"];
    expect(await layer.resync()).toMatchObject({ bytes: 5, files: 1, measured: true });
    expect(counts).toEqual({ write: 1, usage: 1 });
  });
});

describe("quota › of a whole Vfs", () => {
  const stores: [string, () => Provider, () => Provider][] = [
    ["that tell", memory, memory],
    ["that do not", () => silent(memory()), () => silent(memory())],
    ["of both kinds", memory, () => silent(memory())],
  ];

  it.each(stores)("counts mounts %s together, also while they come and go", async (_, root, other) => {
    const layer = quota({ maxTotalBytes: 10, maxFiles: 6 });
    const vfs = createVfs(root(), { layers: [layer] });
    await vfs.writeFile("/a", bytes(4));
    const full = other();
    await createVfs(full, { keepOpen: true }).writeFile("/x", bytes(5));
    await vfs.mount("/m/n", full, { keepOpen: true });
    await vfs.writeFile("/m/n/y", bytes(1));
    expect(layer.usage()).toMatchObject({ bytes: 10, files: 3 });
    for (const path of ["/a", "/m/n/x"])
      await expect(vfs.appendFile(path, bytes(1))).rejects.toMatchObject({ code: "EDQUOT" });
    await expect(vfs.copyFile("/a", "/m/n/z")).rejects.toMatchObject({ code: "EDQUOT" });
    // The directory /m, that so far only the mount calls for, is made with it.
    await vfs.writeFile("/m/b", bytes(0));
    expect(layer.usage()).toMatchObject({ bytes: 10, files: 5 });
    await vfs.unmount("/m/n");
    expect((await layer.resync()).bytes).toBe(4);
    await vfs.writeFile("/a", bytes(10));
    await vfs.mount("/m/n", full);
    expect((await layer.resync()).bytes).toBe(16);
    await vfs.unlink("/m/n/x");
    await expect(vfs.mv("/m/n/y", "/y")).rejects.toMatchObject({ code: "EDQUOT" });
    expect(await vfs.exists("/m/n/y")).toBe(true);
    await vfs.truncate("/a", 0);
    await vfs.mv("/m/n/y", "/y");
    expect(layer.usage()).toMatchObject({ bytes: 1, reservedBytes: 0, reservedFiles: 0 });
  });

  it("counts the directories that are made because something is put beside a mount", async () => {
    const layer = quota({ maxFiles: 2 });
    const vfs = createVfs(memory(), { layers: [layer] });
    await vfs.mount("/some/where", memory());
    await vfs.writeFile("/x", "");
    await expect(vfs.writeFile("/some/y", "")).rejects.toMatchObject({ code: "EDQUOT" });
    await vfs.unlink("/x");
    await vfs.writeFile("/some/y", "");
    await vfs.writeFile("/some/y", "again");
    await vfs.mount("/else/where", memory());
    await expect(vfs.rename("/some/y", "/else/y")).rejects.toMatchObject({ code: "EDQUOT" });
    expect(layer.usage().files).toBe(2);
  });

  it("counts a store that is mounted twice once", async () => {
    const store = memory();
    const layer = quota({ maxTotalBytes: 10 });
    const vfs = createVfs(store, { layers: [layer], keepOpen: true });
    await vfs.mount("/again", store, { keepOpen: true });
    await vfs.writeFile("/a", bytes(5));
    await vfs.writeFile("/again/b", bytes(5));
    expect(layer.usage()).toMatchObject({ bytes: 10, files: 2 });
  });
});

describe("quota › of a mount", () => {
  it("limits that mount alone, with paths of its own", async () => {
    const vfs = createVfs(memory());
    await vfs.mount("/a/b/c", memory(), { layers: [quota({ maxTotalBytes: 5, maxDepth: 1 })] });
    await vfs.writeFile("/free", bytes(100));
    await vfs.writeFile("/a/b/c/f", bytes(5));
    const failed = await vfs.appendFile("/a/b/c/f", bytes(1)).catch((error: unknown) => error);
    expect(isVfsError(failed, "EDQUOT") && failed.path).toBe("/a/b/c/f");
  });

  it.each([["/"], ["/a/b"]])("counts what only core keeps for an open file, mounted at %s", async (at) => {
    const layer = quota({ maxTotalBytes: 10 });
    const store = withoutOpen(memory());
    const vfs = createVfs(at === "/" ? store : memory(), { layers: at === "/" ? [layer] : [] });
    if (at !== "/") await vfs.mount(at, store, { layers: [layer] });
    const view = vfs.view({ root: at });
    const file = await view.open("/f", "w");
    await file.write(bytes(4));
    await view.rename("/f", "/g");
    await view.unlink("/g");
    await file.write(bytes(4));
    expect(layer.usage()).toMatchObject({ bytes: 8, files: 0 });
    await view.writeFile("/g", bytes(2));
    await expect(file.write(bytes(1))).rejects.toMatchObject({ code: "EDQUOT" });
    await file.close();
    expect(layer.usage()).toMatchObject({ bytes: 2, files: 1 });
  });

  it("counts what a stream leaves of a file that is opened while it is written", async () => {
    const layer = quota({ maxTotalBytes: 10 });
    const vfs = createVfs(withoutOpen(memory()), { layers: [layer] });
    const opening: Promise<FileHandle<"async">>[] = [];
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes(1);
      opening.push(vfs.open("/f", "wx"));
    }
    await vfs.writeStream("/f", source());
    const [file] = await Promise.all(opening);
    expect((await vfs.stat("/f")).size).toBe(1);
    expect(layer.usage()).toMatchObject({ bytes: 1, files: 1 });
    await file?.close();
    expect(layer.usage()).toMatchObject({ bytes: 1, files: 1 });
  });

  it("counts what a stream leaves of what a handle writes meanwhile", async () => {
    const layer = quota({ maxTotalBytes: 20 });
    const vfs = createVfs(withoutOpen(memory()), { layers: [layer] });
    const file = await vfs.open("/f", "w+");
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes(1);
      await file.write(bytes(5), 0, 5, 0);
    }
    await vfs.writeStream("/f", source());
    expect((await file.stat()).size).toBe(1);
    expect(layer.usage()).toMatchObject({ bytes: 1, files: 1 });
    await file.close();
    expect(layer.usage()).toMatchObject({ bytes: 1, files: 1 });
  });
});
