import { createVfs, type Layer } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, python, type Session } from "../src/index.ts";
import { newSession, responsively, valueOf } from "./helpers.ts";

/** A session that may not do much, and functions that show it. */
function restricted(): Promise<Session> {
  return newSession({
    limits: { timeoutMs: 20_000, fileOperations: 500, callbacks: 20, callbackMs: 100, callbackBytes: 1000 },
    callbacks: {
      echo: (value: unknown) => value,
      large: () => "x".repeat(1000),
      never: () => new Promise(() => undefined),
    },
  });
}

describe("what code may make of its host", () => {
  it("has a bound for each thing, and the session goes on after it", async () => {
    const session = await restricted();
    await valueOf(session, "kept = 'still here'");
    const files = {
      kind: "limit",
      limit: "fileOperations",
      message: "the code worked on files more often than it may",
    };
    const calls = {
      kind: "limit",
      limit: "callbacks",
      message: "the code called the host's functions more often than it may",
    };
    const cases: [code: string, error: object][] = [
      ["for i in range(1_000_000): open(f'/data/{i}', 'w').close()", { ...files, line: 1 }],
      ["import os\nwhile True:\n  try: os.listdir('/data')\n  except OSError: pass", files],
      ["while True: echo(1)", calls],
      ["import asyncio\nawait asyncio.gather(*(echo(i) for i in range(100)))", calls],
      [
        "f = open('/data/far', 'wb')\nf.seek(2**40)\nf.write(b'x')\nf.close()\nopen('/data/far', 'rb').read(1 << 30)",
        { kind: "memory", type: "MemoryError", limit: "memoryBytes" },
      ],
      ["never()", { kind: "exception", message: "never took longer than the 100 ms that a callback may" }],
      [
        "large()",
        {
          kind: "exception",
          message: "the result of large is larger than the 1000 bytes that may be handed over",
        },
      ],
      [
        "echo('x' * 1000)",
        {
          kind: "exception",
          message: "the arguments of echo are larger than the 1000 bytes that may be handed over",
        },
      ],
    ];
    for (const [code, error] of cases) {
      const result = await responsively(() => session.execute(code));
      expect(result, code).toMatchObject({ ok: false, restarted: false, error });
      expect(result.durationMs, code).toBeLessThan(15_000);
      // The next piece of code has all of its own again.
      expect(await valueOf(session, "[kept, echo(1), open('/data/after', 'w').write('x')]")).toEqual([
        "still here",
        1,
        1,
      ]);
    }
    expect(session.stats.fileOperations).toBeGreaterThan(1000);
    expect(session.stats.callbacks).toBeGreaterThan(40);

    const stubborn = await session.execute(
      // Twice: an interrupt may come between an exception and the next attempt.
      "while True:\n try:\n  while True:\n   try:\n    while True: echo(1)\n   except BaseException: pass\n except BaseException: pass",
    );
    expect(stubborn).toMatchObject({ restarted: true, error: { kind: "limit", limit: "callbacks" } });
    expect(stubborn.durationMs).toBeLessThan(15_000);
    expect((await session.execute("kept")).error?.type).toBe("NameError");
  });

  it("leaves the rest of the program its time, and waiting is no use of the processor", async () => {
    const session = await newSession({ limits: { timeoutMs: 20_000, cpuMs: 300 } });
    await valueOf(session, "import time\nkept = 1\ntime.sleep(0.5)");
    const busy = await responsively(() => session.execute("while True: pass"));
    expect(busy).toMatchObject({
      restarted: false,
      error: { kind: "timeout", limit: "cpuMs", message: "the code used more of the processor than it may" },
    });
    expect(busy.cpuMs).toBeGreaterThanOrEqual(300);
    expect(busy.cpuMs).toBeLessThan(1300);
    expect(await valueOf(session, "kept")).toBe(1);
    if (process.platform !== "linux") return;
    // What asks nobody while it runs is ended by the host.
    const query =
      "import sqlite3; sqlite3.connect(':memory:').execute('with recursive t(a) as (select 1 union all select a + 1 from t) select count(*) from t').fetchone()";
    const ended = await responsively(() => session.execute(query));
    expect(ended).toMatchObject({ restarted: true, error: { kind: "timeout", limit: "cpuMs" } });
    expect(ended.durationMs).toBeLessThan(15_000);
  });
});

