import { capabilities, createVfs, type Layer, type Provider, type Vfs } from "@vfs/core";
import { linearRegex } from "@vfs/core/linear-regex";
import { describe, expect, it } from "vitest";
import { memory } from "../src/index.ts";

/** A layer that writes down what passes. */
function recorder(calls: string[], slot: Layer["slot"] = "trace"): Layer {
  return {
    name: "recorder",
    slot,
    handle: (call, next) => {
      calls.push(`${call.op} ${call.path}`);
      return next(call);
    },
  };
}

async function fill(vfs: Vfs): Promise<void> {
  for (const path of ["/a/b/c/f.ts", "/d/e/f.ts", "/m/n/f.ts", "/m/o/p/f.ts"]) {
    await vfs.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await vfs.writeFile(path, "x\n");
  }
}

async function collect<T>(found: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of found) all.push(one);
  return all;
}

/** Memory that answers reads in a later turn, and knows how many were under way at once. */
function slow(): { readonly provider: Provider; readonly most: () => number } {
  const inner = memory();
  let running = 0;
  let most = 0;
  const read: Provider["read"] = async (...args) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return inner.read(...args);
  };
  const changed: Partial<Provider> = { read, caps: capabilities({ ...inner.caps, sync: false }) };
  const provider = new Proxy(inner, {
    get: (target, key) => {
      const value: unknown = Reflect.get(key in changed ? changed : target, key);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
  return { provider, most: () => most };
}

describe("memory › search", () => {
  it("find › is one call a page, and a mount below takes apart the directories above it only", async () => {
    const calls: string[] = [];
    const vfs = createVfs(memory(), { layers: [recorder(calls)] });
    await fill(vfs);
    calls.length = 0;
    expect(await collect(vfs.find("/", { name: "f.ts" }))).toHaveLength(4);
    expect(calls).toEqual(["find /"]);
    await vfs.mount("/m/o", memory());
    calls.length = 0;
    expect(await collect(vfs.find("/", { name: "f.ts" }))).toHaveLength(3);
    expect(calls.sort()).toEqual([
      "find /a",
      "find /d",
      "find /m/n",
      "find /m/o",
      "list /",
      "list /m",
      "stat /",
    ]);
    calls.length = 0;
    expect(await collect(vfs.glob("**/f.ts"))).toHaveLength(3);
    expect(calls.some((call) => call.startsWith("find /a"))).toBe(true);
    await vfs.close();
  });

  it("what concerns a whole tree › is one call, and is looked at first only where that decides", async () => {
    const calls: string[] = [];
    const vfs = createVfs(memory(), { layers: [recorder(calls)] });
    const callsOf = async (action: () => Promise<unknown>): Promise<string[]> => {
      calls.length = 0;
      await action();
      return [...calls];
    };
    await vfs.mkdir("/t/d/e", { recursive: true });
    await vfs.writeFile("/t/d/f", "12345");
    await vfs.symlink("/t/d", "/l");
    expect(await callsOf(() => collect(vfs.find("/t")))).toEqual(["find /t"]);
    expect(await callsOf(() => vfs.tree("/t", { maxDepth: 1 }))).toEqual(["find /t"]);
    // A link is told by what was asked, and led through behind a look.
    const looks = ["find /l", "stat /l", "stat /t/d", "stat /l", "stat /t/d", "find /t/d"];
    expect(await callsOf(() => collect(vfs.find("/l")))).toEqual(looks);
    expect(await callsOf(() => vfs.rm("/l", { recursive: true }))).toEqual(["remove /l", "remove /l"]);
    expect(await callsOf(() => vfs.rm("/t/d", { recursive: true }))).toEqual(["remove /t/d"]);
    const force = { recursive: true, force: true };
    expect(await callsOf(() => vfs.rm("/none", force))).toEqual(["remove /none"]);
    // Who is somebody, or has a mount below, is led directory by directory.
    await vfs.mount("/t/m", memory());
    expect(await callsOf(() => collect(vfs.find("/t")))).toEqual([
      "stat /t",
      "stat /t",
      "list /t",
      "find /t/m",
    ]);
    const bob = vfs.view({ identity: { uid: 7, gid: 7 } });
    await expect(bob.rm("/t", { recursive: true })).rejects.toMatchObject({ code: "EBUSY" });
    expect((await callsOf(() => collect(bob.find("/")))).slice(0, 1)).toEqual(["stat /"]);
    await vfs.close();
  });

  it("find › is not asked of a store below a layer that changes names or content", async () => {
    const calls: string[] = [];
    const vfs = createVfs(memory());
    await vfs.mount("/t", memory(), { layers: [recorder(calls, "transform")] });
    await fill(vfs.view({ root: "/t" }));
    expect(await collect(vfs.find("/t", { type: "file" }))).toHaveLength(4);
    expect(calls.filter((call) => call.startsWith("find"))).toEqual([]);
    await vfs.close();
  });

  it("find › comes to its end when the signal is aborted between two pages", async () => {
    const vfs = createVfs(memory());
    await vfs.mkdir("/d");
    for (let i = 0; i < 20_000; i++) vfs.sync.writeFile(`/d/f${i}`, "");
    const ending = new AbortController();
    const reason = new Error("enough");
    let seen = 0;
    const reading = async (): Promise<void> => {
      for await (const _ of vfs.find("/", { signal: ending.signal })) if (++seen === 10) ending.abort(reason);
    };
    await expect(reading()).rejects.toBe(reason);
    expect(seen).toBeLessThan(10_000);
    await vfs.close();
  });

  it.each([1, 3, 8])("grep › reads %i files at once where it must wait, and no more", async (concurrency) => {
    const { provider, most } = slow();
    const vfs = createVfs(provider);
    for (let i = 0; i < 50; i++) await vfs.writeFile(`/f${String(i).padStart(2, "0")}`, `x${i}\n`);
    const found = await collect(vfs.grep("/", "x", { concurrency }));
    expect(found.map(({ text }) => text)).toEqual(Array.from({ length: 50 }, (_, i) => `x${i}`));
    expect(most()).toBe(concurrency);
    await vfs.close();
  });

  it("grep › with linearRegex is done with a pattern that keeps others busy for ever", async () => {
    const vfs = createVfs(memory());
    await vfs.writeFile("/f", `${"a".repeat(100_000)}!\naaa\n`);
    const lines = await collect(vfs.grep("/", /^(a+)+$/, { engine: linearRegex }));
    expect(lines.map(({ line, column, length }) => [line, column, length])).toEqual([[2, 1, 3]]);
    await expect(collect(vfs.grep("/", /(a)\1/, { engine: linearRegex }))).rejects.toThrow("EINVAL");
    await vfs.close();
  });
});
