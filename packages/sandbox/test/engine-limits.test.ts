import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createVfs } from "@vfs/core";
import { memory as memoryStore } from "@vfs/memory";
import { createSession, type Engine, type ExecutionResult, type Session } from "../src/index.ts";
import { javascript } from "../src/javascript/javascript.ts";
import { shell } from "../src/shell/shell.ts";
import { newSession, responsively } from "./helpers.ts";

/** What is done, what comes of it, and whether the interpreter survives it. */
interface Excess {
  readonly what: string;
  readonly code: string;
  readonly timeoutMs?: number;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly survives: boolean;
}

const SOON_MS = 250;

const timeout = (what: string, code: string, survives = true): Excess => ({
  what,
  code,
  timeoutMs: SOON_MS,
  survives,
  expected: { error: { kind: "timeout" } },
});
const memory = (what: string, code: string, survives = true): Excess => ({
  what,
  code,
  survives,
  expected: { error: { kind: "memory" } },
});

const JAVASCRIPT: readonly Excess[] = [
  timeout("an endless loop", "while (true);"),
  timeout("a loop that catches everything", "for (;;) try { for (;;); } catch {} finally { continue }"),
  timeout("a catastrophic expression", "/^(a+)+$/.test('a'.repeat(40) + 'b')"),
  timeout("endless timers", "setInterval(() => {}, 1)"),
  timeout("endless promises", "const again = () => Promise.resolve().then(again); again()", false),
  timeout("an endless wait", "await new Promise((done) => setTimeout(done, 1e8))"),
  timeout("an endless sort", "[3, 2, 1].sort(() => { for (;;); })"),
  timeout("an endless proxy", "const p = new Proxy({}, { get: (t, key, self) => { for (;;); } }); p.x"),
  memory("an endless list", "{ let hoard = []; for (;;) hoard.push({ a: 1 }) }"),
  memory("endless bytes", "{ let hoard = []; for (;;) hoard.push(new Uint8Array(1 << 20)) }"),
  memory("an endless text", "{ let s = 'x'; for (;;) { s += s; s.charCodeAt(5) } }"),
  memory("one huge array", "new Array(1e8).fill(0)"),
  {
    what: "an endless print",
    code: "for (;;) console.log('x'.repeat(1000))",
    expected: { error: { kind: "output" }, truncated: true },
    survives: true,
  },
  {
    what: "one huge print",
    code: "console.log('x'.repeat(20 << 20))",
    expected: { error: { kind: "output" }, truncated: true },
    survives: true,
  },
  {
    what: "endless recursion",
    code: "const f = () => f() + 1; f()",
    expected: { error: { kind: "exception", type: "InternalError", message: "stack overflow" } },
    survives: true,
  },
  {
    what: "too many open files",
    code: "fs.writeFileSync('f', ''); for (let i = 0; i < 10_000; i++) fs.openSync('f')",
    expected: { error: { kind: "exception", message: expect.stringMatching(/^EMFILE/) as string } },
    survives: true,
  },
  {
    what: "too many calls on files",
    code: "for (;;) try { fs.readdirSync('.') } catch {}",
    expected: { error: { kind: "limit", limit: "fileOperations" } },
    survives: true,
  },
  {
    what: "what overflows the stack of the interpreter itself",
    code: "eval('('.repeat(200_000) + ')'.repeat(200_000))",
    expected: { ok: false },
    survives: false,
  },
];

/** A million characters. */
const LONG = "x=$(printf '%01000d' 1); for i in 1 2 3 4 5 6 7 8 9 10; do x=$x$x; done";

const SHELL: readonly Excess[] = [
  timeout("an endless loop", "while true; do :; done"),
  timeout("a long sleep", "sleep 1000"),
  timeout("a loop of arithmetic", "for ((i = 0; ; i++)); do :; done"),
  timeout("an endless program", "python3 -c 'while True: pass'"),
  {
    what: "an endless loop inside of a command",
    code: "awk 'BEGIN { while (1); }'",
    timeoutMs: 1500,
    expected: { restarted: expect.any(Boolean) as boolean },
    survives: false,
  },
  {
    what: "catastrophic expressions",
    code: "long=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab; echo $long | grep -E '^(a+)+$'; echo $long | sed -E 's/^(a+)+$/x/' > /dev/null; [[ $long =~ ^(a+)+$ ]]; echo $long | awk '/^(a+)+$/'; case $long in *a*a*a*a*a*a*a*a*a*a*a*a*a*a*c) ;; esac; echo done",
    expected: { ok: true, stdout: expect.stringMatching(/done\n$/) as string },
    survives: true,
  },
  {
    what: "an endless text",
    code: "x=aaaaaaaa; while true; do x=$x$x; done",
    expected: { stderr: expect.stringContaining("string length limit") as string, exitCode: 126 },
    survives: true,
  },
  {
    what: "memory without end",
    code: `${LONG}; for ((i = 0; ; i++)); do a[i]=\${x//1/$i}; done`,
    expected: { error: { kind: "memory" } },
    survives: false,
  },
  {
    what: "an endless print",
    code: `${LONG}; while true; do echo $x; done`,
    expected: { error: { kind: "output" }, truncated: true },
    survives: true,
  },
  {
    what: "one huge print",
    code: `${LONG}; echo $x$x$x`,
    expected: { error: { kind: "output" }, truncated: true },
    survives: true,
  },
  {
    what: "endless recursion",
    code: "f() { f; }; f",
    expected: { ok: true, exitCode: 126, stderr: expect.stringContaining("recursion depth") as string },
    survives: true,
  },
  {
    what: "programs without end",
    code: "while :; do node -p 1; done",
    expected: { error: { kind: "limit", limit: "processes" }, restarted: false },
    survives: true,
  },
  {
    what: "a function that starts itself twice",
    code: "bomb() { bomb | bomb; }; bomb",
    expected: { ok: true, exitCode: 126, stderr: expect.stringContaining("recursion depth") as string },
    survives: true,
  },
  {
    what: "an endless temporary file",
    code: `${LONG}; echo $x > /tmp/a; while cat /tmp/a /tmp/a > /tmp/b && cp /tmp/b /tmp/a; do :; done; ls /tmp`,
    expected: { ok: true, stderr: expect.stringMatching(/ENOSPC|limit/) as string },
    survives: true,
  },
];

