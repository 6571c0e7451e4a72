import { CONTEXT } from "@vfs/conformance";
import { createVfs, type Provider, type VPath } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { expiry } from "../src/index.ts";
import { ending, plain } from "./ending.ts";
import { codeOf } from "./outcomes.ts";
import { counted } from "./counted.ts";
import { tryLayer } from "./kit.ts";
import { lacking } from "./lacking.ts";
import { ManualClock } from "./manual-clock.ts";
import { DELAYED, lessAndMore, MEMORY, SNAPSHOTS_OF_LESS } from "./skips.ts";

const REFUSED = "setMeta › is refused where the store keeps none";
const NO_META = {
  "the store keeps no attributes": [
    "setMeta › keeps a content type and attributes",
    "setMeta › goes along with a copy and a rename",
    "setMeta › shares nothing with the caller",
    "setMeta › stays when the content is replaced",
    "attributes › belong to one file, and their names keep their case",
    ...SNAPSHOTS_OF_LESS,
  ],
};

tryLayer("expiry", { layers: () => [expiry()] });

tryLayer("expiry without attributes", {
  layers: () => [expiry()],
  make: plain,
  skips: lessAndMore(MEMORY, [REFUSED], NO_META),
  delayedSkips: lessAndMore(DELAYED, [REFUSED], NO_META),
});

describe("expiry", () => {
  it("leaves what somebody writes between the look and the removal", async () => {
    const clock = new ManualClock();
    const watched = counted(memory());
    const vfs = createVfs(watched.store, { layers: [expiry({ clock })] });
    await vfs.writeFile("/f", "old", { ttlMs: 1000 });
    clock.pass(1000);
    const must = watched.store as Required<Provider>;
    let raced = false;
    watched.before = (method) => {
      if (method !== "remove" || raced) return;
      raced = true;
      must.remove("/f" as VPath, { kind: "file" }, CONTEXT);
      must.write("/f" as VPath, new TextEncoder().encode("new"), {}, CONTEXT);
    };
    await vfs.exists("/f");
    expect(raced).toBe(true);
    expect(new TextDecoder().decode(await must.read("/f" as VPath, {}, CONTEXT))).toBe("new");
  });

  it("does not show how it is kept", async () => {
    const { vfs, clock } = ending(memory);
    await vfs.writeFile("/f", "x", { ttlMs: 1000, meta: { k: "v" } });
    expect((await vfs.stat("/f")).meta).toEqual({ k: "v" });
    await vfs.setMeta("/f", { meta: { k: "w" } });
    const [entry] = await vfs.readdir("/", { withFileTypes: true, stat: true });
    expect(entry?.stat?.meta).toEqual({ k: "w" });
    const handle = await vfs.open("/f");
    expect((await handle.stat()).meta).toEqual({ k: "w" });
    await handle.close();
    expect(await codeOf(() => vfs.setMeta("/f", { meta: { "vfs-expires-ms": "9" } }))).toBe("EINVAL");
    expect(await codeOf(() => vfs.writeFile("/g", "", { meta: { "vfs-expires-ms": "9" } }))).toBe("EINVAL");
    await vfs.writeFile("/e", "x", { ttlMs: 1000 });
    await vfs.setMeta("/e", { meta: { k: "w" } });
    clock.pass(1000);
    expect(await vfs.exists("/e"), "what ends, with other attributes").toBe(false);
    await vfs.writeFile("/f", "x", { ttlMs: 1000, meta: { k: "w" } });
    await vfs.writeFile("/f", "y", { ttlMs: 2000 });
    expect((await vfs.stat("/f")).meta, "its own attributes stay").toEqual({ k: "w" });
    clock.pass(2000);
    expect(await vfs.exists("/f")).toBe(false);
    const table = ending(plain);
    await table.vfs.writeFile("/f", "x", { ttlMs: 1000 });
    expect(await table.vfs.readdir("/")).toEqual(["f"]);
    for (const look of [
      () => table.vfs.readFile("/.vfs-expiry.json"),
      () => table.vfs.writeFile("/.vfs-expiry.json", "{}"),
      () => table.vfs.rename("/f", "/.vfs-expiry.json"),
      () => table.vfs.rename("/.vfs-expiry.json", "/g"),
    ])
      expect(await codeOf(look)).toBe("ENOENT");
  });

  it("is refused without the layer, of a stream before its source is read", async () => {
    for (const store of [memory(), lacking({ writeStream: false }, "writeStream")]) {
      const vfs = createVfs(store);
      expect(await codeOf(() => vfs.writeFile("/f", "x", { ttlMs: 1 }))).toBe("ENOTSUP");
      let pulled = false;
      const source = function* (): Generator<string> {
        pulled = true;
        yield "x";
      };
      expect(await codeOf(() => vfs.writeStream("/f", source(), { ttlMs: 1 }))).toBe("ENOTSUP");
      expect([pulled, await vfs.readdir("/")]).toEqual([false, []]);
    }
  });

  it("takes times above 0, for a file that is written as a whole", async () => {
    const { vfs } = ending(memory);
    for (const ttlMs of [0, -1, Number.NaN, Infinity])
      await expect(vfs.writeFile("/f", "x", { ttlMs })).rejects.toThrow(RangeError);
    expect(await codeOf(() => vfs.writeFile("/f", "x", { ttlMs: 1, flag: "a" }))).toBe("EINVAL");
    expect(() => expiry({ table: "/a/b" })).toThrow(TypeError);
    const layer = expiry();
    createVfs(memory(), { layers: [layer] });
    expect(() => createVfs(memory(), { layers: [layer] })).toThrow(TypeError);
  });

  it("counts from when the call was made, on a store that is not far", async () => {
    const { vfs, clock } = ending(memory);
    await vfs.writeStream("/f", ["a", "b"], { ttlMs: 1000 });
    clock.pass(999);
    expect(await vfs.exists("/f")).toBe(true);
    clock.pass(1);
    expect(await vfs.exists("/f")).toBe(false);
  });

  it("hides what is over where it cannot be removed", async () => {
    const { vfs, clock, store } = ending(memory);
    await vfs.writeFile("/f", "x", { ttlMs: 1000 });
    const whole = createVfs(memory());
    await whole.mount("/m", store, { readOnly: true, layers: [expiry({ clock })], keepOpen: true });
    const frozen = createVfs(memory(), { layers: [expiry({ clock })] });
    await frozen.mount("/m", store, { readOnly: true, keepOpen: true });
    clock.pass(1000);
    for (const face of [frozen, whole]) {
      expect(await codeOf(() => face.readFile("/m/f"))).toBe("ENOENT");
      expect(await face.readdir("/m")).toEqual([]);
    }
  });
});