/** Counts what reaches the store, and how much is read at once. */
function counting(counts: Record<string, number>): Layer {
  return {
    name: "counting",
    slot: "trace",
    handle: (call, next) => {
      counts[call.op] = (counts[call.op] ?? 0) + 1;
      return next(call);
    },
  };
}

describe("files on the mount", () => {
  const counts: Record<string, number> = {};
  const vfs = createVfs(memory(), { layers: [counting(counts)] });
  let session: Session;
  beforeAll(async () => {
    session = await createSession({ vfs, engine: python() });
  });
  afterAll(() => session.close());
  afterAll(() => vfs.close());

  it("that are modules are found as soon as they are there, as they are by then", async () => {
    expect((await session.execute("import helper")).error?.type).toBe("ModuleNotFoundError");
    await vfs.writeFile("/helper.py", "VALUE = 1\n");
    await vfs.mkdir("/kit");
    await vfs.writeFile("/kit/__init__.py", "from .inner import VALUE\n");
    await vfs.writeFile("/kit/inner.py", "VALUE = 'inner'\n");
    expect(await valueOf(session, "import helper, kit\n[helper.VALUE, kit.VALUE]")).toEqual([1, "inner"]);
    // As large, and at the same moment as far as a clock of seconds can tell.
    await vfs.writeFile("/helper.py", "VALUE = 2\n");
    const again = "import importlib, os\n[importlib.reload(helper).VALUE, sorted(os.listdir('/data'))]";
    expect(await valueOf(session, again)).toEqual([2, ["helper.py", "kit"]]);
    await session.reset();
    await vfs.writeFile("/kit/inner.py", "VALUE = 'other'\n");
    expect(await valueOf(session, "import helper, kit\n[helper.VALUE, kit.VALUE]")).toEqual([2, "other"]);
  });

  it("that are read from one end to the other are read ahead, and changes are seen all the same", async () => {
    const reads = async (code: string): Promise<[unknown, number]> => {
      const before = counts["file.read"] ?? 0;
      return [await valueOf(session, code), (counts["file.read"] ?? 0) - before];
    };
    await valueOf(session, "import os\nblock = bytes(range(256)) * 32\nopen('big', 'wb').write(block * 400)");
    const [sum, calls] = await reads(
      "fd = os.open('big', os.O_RDONLY)\nparts = []\nwhile part := os.read(fd, 8192): parts.append(part)\nos.close(fd)\nb''.join(parts) == block * 400",
    );
    expect(sum).toBe(true);
    // 3.2 MB: one piece as it was asked for, the rest by the MiB, and once the end.
    expect(calls).toBeLessThanOrEqual(6);
    // What is read here and there is read as it is asked for.
    const [, jumps] = await reads(
      "f = open('big', 'rb', buffering=0)\nfor i in range(20): f.seek(i * 100_000); n = f.read(100)\nf.close()",
    );
    expect(jumps).toBe(20);

    await valueOf(session, "fd = os.open('big', os.O_RDWR)\nfor i in range(3): n = os.read(fd, 8192)");
    // By the host, by the code itself with another descriptor, by the same one, and cut by its name.
    const next = "os.read(fd, 8192)[:3] == b'new'";
    const handle = await vfs.open("/big", "r+");
    await handle.write(new TextEncoder().encode("new"), 0, 3, 3 * 8192);
    await handle.close();
    expect(await valueOf(session, next)).toBe(true);
    await valueOf(session, "other = os.open('big', os.O_WRONLY)\nn = os.pwrite(other, b'new', 4 * 8192)");
    expect(await valueOf(session, next)).toBe(true);
    await valueOf(session, "n = os.pwrite(fd, b'new', 5 * 8192)");
    expect(await valueOf(session, next)).toBe(true);
    // A write to another file is no reason to read again.
    const [, ahead] = await reads(
      "n = os.read(fd, 8192)\nopen('else', 'w').write('x')\nn = os.read(fd, 8192)",
    );
    expect(ahead).toBeLessThanOrEqual(1);
    expect(
      await valueOf(
        session,
        "os.truncate('big', 9 * 8192 + 5)\n[len(os.read(fd, 8192)), len(os.read(fd, 8192))]",
      ),
    ).toEqual([8192, 5]);
  });
});
