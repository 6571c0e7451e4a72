import { createVfs, type Layer } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ExecutionResult, Limits } from "../src/index.ts";
import { newSession, valueOf } from "./helpers.ts";

/** What is done, what comes of it, and whether the interpreter survives it. */
interface Excess {
  readonly what: string;
  readonly code: string;
  readonly limits?: Limits;
  readonly timeoutMs?: number;
  readonly expected: { readonly kind: string; readonly type?: string };
  readonly survives: boolean;
}

const SOON = { timeoutMs: 300 };

const EXCESSES: readonly Excess[] = [
  {
    what: "an endless loop",
    code: "while True: pass",
    limits: SOON,
    expected: { kind: "timeout", type: "KeyboardInterrupt" },
    survives: true,
  },
  {
    what: "a catastrophic expression",
    code: "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')",
    limits: SOON,
    expected: { kind: "timeout" },
    survives: true,
  },
  {
    what: "a long sleep",
    code: "import time; time.sleep(1e6)",
    limits: SOON,
    expected: { kind: "timeout" },
    survives: true,
  },
  {
    what: "an endless database query",
    code: "import sqlite3; sqlite3.connect(':memory:').execute('with recursive t(a) as (select 1 union all select a + 1 from t) select count(*) from t').fetchone()",
    limits: SOON,
    expected: { kind: "timeout" },
    survives: false,
  },
  {
    what: "a loop that swallows interrupts",
    code: "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
    limits: SOON,
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

describe("a session that is asked for too much", () => {
  for (const { what, code, limits = {}, expected, survives } of EXCESSES)
    it(`ends ${what} within its limits, and goes on`, async () => {
      const session = await newSession({ limits });
      await valueOf(session, "kept = 'still here'; print('warm')");
      const startMs = performance.now();
      const result: ExecutionResult = await session.execute(`print('before')\n${code}`);
      // The limit, a second of grace, and patience with a busy machine.
      expect(performance.now() - startMs).toBeLessThan((limits.timeoutMs ?? 10_000) + 5000);
      expect(result).toMatchObject({ ok: false, restarted: !survives, error: expected });
      expect(result.stdout.startsWith("before\n")).toBe(true);
      const after = await session.execute("kept");
      expect([after.value, after.error?.type]).toEqual(
        survives ? ["still here", undefined] : [undefined, "NameError"],
      );
      expect(await valueOf(session, "open('/data/after', 'w').write('works')")).toBe(5);
    });

  it("keeps the output up to the limit, to the byte", async () => {
    const session = await newSession({ limits: { outputBytes: 1000 } });
    const { stdout, stderr, truncated, error } = await session.execute(
      "import sys\nn = sys.stderr.write('e' * 400)\nprint('x' * 5000)",
    );
    expect([stderr.length, stdout.length, truncated, error?.kind]).toEqual([400, 600, true, "output"]);
    const exact = await session.execute("import sys\nn = sys.stdout.write('x' * 1000)");
    expect([exact.stdout.length, exact.truncated, exact.ok]).toEqual([1000, false, true]);
  });

  it("has room again for temporary files when others are gone", async () => {
    const session = await newSession({ limits: { scratchBytes: 8 << 20 } });
    const code =
      "import tempfile\nfor i in range(40):\n  with tempfile.NamedTemporaryFile() as f: n = f.write(bytes(1 << 20))";
    expect((await session.execute(code)).error).toBeUndefined();
    const kept = await session.execute(
      "fs = []\nwhile True:\n  f = tempfile.TemporaryFile(); n = f.write(bytes(1 << 20)); f.flush(); fs.append(f)",
    );
    expect(kept.error).toMatchObject({ type: "OSError", message: "[Errno 51] No space left on device" });
    expect(await valueOf(session, "3 < len(fs) <= 8")).toBe(true);
  });

  it("keeps the host responsive", async () => {
    const session = await newSession({ limits: { timeoutMs: 1000 } });
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    onTestFinished(() => clearInterval(timer));
    await Promise.all(
      ["while True: pass", "import time; time.sleep(10)", "[0] * (1 << 40)"].map((code) =>
        session.execute(code),
      ),
    );
    expect(longest).toBeLessThan(900);
  });

  it("is not stopped by a file system that never answers", async () => {
    const hanging: Layer = {
      name: "hanging",
      slot: "policy",
      handle: (call, next) => (call.path === "/hang" ? new Promise(() => {}) : next(call)),
    };
    const vfs = createVfs(memory(), { layers: [hanging] });
    const session = await newSession({ vfs, limits: { timeoutMs: 300 } });
    const result = await session.execute("open('/data/hang')");
    expect(result).toMatchObject({ ok: false, restarted: true, error: { kind: "timeout" } });
    expect(await valueOf(session, "open('/data/f', 'w').write('x')")).toBe(1);
  });

  it("tells how much memory it has taken", async () => {
    const session = await newSession();
    const before = (await session.execute("1")).peakMemoryBytes;
    const { peakMemoryBytes, durationMs } = await session.execute("b = bytearray(64 << 20)");
    expect(peakMemoryBytes).toBeGreaterThanOrEqual(before + (60 << 20));
    expect(peakMemoryBytes).toBeLessThanOrEqual(256 << 20);
    expect(durationMs).toBeGreaterThan(0);
  });
});
