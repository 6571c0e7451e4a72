import { createVfs, isVfsError, VfsError, type OpenFlags, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { retry, type RetryOptions } from "../src/index.ts";
import { counted, type Counted } from "./counted.ts";
import { tryLayer } from "./kit.ts";
import { ManualClock } from "./manual-clock.ts";

tryLayer("retry", { layers: () => [retry()], places: ["mount"] });

interface Flaky {
  readonly vfs: Vfs;
  readonly clock: ManualClock;
  readonly watched: Counted;
  /** How often a method was called since the last time. */
  readonly count: (method: string) => number;
  /** Lets the next calls of a method fail. */
  readonly fail: (method: string, times: number, error?: () => unknown) => void;
}

const transient = (): VfsError => new VfsError("EIO", { reason: "transient" });
const busy = (): VfsError => new VfsError("EBUSY", { retryable: true });

/** A store that fails when it is told to; the wait is always the longest that there may be. */
async function flaky(options: RetryOptions = {}): Promise<Flaky> {
  const clock = new ManualClock();
  const watched = counted(memory());
  const whole = createVfs(memory());
  const layers = [retry({ clock, random: () => 1, ...options })];
  await whole.mount("/m", watched.store, { layers });
  const vfs = whole.view({ root: "/m" });
  await vfs.writeFile("/f", "0123456789");
  watched.calls.length = 0;
  return {
    vfs,
    clock,
    watched,
    count: (method) => {
      const found = watched.calls.filter((name) => name === method).length;
      watched.calls.length = 0;
      return found;
    },
    fail: (method, times, error = transient) => {
      let left = times;
      watched.before = (called) => {
        if (called === method && left-- > 0) throw error();
      };
    },
  };
}

describe("retry", () => {
  it("tries again what failed for now, with waits that grow, and no more often than it may", async () => {
    const { vfs, clock, count, fail } = await flaky({ attempts: 4, baseMs: 100, maxMs: 250 });
    fail("read", 3);
    expect(await vfs.readFile("/f", "utf8")).toBe("0123456789");
    expect([count("read"), clock.slept]).toEqual([4, [100, 200, 250]]);
    fail("read", 4);
    await expect(vfs.readFile("/f")).rejects.toMatchObject({ code: "EIO", path: "/f" });
    expect(count("read")).toBe(4);
  });

  it("waits a random part of that", async () => {
    let random = 0;
    const { vfs, clock, fail } = await flaky({ random: () => (random += 0.25) });
    fail("read", 3);
    await vfs.readFile("/f");
    expect(clock.slept).toEqual([25, 100, 300]);
  });

  it("does not try again what is no failure for now", async () => {
    const { vfs, count, fail, clock } = await flaky();
    for (const error of [() => new VfsError("EIO"), () => new VfsError("ENOENT"), () => new TypeError("x")]) {
      fail("read", 1, error);
      await vfs.readFile("/f").catch(() => undefined);
      expect(count("read")).toBe(1);
    }
    await vfs.symlink("f", "/link");
    expect(await vfs.readFile("/link", "utf8")).toBe("0123456789");
    expect(clock.slept).toEqual([]);
  });

  it("does not repeat what may have been done: the store's answer may have been lost", async () => {
    const { vfs, watched, fail, count } = await flaky();
    const handle = await vfs.open("/f", "a");
    const once: Record<string, [method: string, action: () => Promise<unknown>]> = {
      append: ["append", () => vfs.appendFile("/f", "x")],
      mkdir: ["mkdir", () => vfs.mkdir("/d")],
      remove: ["remove", () => vfs.unlink("/f")],
      rename: ["rename", () => vfs.rename("/f", "/g")],
      link: ["link", () => vfs.link("/f", "/g")],
      symlink: ["symlink", () => vfs.symlink("f", "/g")],
      "write wx": ["write", () => vfs.writeFile("/g", "x", { flag: "wx" })],
      "write ifMatch": ["write", () => vfs.writeFile("/f", "x", { ifMatch: "e" })],
      "open wx": ["open", () => vfs.open("/g", "wx")],
      "copy excl": ["copy", () => vfs.copyFile("/f", "/g", 1)],
    };
    for (const [what, [method, action]] of Object.entries(once)) {
      fail(method, 1);
      await expect(action(), what).rejects.toMatchObject({ code: "EIO" });
      expect(count(method), what).toBe(1);
      fail(method, 1, busy);
      await action().catch(() => undefined);
      expect(count(method), `${what}, of a busy store`).toBe(2);
      watched.before = undefined;
      await vfs.rm("/g", { force: true });
      await vfs.rm("/d", { force: true, recursive: true });
      await vfs.writeFile("/f", "0123456789");
      watched.calls.length = 0;
    }
    await handle.close();
  });

  it("repeats a write with the bytes that were given, whatever the caller has done to them since", async () => {
    const { vfs, fail, count, watched } = await flaky();
    const data = new TextEncoder().encode("first");
    fail("write", 2);
    const written = vfs.writeFile("/f", data);
    data.fill(33);
    await written;
    expect(count("write")).toBe(3);
    expect(await vfs.readFile("/f", "utf8")).toBe("first");
    let left = 2;
    watched.before = async (method) => {
      await Promise.resolve();
      if (method === "write" && left-- > 0) throw transient();
    };
    const later = new TextEncoder().encode("later");
    const again = vfs.writeFile("/f", later);
    later.fill(33);
    await again;
    expect(await vfs.readFile("/f", "utf8")).toBe("later");
  });

  it("writes a stream again only when its source was not touched", async () => {
    const { vfs, watched, fail, count } = await flaky();
    fail("writeStream", 1);
    const parts = async function* (): AsyncGenerator<string> {
      yield "ab";
      yield "cd";
    };
    await vfs.writeStream("/s", parts());
    expect(count("writeStream")).toBe(2);
    expect(await vfs.readFile("/s", "utf8")).toBe("abcd");
    watched.calls.length = 0;
    let pulls = 0;
    watched.before = (method, args) => {
      if (method !== "writeStream") return;
      const source = args[1] as AsyncIterable<Uint8Array>;
      return (async () => {
        for await (const _ of source) {
          pulls++;
          throw transient();
        }
      })();
    };
    await expect(vfs.writeStream("/s", parts())).rejects.toMatchObject({ code: "EIO" });
    expect([count("writeStream"), pulls]).toEqual([1, 1]);
  });

  it("begins a read stream anew as long as nothing of it has come, and never after", async () => {
    const { vfs, watched, clock } = await flaky();
    let failures = 2;
    const inner = watched.store as Required<Provider>;
    let after = 0;
    const store = new Proxy(watched.store, {
      get: (target, key) =>
        key === "readStream"
          ? async function* (...args: Parameters<Required<Provider>["readStream"]>) {
              await Promise.resolve();
              if (failures-- > 0) throw transient();
              for (const chunk of (await inner.readStream(...args)) as Iterable<Uint8Array>) {
                if (after-- === 1) throw transient();
                yield chunk;
              }
            }
          : (Reflect.get(target, key) as unknown),
    });
    const whole = createVfs(memory());
    await whole.mount("/m", store, { layers: [retry({ clock })], keepOpen: true });
    const read = async (): Promise<string> => {
      let text = "";
      for await (const chunk of whole.readStream("/m/f", { chunkSize: 4 }))
        text += new TextDecoder().decode(chunk);
      return text;
    };
    expect(await read()).toBe("0123456789");
    expect(clock.slept.length).toBe(2);
    failures = 0;
    after = 2;
    await expect(read()).rejects.toMatchObject({ code: "EIO" });
    expect(clock.slept.length).toBe(2);
    await vfs.stat("/f");
  });

  it("shares one budget among all calls: when all fail, hardly any is made twice", async () => {
    const { vfs, fail, count, watched } = await flaky({ budget: 5, attempts: 3 });
    fail("stat", Infinity);
    for (let i = 0; i < 20; i++) await vfs.stat("/f").catch(() => undefined);
    expect(count("stat")).toBe(25);
    watched.before = undefined;
    for (let i = 0; i < 11; i++) await vfs.stat("/f");
    watched.calls.length = 0;
    fail("stat", Infinity);
    await vfs.stat("/f").catch(() => undefined);
    await vfs.stat("/f").catch(() => undefined);
    expect(count("stat"), "one for ten that needed none").toBe(3);
  });

  it("gives back what has helped", async () => {
    const { vfs, fail } = await flaky({ budget: 1 });
    for (let i = 0; i < 5; i++) {
      fail("stat", 1);
      expect((await vfs.stat("/f")).size).toBe(10);
    }
  });

  it("waits as long as the store asks for, and gives up when that is too long", async () => {
    const { vfs, clock, fail, count } = await flaky({ baseMs: 0, maxMs: 10_000 });
    const asking: [unknown, number][] = [
      [{ retryAfterMs: 1500 }, 1500],
      [{ cause: { retryAfterMs: 700 } }, 700],
      [{ cause: { headers: new Headers({ "Retry-After": "2" }) } }, 2000],
      [{ cause: { response: { headers: { "retry-after": "3" } } } }, 3000],
      [{ cause: { $response: { headers: { "Retry-After": "4" } } } }, 4000],
      [{ cause: { headers: { "retry-after": "soon" } } }, 0],
      [{ cause: { $response: { headers: new Headers({ "Retry-After": "11" }) } } }, -1],
    ];
    for (const [options, ms] of asking) {
      clock.slept.length = 0;
      fail("stat", 1, () => new VfsError("EAGAIN", { retryable: true, ...(options as object) }));
      const done = vfs.stat("/f").catch((reason: unknown) => reason);
      expect(isVfsError(await done), JSON.stringify(options)).toBe(ms < 0);
      expect(clock.slept).toEqual(ms < 0 ? [] : [ms]);
      count("stat");
    }
    clock.slept.length = 0;
    const date = new Date(Math.ceil((clock.nowMs + 5000) / 1000) * 1000);
    const headers = { "retry-after": date.toUTCString() };
    fail("stat", 1, () => new VfsError("EAGAIN", { retryable: true, cause: { headers } }));
    const before = clock.nowMs;
    await vfs.stat("/f");
    expect(clock.slept).toEqual([date.getTime() - before]);
  });

  it("ends with the signal's reason while it waits", async () => {
    const clock = new ManualClock(false);
    const { vfs, fail, count } = await flaky({ clock });
    fail("read", 10);
    const control = new AbortController();
    const read = vfs.readFile("/f", { signal: control.signal });
    await Promise.resolve();
    control.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    expect(count("read")).toBe(1);
  });

  it("has one attempt for a caller that cannot wait", async () => {
    const { vfs, fail, count } = await flaky();
    fail("stat", 1);
    expect(() => vfs.sync.stat("/f")).toThrow("EIO");
    expect(count("stat")).toBe(1);
  });

  it("closes a file once, and knows nothing of operations to come", async () => {
    const layer = retry({ clock: new ManualClock() });
    const flags: OpenFlags | undefined = undefined;
    for (const op of ["file.close", "defragment", "watch"]) {
      let made = 0;
      const call = { op, args: { flags }, ctx: { sync: false } };
      const next = (): never => {
        made++;
        throw busy();
      };
      expect(() => layer.handle(call as never, next as never), op).toThrow("EBUSY");
      expect(made, op).toBe(1);
    }
    expect(() => retry({ attempts: 0 })).toThrow(RangeError);
    expect(() => retry({ baseMs: -1 })).toThrow(RangeError);
  });
});
