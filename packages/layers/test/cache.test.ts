import { CONTEXT } from "@vfs/conformance";
import { createVfs, type Layer, type Provider, type Vfs, type VPath } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { cache, permissions, type CacheOptions } from "../src/index.ts";
import { counted, type Counted } from "./counted.ts";
import { tryLayer } from "./kit.ts";
import { lacking } from "./lacking.ts";
import { ManualClock, settled } from "./manual-clock.ts";

tryLayer("cache", { layers: () => [cache({ ttlMs: Infinity })], places: ["mount"] });
tryLayer("cache that is always full", { layers: () => [cache({ maxBytes: 3000 })], places: ["mount"] });

interface Cached {
  readonly vfs: Vfs;
  readonly watched: Counted;
  /** The same store, without the cache. */
  readonly beside: Vfs;
  readonly clock: ManualClock;
  /** What the store was asked since the last time. */
  readonly asked: () => string[];
}

/** A store that is far, in that each question counts: without hard links unless told, like that of objects. */
async function cached(
  options: CacheOptions = {},
  inner: Provider = lacking({ links: false }, "link"),
  above: readonly Layer[] = [],
): Promise<Cached> {
  const clock = new ManualClock();
  const watched = counted(inner);
  const whole = createVfs(memory());
  const layers = [...above, cache({ clock, ttlMs: Infinity, ...options })];
  await whole.mount("/m", watched.store, { layers });
  const vfs = whole.view({ root: "/m" });
  const beside = createVfs(watched.store, { keepOpen: true });
  await vfs.mkdir("/d");
  await vfs.writeFile("/d/f", "content");
  watched.calls.length = 0;
  return { vfs, watched, beside, clock, asked: () => watched.calls.splice(0) };
}