const ENGINES: readonly [
  name: string,
  make: () => Engine,
  excesses: readonly Excess[],
  keep: string,
  look: string,
  write: string,
][] = [
  [
    "javascript",
    javascript,
    JAVASCRIPT,
    "var kept = 'still here'",
    "console.log(typeof kept)",
    "fs.writeFileSync('after', 'works')",
  ],
  ["shell", shell, SHELL, "kept='still here'", "echo ${kept:+string}", "echo works > after"],
];

for (const [name, make, excesses, keep, look, write] of ENGINES)
  describe(`${name}, asked for too much`, () => {
    let shared: Session;
    let session: Session;
    beforeAll(async () => {
      const limits = {
        memoryBytes: 64 << 20,
        scratchBytes: 4 << 20,
        fileOperations: 3000,
        processes: 1,
        timeoutMs: 60_000,
      };
      const vfs = createVfs(memoryStore());
      shared = await createSession({ vfs, engine: make(), limits });
      session = await createSession({ vfs, engine: make(), limits: { ...limits, outputBytes: 1000 } });
    });
    afterAll(() => Promise.all([shared.close(), session.close()]));

    for (const { what, code, timeoutMs, expected, survives } of excesses)
      it(`ends ${what} within its limits, and goes on`, async () => {
        await shared.execute(keep);
        const startMs = performance.now();
        const result: ExecutionResult = await responsively(() => shared.execute(code, { timeoutMs }));
        // The limit, a second of grace, and patience with a busy machine.
        expect(performance.now() - startMs).toBeLessThan((timeoutMs ?? 60_000) + 8000);
        expect(result).toMatchObject(expected);
        const after = await shared.execute(look);
        // What need not survive may.
        const isKept = after.stdout === "string\n";
        expect([isKept, isKept || !survives]).toEqual([!result.restarted, true]);
        expect(await shared.execute(write)).toMatchObject({ ok: true, exitCode: 0 });
      });

    it("is interrupted from outside, also while it waits, and goes on", async () => {
      await session.execute(keep);
      for (const endless of name === "shell"
        ? ["while true; do :; done", "sleep 1000"]
        : ["for (;;);", "await new Promise((done) => setTimeout(done, 1e8))"]) {
        const started = session.execute(
          `${name === "shell" ? "echo" : "console.log"}${name === "shell" ? " on" : "('on')"}\n${endless}`,
          {
            onStdout: () => session.interrupt(),
          },
        );
        expect(await started).toMatchObject({
          ok: false,
          stdout: "on\n",
          restarted: false,
          error: { kind: "killed" },
        });
      }
      expect((await session.execute(look)).stdout).toBe("string\n");
    });

    it("keeps the output up to the limit, to the byte", async () => {
      const print = (bytes: number): string =>
        name === "shell" ? `printf '%0${bytes}d' 0` : `process.stdout.write('0'.repeat(${bytes})); undefined`;
      expect(await session.execute(print(1000))).toMatchObject({
        ok: true,
        truncated: false,
        stdout: "0".repeat(1000),
      });
      expect(await session.execute(print(1001))).toMatchObject({
        ok: false,
        truncated: true,
        stdout: "0".repeat(1000),
      });
    });
  });

describe("memory that is full", () => {
  it("can be emptied by the code that has filled it", async () => {
    const session = await newSession({ engine: javascript(), limits: { memoryBytes: 64 << 20 } });
    expect((await session.execute("var hoard = []; for (;;) hoard.push({ a: 1 })")).error?.kind).toBe(
      "memory",
    );
    expect(await session.execute("hoard.length > 1e5 && (hoard = null, 'empty')")).toMatchObject({
      ok: true,
      value: "empty",
    });
    expect(await session.execute("new Array(1e5).fill(1).length")).toMatchObject({
      ok: true,
      value: 1e5,
    });
  });
});
