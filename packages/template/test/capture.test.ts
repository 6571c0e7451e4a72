import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { apply, capture, format, preload } from "../src/index.ts";
import { everything, failure } from "./helpers.ts";

describe("capture", () => {
  it("writes a template that makes the same tree, as an object, YAML or JSON", async () => {
    await using vfs = createVfs(memory());
    await vfs.mkdir("/t/empty", { recursive: true, mode: 0o755 });
    await vfs.mkdir("/t/d", 0o711);
    await vfs.writeFile("/t/d/text ${x} $${y}", "a ${b} $${c}\n", {
      mode: 0o600,
      contentType: "text/x",
      meta: { k: "v" },
    });
    await vfs.writeFile("/t/d/bytes", Uint8Array.from([0, 255, 10, 13]));
    await vfs.writeFile("/t/bom", "\ufeffx\r\ny");
    await vfs.writeFile("/t/none", "");
    await vfs.link("/t/none", "/t/twin");
    await vfs.symlink("d/bytes", "/t/link");
    const before = await everything(vfs, "/t");
    const template = await capture(vfs, "/t");
    for (const form of [template, format(template), format(template, "json")]) {
      await apply(vfs, form, { target: "/copy" });
      const after = await everything(vfs.view({ root: "/copy" }));
      expect(after).toEqual(
        Object.fromEntries(Object.entries(before).map(([path, what]) => [path.slice(2), what])),
      );
      expect((await vfs.stat("/copy/twin")).nlink).toBe(2);
      expect(await vfs.stat("/copy/d/text ${x} $${y}")).toMatchObject({
        contentType: "text/x",
        meta: { k: "v" },
      });
      await vfs.rm("/copy", { recursive: true });
    }
  });

  it("refuses what no template can make", async () => {
    await using vfs = createVfs(memory());
    await vfs.mkdir("/t");
    await vfs.symlink("/etc", "/t/l");
    expect((await failure(capture(vfs, "/t"))).code).toBe("ENOTSUP");
    await vfs.unlink("/t/l");
    await vfs.writeFile("/t/f", new Uint8Array(11));
    const error = await failure(capture(vfs, "/t", { maxFileBytes: 10 }));
    expect([error.code, error.path]).toEqual(["EFBIG", "/f"]);
  });
});

describe("preload", () => {
  it("loads what a provider holds, but for what is excluded", async () => {
    const store = memory();
    await using source = createVfs(store);
    await source.mkdir("/p/.git", { recursive: true });
    await source.writeFile("/p/.git/config", "x");
    await source.writeFile("/p/run", "#!", { mode: 0o755 });
    await source.link("/p/run", "/p/again");
    await source.symlink("run", "/p/l");
    await using vfs = createVfs(memory());
    await preload(vfs, store, "/data", { from: "/p", exclude: (path) => path.endsWith("/.git") });
    expect(await everything(vfs, "/data")).toEqual({
      "/data/again": "755 #!",
      "/data/l": "-> run",
      "/data/run": "755 #!",
    });
    expect((await vfs.stat("/data/run")).nlink).toBe(2);
    expect((await failure(preload(vfs, store, "/data", { from: "/p" }))).code).toBe("EEXIST");
    await preload(vfs, store, "/data", { from: "/p", onConflict: "merge" });
    expect(await vfs.readFile("/data/.git/config", "utf8")).toBe("x");
  });
});