describe("cache", () => {
  it("asks once for a stat, a listing and content", async () => {
    const { vfs, asked } = await cached();
    for (let i = 0; i < 3; i++) {
      expect(await vfs.readFile("/d/f", "utf8")).toBe("content");
      expect((await vfs.stat("/d/f")).size).toBe(7);
      expect((await vfs.lstat("/d/f")).size).toBe(7);
      expect(await vfs.readdir("/d")).toEqual(["f"]);
    }
    expect(asked()).toEqual(["read", "stat", "list"]);
    expect(await vfs.readFile("/d/f", { encoding: "utf8", start: 2, end: 4 })).toBe("nt");
    let text = "";
    for await (const chunk of vfs.readStream("/d/f", { start: 3, chunkSize: 2 }))
      text += new TextDecoder().decode(chunk);
    expect(text).toBe("tent");
    expect(asked()).toEqual([]);
  });

  it("answers a caller that cannot wait as it does others", async () => {
    const { vfs, asked } = await cached();
    expect(vfs.sync.readFile("/d/f", "utf8")).toBe("content");
    expect(vfs.sync.readFile("/d/f", "utf8")).toBe("content");
    expect([...vfs.sync.readStream("/d/f")].length).toBe(1);
    expect(asked()).toEqual(["read"]);
  });

  it("forgets what is changed, by whatever operation, in its mount and beside it", async () => {
    const { vfs, beside, asked } = await cached();
    const look = async (): Promise<string> => {
      const names = (await vfs.readdir("/d", { withFileTypes: true, stat: true })).map(({ name }) => name);
      const stat = await vfs.stat("/d/f", { throwIfNoEntry: false });
      const text = await vfs.readFile("/d/f", "utf8").catch((reason: { code: string }) => reason.code);
      return `${names.join()} ${stat?.size} ${text} ${(await vfs.stat("/d")).nlink}`;
    };
    for (const face of [vfs, beside]) {
      const handle = await face.open("/d/f", "r+");
      const steps: [() => Promise<unknown>, string][] = [
        [() => face.writeFile("/d/f", "four"), "f 4 four 2"],
        [() => face.writeStream("/d/f", ["streams"]), "f 7 streams 2"],
        [() => face.appendFile("/d/f", "!"), "f 8 streams! 2"],
        [() => face.truncate("/d/f", 2), "f 2 st 2"],
        [() => handle.write("new", 0), "f 3 new 2"],
        [() => handle.truncate(1), "f 1 n 2"],
        [() => face.mkdir("/d/e"), "f,e 1 n 3"],
        [() => face.rename("/d/e", "/e"), "f 1 n 2"],
        [() => face.copyFile("/d/f", "/d/g"), "f,g 1 n 2"],
        [() => face.rename("/d/g", "/d/f"), "f 1 n 2"],
        [() => face.symlink("f", "/d/l"), "f,l 1 n 2"],
        [() => face.unlink("/d/l"), "f 1 n 2"],
        [() => face.rename("/d", "/z"), "ENOENT"],
        [() => face.rename("/z", "/d"), "f 1 n 2"],
        [() => face.rm("/d", { recursive: true }), "ENOENT"],
        [() => face.cp("/e", "/d", { recursive: true }), " undefined ENOENT 2"],
        [() => face.rmdir("/e"), " undefined ENOENT 2"],
        [() => face.writeFile("/d/f", "content"), "f 7 content 2"],
      ];
      for (const [step, expected] of steps) {
        await step();
        const seen = await look().catch((reason: { code: string }) => reason.code);
        expect(seen, String(step)).toBe(expected);
        asked();
        expect(await look().catch((reason: { code: string }) => reason.code)).toBe(expected);
      }
      await handle.close();
      await face.chmod("/d/f", 0o600);
      expect((await vfs.stat("/d/f")).mode & 0o777).toBe(0o600);
      await face.setMeta("/d/f", { meta: { k: face === vfs ? "own" : "other" } });
      expect((await vfs.stat("/d/f")).meta).toEqual({ k: face === vfs ? "own" : "other" });
    }
  });

  it("forgets what failed to be changed: it may have been done all the same", async () => {
    const { vfs, watched } = await cached();
    await vfs.readFile("/d/f");
    const must = watched.store as Required<Provider>;
    let lose = true;
    watched.before = (method) => {
      if (method !== "write" || !lose) return;
      lose = false;
      void must.write("/d/f" as VPath, new TextEncoder().encode("written"), {}, CONTEXT);
      throw new Error("the answer was lost");
    };
    await expect(vfs.writeFile("/d/f", "written")).rejects.toThrow("lost");
    expect(await vfs.readFile("/d/f", "utf8")).toBe("written");
  });

  it("believes others for so long, then asks whether the version is still the same", async () => {
    const { vfs, watched, clock, asked } = await cached({ ttlMs: 1000 });
    const must = watched.store as Required<Provider>;
    // Around core, as another program would.
    const put = (text: string): unknown =>
      must.write("/d/f" as VPath, new TextEncoder().encode(text), {}, CONTEXT);
    await vfs.stat("/d/f");
    await vfs.readFile("/d/f");
    await put("changed");
    expect(await vfs.readFile("/d/f", "utf8")).toBe("content");
    clock.pass(1000);
    expect(await vfs.readFile("/d/f", "utf8")).toBe("changed");
    clock.pass(1000);
    asked();
    for (let i = 0; i < 4; i++) {
      expect(await vfs.readFile("/d/f", "utf8")).toBe("changed");
      clock.pass(1000);
    }
    expect(asked().filter((name) => name === "read").length, "reads of the same version").toBeLessThanOrEqual(
      1,
    );
    await put("anew");
    expect(await vfs.readFile("/d/f", { encoding: "utf8", start: 1 })).toBe("new");
    expect((await vfs.stat("/d/f")).size).toBe(4);
    expect(await vfs.readdir("/d")).toEqual(["f"]);
    await must.remove("/d/f" as VPath, { kind: "file" }, CONTEXT);
    clock.pass(1000);
    expect(await vfs.readdir("/d")).toEqual([]);
    await expect(vfs.readFile("/d/f")).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("makes one question of many, each with an answer, bytes and an error of its own", async () => {
    const { vfs, watched, asked } = await cached();
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    watched.before = () => gate;
    const control = new AbortController();
    const all = [
      vfs.readFile("/d/f", { signal: control.signal }).catch((reason: unknown) => reason),
      vfs.readFile("/d/f"),
      vfs.readFile("/d/f"),
    ] as const;
    const none = [vfs.stat("/none"), vfs.view({ root: "/" }).stat("/none")].map(async (stat) =>
      stat.catch((reason: unknown) => reason),
    );
    await settled();
    control.abort("enough");
    open?.();
    const [first, second, third] = await Promise.all(all);
    expect(first).toBe("enough");
    expect(new TextDecoder().decode(second)).toBe("content");
    second.fill(0);
    third.fill(1);
    expect(await vfs.readFile("/d/f", "utf8")).toBe("content");
    const [one, other] = await Promise.all(none);
    expect(one).toMatchObject({ code: "ENOENT", path: "/none" });
    expect(other).not.toBe(one);
    expect(asked()).toEqual(["read", "stat"]);
  });

  it("lets nobody join a question from before a change, and does not keep its answer", async () => {
    const { vfs, watched, beside } = await cached();
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    // The store has read, and its answer is on the way.
    watched.after = (method) => (method === "write" ? undefined : gate);
    const before = [vfs.readFile("/d/f", "utf8"), vfs.stat("/d/f"), vfs.readdir("/d")] as const;
    await settled();
    watched.after = undefined;
    await beside.writeFile("/d/f", "after");
    await beside.writeFile("/d/g", "");
    open?.();
    expect((await Promise.all(before))[0]).toBe("content");
    expect(await vfs.readFile("/d/f", "utf8")).toBe("after");
    expect((await vfs.stat("/d/f")).size).toBe(5);
    expect(await vfs.readdir("/d")).toEqual(["f", "g"]);
  });

  it("never gives its own memory", async () => {
    const { vfs } = await cached();
    (await vfs.readFile("/d/f")).fill(0);
    (await vfs.readFile("/d/f")).fill(0);
    for await (const chunk of vfs.readStream("/d/f")) chunk.fill(0);
    expect(await vfs.readFile("/d/f", "utf8")).toBe("content");
    await vfs.setMeta("/d/f", { meta: { k: "v" } });
    const stat = await vfs.stat("/d/f");
    try {
      (stat.meta as Record<string, string>)["k"] = "w";
    } catch {
      // It may be frozen.
    }
    expect((await vfs.stat("/d/f")).meta).toEqual({ k: "v" });
  });

  it("takes no more memory than it may: what was used longest ago goes first", async () => {
    const { vfs, asked } = await cached({ maxBytes: 40_000, maxFileBytes: 12_000 });
    for (const name of ["a", "b", "c", "d2", "big"])
      await vfs.writeFile(`/${name}`, "x".repeat(name === "big" ? 13_000 : 10_000));
    asked();
    for (const name of ["a", "b", "c", "a", "d2", "a", "c", "d2"]) await vfs.readFile(`/${name}`);
    expect(asked().length, "all but b fit").toBe(4);
    await vfs.readFile("/b");
    expect(asked()).toEqual(["read"]);
    await vfs.readFile("/big");
    await vfs.readFile("/big");
    expect(asked(), "too large to be kept").toEqual(["read", "read"]);
  });

  it("asks each time for a file with two names, which one may be changed by the other", async () => {
    const { vfs, asked } = await cached({}, memory());
    await vfs.link("/d/f", "/g");
    expect(await vfs.readFile("/g", "utf8")).toBe("content");
    await vfs.stat("/g");
    await vfs.readdir("/", { withFileTypes: true, stat: true });
    await vfs.writeFile("/d/f", "by the other name");
    expect(await vfs.readFile("/g", "utf8")).toBe("by the other name");
    expect((await vfs.stat("/g")).size).toBe(17);
    const [, entry] = await vfs.readdir("/", { withFileTypes: true, stat: true });
    expect(entry?.stat?.size).toBe(17);
    asked();
  });

  it("is below policy: a hit is authorized each time", async () => {
    const direct = await cached({}, memory());
    await direct.vfs.chmod("/d", 0o700);
    await direct.vfs.readFile("/d/f");
    await direct.vfs.stat("/d/f");
    const bob = { uid: 1001, gid: 1001 };
    const other = direct.vfs.view({ identity: bob });
    await expect(other.readFile("/d/f")).rejects.toMatchObject({ code: "EACCES" });
    await expect(other.stat("/d/f")).rejects.toMatchObject({ code: "EACCES" });
    const layered = await cached({}, lacking({ permissions: false }), [permissions()]);
    await layered.vfs.chmod("/d", 0o700);
    await layered.vfs.readFile("/d/f");
    await expect(layered.vfs.view({ identity: bob }).readFile("/d/f")).rejects.toMatchObject({
      code: "EACCES",
    });
  });

  it("forgets everything after an operation that does not exist yet", async () => {
    const layer = cache({ ttlMs: Infinity });
    const store = memory();
    const next = ({ op }: { op: string }): unknown =>
      op === "stat" ? { ...(store.stat("/" as VPath, {}, CONTEXT) as object), n: ++asked } : "done";
    let asked = 0;
    const send = (op: string): unknown => {
      const call = { op, path: "/", args: {}, ctx: CONTEXT, mountPath: "/", with: () => ({ op }) };
      return layer.handle(call as never, next as never);
    };
    send("stat");
    send("stat");
    expect(asked).toBe(1);
    expect(send("restore")).toBe("done");
    send("stat");
    expect(asked).toBe(2);
  });

  it("serves one mount, again after that was taken away, and takes no nonsense", async () => {
    const layer = cache();
    const vfs = createVfs(memory());
    await vfs.mount("/a", memory(), { layers: [layer] });
    await expect(vfs.mount("/a", memory(), { layers: [cache()] })).rejects.toMatchObject({ code: "EBUSY" });
    await expect(vfs.mount("/b", memory(), { layers: [layer] })).rejects.toThrow(TypeError);
    await vfs.writeFile("/a/f", "first");
    await vfs.readFile("/a/f");
    await vfs.unmount("/a");
    await vfs.mount("/a", memory(), { layers: [layer] });
    await expect(vfs.readFile("/a/f")).rejects.toMatchObject({ code: "ENOENT" });
    expect(() => createVfs(memory(), { layers: [layer] })).toThrow(TypeError);
    for (const options of [{ maxBytes: -1 }, { ttlMs: Number.NaN }])
      expect(() => cache(options)).toThrow(RangeError);
  });
});
