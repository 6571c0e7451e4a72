import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createSession, python } from "../src/index.ts";

type Printed = Readonly<Record<string, string>>;

const SCENARIOS = readFileSync(new URL("scenarios.py", import.meta.url), "utf8");
const NAMES = [...SCENARIOS.matchAll(/^@scenario\ndef (\w+)/gm)].map(([, name = ""]) => name);
const hasPython =
  spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).status === 0;

/** What each scenario prints in the machine's own Python, on a folder of the kernel. */
async function natively(): Promise<Printed> {
  const folder = mkdtempSync(join(tmpdir(), "scenarios-"));
  try {
    const child = spawn("python3", ["-I", "-X", "utf8", "-"], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(`${SCENARIOS}\nimport json\nprint(json.dumps(run_all(${JSON.stringify(folder)})))\n`);
    const [printed] = await Promise.all([text(child.stdout), once(child, "close")]);
    return JSON.parse(printed) as Printed;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What each prints in a session. */
async function live(): Promise<Printed> {
  await using vfs = createVfs(memory());
  await using session = await createSession({ vfs, engine: python() });
  const { value, error } = await session.execute(`${SCENARIOS}\nrun_all("/data")`, { timeoutMs: 100_000 });
  if (error !== undefined) throw new Error(error.traceback);
  return value as Printed;
}

describe.runIf(hasPython)("a file scenario, in a session and on the kernel's own files", () => {
  let native: Printed = {};
  let inSession: Printed = {};
  beforeAll(async () => {
    [native, inSession] = await Promise.all([natively(), live()]);
  });

  it("is one of at least 60", () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(60);
    expect([Object.keys(native), Object.keys(inSession)]).toEqual([NAMES, NAMES]);
  });

  for (const name of NAMES)
    it(`prints the same: ${name.replaceAll("_", " ")}`, () => {
      expect(native[name]).toBeTruthy();
      expect(native[name]).not.toMatch(/^failed:/m);
      expect(inSession[name]).toBe(native[name]);
    });
});
