import { createVfs, type Layer } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, python, type ExecutionResult, type Session } from "../src/index.ts";
import { resolveLimits } from "../src/limits.ts";
import { responsively, valueOf } from "./helpers.ts";

/** What is done, what comes of it, and whether the interpreter survives it. */
interface Excess {
  readonly what: string;
  readonly code: string;
  readonly timeoutMs?: number;
  readonly expected: { readonly kind: string; readonly type?: string };
  readonly survives: boolean;
}

const SOON_MS = 300;

const EXCESSES: readonly Excess[] = [
  {
    what: "an endless loop",
    code: "while True: pass",
    timeoutMs: SOON_MS,
    expected: { kind: "timeout", type: "KeyboardInterrupt" },
    survives: true,
  },
  {
    what: "a catastrophic expression",
    code: "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')",
    timeoutMs: SOON_MS,
    expected: { kind: "timeout" },
    survives: true,
  },
  {
    what: "a long sleep",
    code: "import time; time.sleep(1e9)",
    timeoutMs: SOON_MS,
    expected: { kind: "timeout" },
    survives: true,
  },
  {
    what: "an endless database query",
    code: "import sqlite3; sqlite3.connect(':memory:').execute('with recursive t(a) as (select 1 union all select a + 1 from t) select count(*) from t').fetchone()",
    timeoutMs: SOON_MS,
    expected: { kind: "timeout" },
    survives: false,
  },
  {
    what: "a loop that swallows interrupts",
    // Twice: an interrupt may come between an exception and the next attempt.
    code: "while True:\n try:\n  while True:\n   try:\n    while True: pass\n   except BaseException: pass\n except BaseException: pass",
    timeoutMs: SOON_MS,
    expected: { kind: "timeout", type: "TimeoutError" },
    survives: false,
  },
  {
    what: "an endless list",
    code: "a = []\nwhile True: a.append(bytearray(10 << 20))",
    expected: { kind: "memory", type: "MemoryError" },
    survives: true,
  },
  { what: "one huge object", code: "bytearray(1 << 30)", expected: { kind: "memory" }, survives: true },
  {
    what: "an endless print",
    code: "while True: print('x' * 1000)",
    expected: { kind: "output" },
    survives: true,
  },
  { what: "one huge print", code: "print('x' * (50 << 20))", expected: { kind: "output" }, survives: true },
  {
    what: "an endless temporary file",
    code: "with open('/tmp/f', 'wb') as f:\n  while True: f.write(bytes(1 << 20))",
    expected: { kind: "exception", type: "OSError" },
    survives: true,
  },
  {
    what: "a sparse temporary file",
    code: "with open('/tmp/f', 'wb') as f:\n  f.seek(1 << 33); f.write(b'x')",
    expected: { kind: "exception", type: "OSError" },
    survives: true,
  },
  {
    what: "too many open files",
    code: "fs = [open(f'/data/f{i}', 'w') for i in range(10_000)]",
    expected: { kind: "exception", type: "OSError" },
    survives: true,
  },
  {
    what: "endless recursion",
    code: "f = lambda: f()\nf()",
    expected: { kind: "exception", type: "RecursionError" },
    survives: true,
  },
  {
    what: "what overflows the interpreter's own stack",
    code: "x = []\nfor i in range(200_000): x = [x]\ndel x",
    expected: { kind: "killed" },
    survives: false,
  },
  {
    what: "an exit of the process",
    code: "import os; os._exit(3)",
    expected: { kind: "killed" },
    survives: false,
  },
  {
    what: "an abort of the process",
    code: "import os; os.abort()",
    expected: { kind: "killed" },
    survives: false,
  },
];

// What an excess leaves behind where the interpreter survives it.
const CLEAR =
  "import os\nfor name in ('a', 'f', 'fs', 'x', 'i'): globals().pop(name, None)\nif os.path.exists('/tmp/f'): os.unlink('/tmp/f')";

