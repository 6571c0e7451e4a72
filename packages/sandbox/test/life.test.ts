import { createVfs, type Layer, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  createSession,
  python,
  type Engine,
  type Limits,
  type Session,
  type SessionOptions,
} from "../src/index.ts";
import { javascript } from "../src/javascript/javascript.ts";
import { children, newSession, newVfs, valueOf } from "./helpers.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const NODE = process.execPath;
afterEach(() => {
  process.execPath = NODE;
});

/** A layer that does something before each call of one kind. */
function before(op: string, action: () => Promise<void> | void): Layer {
  return {
    name: "before",
    slot: "policy",
    handle: async (call, next) => {
      if (call.op === op) await action();
      return next(call);
    },
  };
}

// Where a process is all that matters it is one of JavaScript: that is there in a fraction of the time.
const END = "eval('('.repeat(200_000) + ')'.repeat(200_000))";

describe("a session", () => {
  it("that cannot be started says so, and the host goes on", async () => {
    process.execPath = "/nowhere/node";
    await expect(createSession({ vfs: newVfs(), engine: python() })).rejects.toThrow(
      /interpreter did not start/,
    );
  });

  it("that could not be started again is started by the next call", async () => {
    const real = javascript();
    let starts = 0;
    const engine: Engine = {
      name: "sometimes",
      start: (options) => (++starts === 2 ? Promise.reject(new Error("not now")) : real.start(options)),
    };
    const session = await newSession({ engine });
    expect((await session.execute(END)).error?.kind).toBe("killed");
    await later(50);
    expect(await valueOf(session, "1 + 1")).toBe(2);
    expect(starts).toBe(3);
  });

  it.runIf(process.platform === "linux")(
    "that is closed while it begins anew leaves no process",
    async () => {
      for (const ms of [0, 1, 5, 20]) {
        const session = await newSession({ engine: javascript() });
        const resetting = session.reset();
        await later(ms);
        await session.close();
        expect(children(), `${ms} ms`).toBe("");
        await expect(resetting.then(() => session.execute("1"))).rejects.toThrow(/EBADF/);
      }
    },
  );

  it("that is closed while a file is opened for it leaves none open", async () => {
    let opening: (() => void) | undefined;
    const reached = new Promise<void>((resolve) => (opening = resolve));
    const vfs = createVfs(memory());
    await vfs.mount("/slow", memory(), {
      layers: [before("open", () => (opening?.(), later(100)))],
    });
    const session = await newSession({ vfs, engine: javascript() });
    const running = session.execute("fs.openSync('/data/slow/f', 'w')");
    await reached;
    await session.close();
    await running.catch(() => undefined);
    await later(150);
    await expect(vfs.unmount("/slow")).resolves.toBeUndefined();
  });

  it("ends though a file in it never closes", async () => {
    const vfs = createVfs(memory(), {
      layers: [before("file.close", () => new Promise<void>(() => undefined))],
    });
    const session = await newSession({ vfs, engine: javascript() });
    await valueOf(session, "fs.openSync('/data/f', 'w')");
    const start = performance.now();
    await session.close();
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("an execution", () => {
  const endless = "while True: pass";
  const odd: Layer = {
    name: "odd",
    slot: "policy",
    handle: (call, next) => {
      // oxlint-disable-next-line no-throw-literal, only-throw-error -- whatever a store does
      if (call.path === "/odd") throw Object.create(null);
      return next(call);
    },
  };
  const done: Promise<unknown>[] = [];
  const plan = (): void => {
    done.push(later(100).then(() => valueOf(session, "'later'")));
  };
  let session: Session;
  beforeAll(async () => {
    const vfs = createVfs(memory(), { layers: [odd] });
    session = await createSession({ vfs, engine: python(), callbacks: { plan } });
  });
  afterAll(() => session.close());

  it("outlives a store that fails in odd ways", async () => {
    expect((await session.execute("open('/data/odd')")).error).toMatchObject({ type: "OSError" });
    expect(await valueOf(session, "1")).toBe(1);
  });

  it("is interrupted however early that is asked", async () => {
    for (const wait of [undefined, 0, 1, 3]) {
      const running = session.execute(endless);
      if (wait !== undefined) await later(wait);
      session.interrupt();
      const { error, restarted, durationMs } = await running;
      expect([wait, error?.kind, restarted]).toEqual([wait, "killed", false]);
      expect(durationMs).toBeLessThan(1000);
    }
  });

  it("is given up at once while it waits for its turn, and is not run", async () => {
    const first = session.execute("import time; time.sleep(0.3); seen = 1");
    const start = performance.now();
    const second = session.execute("seen = 2", { signal: AbortSignal.timeout(50) });
    await expect(second).rejects.toThrow(/timeout/);
    expect(performance.now() - start).toBeLessThan(250);
    expect((await first).ok).toBe(true);
    expect(await valueOf(session, "seen")).toBe(1);
  });

  it("is given up while another interpreter is started for it", async () => {
    await session.execute("import os; os._exit(1)");
    const start = performance.now();
    await expect(session.execute(endless, { signal: AbortSignal.timeout(20) })).rejects.toThrow(/timeout/);
    expect(performance.now() - start).toBeLessThan(2000);
    expect(await valueOf(session, "1")).toBe(1);
  });

  it("may be begun by what a callback has put off", async () => {
    await valueOf(session, "plan()");
    expect(await Promise.all(done)).toEqual(["later"]);
  });

  it("has no limit that nothing could keep", async () => {
    const wrong: Limits[] = [
      { timeoutMs: Infinity },
      { timeoutMs: 2 ** 31 },
      { outputBytes: Infinity },
      { outputBytes: 0.5 },
      { openFiles: Number.NaN },
      { timeoutMs: "5000" as unknown as number },
    ];
    for (const limits of wrong)
      await expect(
        createSession({ vfs: newVfs(), engine: python(), limits }),
        JSON.stringify(limits),
      ).rejects.toThrow(RangeError);
    await expect(session.execute("1", { timeoutMs: Infinity })).rejects.toThrow(RangeError);
  });
});

describe("two sessions on one database", () => {
  /** The same store as another object: what a second provider on the same files is. */
  function another(provider: Provider): Provider {
    return new Proxy(provider, {
      get: (target, key) => {
        if (key === "inodeSpace") return "the same";
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }

  const hold = (mode: string): string =>
    `import sqlite3; db = sqlite3.connect('/data/${mode}.db', isolation_level=None); db.execute('pragma journal_mode=${mode}'); db.execute('create table if not exists t(a)'); db.execute('begin immediate')`;
  const write = (path: string): string =>
    `import sqlite3\ntry:\n  sqlite3.connect('${path}', timeout=0.05).execute('insert into t values(1)')\n  told = 'written'\nexcept sqlite3.OperationalError as error: told = str(error)\ntold`;

  const store = memory();
  const [vfs, same] = [createVfs(another(store)), createVfs(another(store))];
  let sessions: readonly [Session, Session, Session];
  beforeAll(async () => {
    await vfs.mkdir("/inner");
    const open = (files: SessionOptions["vfs"]): Promise<Session> =>
      createSession({ vfs: files, engine: python() });
    sessions = await Promise.all([open(vfs), open(same), open(vfs.view({ root: "/inner" }))]);
  });
  afterAll(() => Promise.all(sessions.map((session) => session.close())));

  for (const mode of ["delete", "wal"]) {
    it(`keep off each other by two providers of the same files: ${mode}`, async () => {
      const [one, two] = sessions;
      await valueOf(one, hold(mode));
      expect(await valueOf(two, write(`/data/${mode}.db`))).toMatch(/locked/);
      await valueOf(one, "db.close()");
      expect(await valueOf(two, write(`/data/${mode}.db`))).toBe("written");
    });

    it(`keep off each other by a Vfs and a view of it: ${mode}`, async () => {
      const [two, , one] = sessions;
      await valueOf(one, hold(mode));
      expect(await valueOf(two, write(`/data/inner/${mode}.db`))).toMatch(/locked/);
      await valueOf(one, "db.close()");
      expect(await valueOf(two, write(`/data/inner/${mode}.db`))).toBe("written");
    });
  }
});
