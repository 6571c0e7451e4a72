import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";

const HOST = fileURLToPath(new URL("orphaned-host.mjs", import.meta.url));

interface Outliving {
  readonly what: string;
  readonly code: string;
  readonly timeoutMs: number;
}

const OUTLIVING: readonly Outliving[] = [
  {
    what: "code that swallows interrupts",
    code: "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
    timeoutMs: 60_000,
  },
  { what: "code that sleeps", code: "import time; time.sleep(1000)", timeoutMs: 60_000 },
  {
    what: "code that works on files and swallows what fails",
    code: "import os\nwhile True:\n  try: open('/data/f', 'w').write('x')\n  except BaseException: pass",
    timeoutMs: 60_000,
  },
  {
    // It asks nobody while it runs: only its deadline ends it.
    what: "a database query",
    code: "import sqlite3; sqlite3.connect(':memory:').execute('with recursive t(a) as (select 1 union all select a + 1 from t) select count(*) from t').fetchone()",
    timeoutMs: 1000,
  },
];

/** Whether a process runs. One that nobody has buried yet does not. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z]/.test(stdout.trim());
}

describe("a guest whose host is gone", () => {
  for (const { what, code, timeoutMs } of OUTLIVING)
    it(`ends ${what}`, async () => {
      const host = fork(HOST, [code, String(timeoutMs)], { execArgv: ["--conditions=@vfs/source"] });
      const [pid] = (await once(host, "message")) as [number];
      onTestFinished(() => {
        if (isRunning(pid)) process.kill(pid, "SIGKILL");
      });
      expect(isRunning(pid)).toBe(true);
      host.kill("SIGKILL");
      await once(host, "exit");
      await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 3000, interval: 50 });
    });
});
