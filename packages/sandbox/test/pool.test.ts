import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createPool, python, type Pool, type PoolOptions } from "../src/index.ts";
import { FakeEngine } from "./fake-engine.ts";
import { children, newVfs, valueOf } from "./helpers.ts";

async function newPool(options: Partial<PoolOptions>): Promise<Pool> {
  const pool = await createPool({ vfs: newVfs(), engine: new FakeEngine(), size: 1, ...options });
  onTestFinished(() => pool.close());
  return pool;
}

describe("a pool of Python", () => {
  it("gives each user an interpreter that nobody has used, on his own files and functions", async () => {
    const pool = await newPool({ engine: python(), callbacks: { who: () => "the pool's" } });
    const ada = newVfs();
    await ada.writeFile("/name", "Ada");
    const hers = await pool.acquire({ vfs: ada, callbacks: { who: () => "Ada's" } });
    const look =
      "import builtins, os\nbuiltins.seen = getattr(builtins, 'seen', 0) + 1\n[who(), os.listdir('.'), seen]";
    expect(await valueOf(hers, look)).toEqual(["Ada's", ["name"], 1]);
    await ada.writeFile("/new", "seen at once");
    expect(await valueOf(hers, "open('/data/new').read()")).toBe("seen at once");
    await hers.close();
    expect(await pool.execute(look)).toMatchObject({ value: ["the pool's", [], 1] });
    expect([pool.ready, pool.inUse]).toEqual([1, 0]);
  });

  it.runIf(process.platform === "linux")(
    "passes over a session whose process has ended while it waited",
    async () => {
      const pool = await newPool({ engine: python() });
      for (const child of children().split(" ")) process.kill(Number(child), "SIGKILL");
      await vi.waitFor(() => expect(children()).toBe(""));
      expect(await pool.execute("1 + 1")).toMatchObject({ ok: true, restarted: false });
      await pool.close();
      expect(children()).toBe("");
    },
  );
});

describe("a pool", () => {
  it("starts another session for each that is taken, and ends each that is closed", async () => {
    const engine = new FakeEngine();
    const pool = await newPool({ engine, size: 3 });
    expect([pool.ready, pool.inUse, engine.starts]).toEqual([3, 0, 3]);
    const session = await pool.acquire();
    // Whoever has taken one does not wait for the next one to be started.
    expect([pool.ready, pool.inUse, engine.starts]).toEqual([3, 1, 3]);
    await vi.waitFor(() => expect([pool.ready, engine.starts]).toEqual([3, 4]));
    await session.close();
    await session.close();
    expect([pool.ready, pool.inUse, engine.alive]).toEqual([3, 0, 3]);
    await expect(session.execute("1")).rejects.toMatchObject({ code: "EBADF" });
    expect((await pool.execute("x")).value).toBe("x");
    await pool.close();
    expect(engine.alive).toBe(0);
  });

  it("serves more at once than it has ready, and is as full as before in the end", async () => {
    const engine = new FakeEngine();
    const pool = await newPool({ engine, size: 2 });
    const taken = await Promise.all(Array.from({ length: 5 }, () => pool.acquire()));
    expect([new Set(taken).size, pool.ready, pool.inUse]).toEqual([5, 2, 5]);
    await vi.waitFor(() => expect(engine.alive).toBe(7));
    expect([pool.ready, engine.starts]).toEqual([2, 7]);
    await pool.acquire();
    await pool.close();
    // What was to be started in a moment is not: nothing lives behind a pool that is closed.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([engine.alive, engine.starts]).toEqual([0, 7]);
  });

  it("has no more in use than it may, and lets those who wait have their turns", async () => {
    const pool = await newPool({ maxInUse: 1 });
    const first = await pool.acquire();
    const order: string[] = [];
    const controller = new AbortController();
    const second = pool.acquire().then((session) => (order.push("second"), session));
    const third = pool.acquire({ signal: controller.signal });
    const fourth = pool.acquire().then((session) => (order.push("fourth"), session));
    controller.abort(new Error("enough"));
    await expect(third).rejects.toThrow("enough");
    expect([order, pool.inUse]).toEqual([[], 1]);
    await first.close();
    await (await second).close();
    await (await fourth).close();
    expect([order, pool.inUse]).toEqual([["second", "fourth"], 0]);
  });

  it("is given up while an interpreter is started, which somebody else then has", async () => {
    const engine = new FakeEngine();
    const pool = await newPool({ engine });
    const { promise, resolve } = Promise.withResolvers<void>();
    const start = engine.start.bind(engine);
    vi.spyOn(engine, "start").mockImplementation(() => promise.then(start));
    const first = await pool.acquire();
    const controller = new AbortController();
    const second = pool.acquire({ signal: controller.signal });
    await Promise.resolve();
    controller.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
    await expect(pool.acquire({ signal: controller.signal })).rejects.toThrow("enough");
    expect([pool.ready, pool.inUse]).toEqual([1, 1]);
    resolve();
    await first.close();
    expect((await pool.execute("x")).value).toBe("x");
    await pool.close();
    expect(engine.alive).toBe(0);
  });

  it("refuses what does not fit, and everything once it is closed", async () => {
    const vfs = newVfs();
    const engine = new FakeEngine();
    await expect(createPool({ vfs, engine, size: 0 })).rejects.toThrow(RangeError);
    await expect(createPool({ vfs, engine, maxInUse: 0.5 })).rejects.toThrow(RangeError);
    await expect(createPool({ engine })).rejects.toThrow("a session needs files");
    const pool = await newPool({ engine, maxInUse: 1 });
    await expect(pool.acquire({ mounts: { "/other": vfs } })).rejects.toThrow("the mounts must be those");
    await expect(pool.acquire({ callbacks: { more: () => 1 } })).rejects.toThrow(
      "the callbacks must be those",
    );
    const session = await pool.acquire();
    const waiting = pool.acquire().catch((error: unknown) => error);
    await pool.close();
    expect(await waiting).toMatchObject({ code: "EBADF" });
    await expect(session.execute("1")).rejects.toMatchObject({ code: "EBADF" });
    await expect(pool.acquire()).rejects.toMatchObject({ code: "EBADF" });
  });

  it("that cannot start an interpreter says so", async () => {
    const engine = { name: "broken", start: () => Promise.reject(new Error("not here")) };
    await expect(newPool({ engine, size: 2 })).rejects.toThrow("not here");
  });
});