describe("a session that is asked for too much", () => {
  let session: Session;
  const vfs = createVfs(memory());
  beforeAll(async () => {
    // What is usual is asked for once, below; here a part of it proves as much.
    const limits = { memoryBytes: 128 << 20, scratchBytes: 16 << 20 };
    session = await createSession({ vfs, engine: python(), limits });
  });
  afterAll(() => session.close());
  afterAll(() => vfs.close());

  for (const { what, code, timeoutMs, expected, survives } of EXCESSES)
    it(`ends ${what} within its limits, and goes on`, async () => {
      await valueOf(session, `${CLEAR}\nkept = 'still here'; print('warm')`);
      const startMs = performance.now();
      const result: ExecutionResult = await responsively(() =>
        session.execute(`print('before')\n${code}`, { timeoutMs }),
      );
      // The limit, a second of grace, and patience with a busy machine.
      expect(performance.now() - startMs).toBeLessThan((timeoutMs ?? 10_000) + 5000);
      expect(result).toMatchObject({ ok: false, restarted: !survives, error: expected });
      expect(result.stdout.startsWith("before\n")).toBe(true);
      const after = await session.execute("kept");
      expect([after.value, after.error?.type]).toEqual(
        survives ? ["still here", undefined] : [undefined, "NameError"],
      );
      expect(await valueOf(session, "open('/data/after', 'w').write('works')")).toBe(5);
    });
});

it("limits are all on unless they are told", () => {
  expect(resolveLimits({ openFiles: 1, cpuMs: undefined })).toEqual({
    timeoutMs: 30_000,
    memoryBytes: 256 << 20,
    outputBytes: 1 << 20,
    scratchBytes: 64 << 20,
    openFiles: 1,
    cpuMs: 30_000,
    fileOperations: 1_000_000,
    processes: 100,
    callbacks: 1000,
    callbackMs: 10_000,
    callbackBytes: 4 << 20,
  });
});

describe("a session with limits of its own", () => {
  const hanging: Layer = {
    name: "hanging",
    slot: "policy",
    handle: (call, next) => (call.path === "/hang" ? new Promise(() => {}) : next(call)),
  };
  let session: Session;
  beforeAll(async () => {
    const vfs = createVfs(memory(), { layers: [hanging] });
    const limits = { outputBytes: 1000, scratchBytes: 8 << 20 };
    session = await createSession({ vfs, engine: python(), limits });
  });
  afterAll(() => session.close());

  it("keeps the output up to the limit, to the byte", async () => {
    const { stdout, stderr, truncated, error } = await session.execute(
      "import sys\nn = sys.stderr.write('e' * 400)\nprint('x' * 5000)",
    );
    expect([stderr.length, stdout.length, truncated, error?.kind]).toEqual([400, 600, true, "output"]);
    const exact = await session.execute("import sys\nn = sys.stdout.write('x' * 1000)");
    expect([exact.stdout.length, exact.truncated, exact.ok]).toEqual([1000, false, true]);
  });

  it("has room again for temporary files when others are gone", async () => {
    const code =
      "import tempfile\nfor i in range(20):\n  with tempfile.NamedTemporaryFile() as f: n = f.write(bytes(1 << 20))";
    expect((await session.execute(code)).error).toBeUndefined();
    const kept = await session.execute(
      "fs = []\nwhile True:\n  f = tempfile.TemporaryFile(); n = f.write(bytes(1 << 20)); f.flush(); fs.append(f)",
    );
    expect(kept.error).toMatchObject({ type: "OSError", message: "[Errno 51] No space left on device" });
    expect(await valueOf(session, "3 < len(fs) <= 8")).toBe(true);
  });

  it("is not stopped by a file system that never answers", async () => {
    const result = await responsively(() => session.execute("open('/data/hang')", { timeoutMs: SOON_MS }));
    expect(result).toMatchObject({ ok: false, restarted: true, error: { kind: "timeout" } });
    expect(await valueOf(session, "open('/data/f', 'w').write('x')")).toBe(1);
  });

  it("tells how much memory it has taken", async () => {
    const before = (await session.execute("1")).peakMemoryBytes;
    const { peakMemoryBytes, durationMs } = await session.execute("b = bytearray(64 << 20)");
    expect(peakMemoryBytes).toBeGreaterThanOrEqual(before + (60 << 20));
    expect(peakMemoryBytes).toBeLessThanOrEqual(256 << 20);
    expect(durationMs).toBeGreaterThan(0);
    // What is usual unless told.
    expect((await session.execute("b = bytearray(200 << 20)")).error?.kind).toBe("memory");
  });
});
