import { closeSync, openSync, realpathSync } from "node:fs";
import { devNull } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { createSession, type Engine, type Session } from "../src/index.ts";
import { GuestProcess } from "../src/guest-process.ts";
import { newVfs } from "./helpers.ts";

const PROGRAM = realpathSync(fileURLToPath(new URL("rogue-guest.mjs", import.meta.url)));

/** An engine whose guest process belongs to somebody else. */
function rogue(): Engine {
  return {
    name: "rogue",
    start: async (options) => {
      const snapshotFd = openSync(devNull, "r");
      try {
        return await GuestProcess.start(
          { ...options, program: PROGRAM, readable: [PROGRAM], snapshotFd },
          { engineUrl: "", snapshotBytes: 0 },
        );
      } finally {
        closeSync(snapshotFd);
      }
    },
  };
}

async function sessionThatDoes(deed: string): Promise<Session> {
  const session = await createSession({
    vfs: newVfs(),
    engine: rogue(),
    callbacks: { [deed]: () => undefined },
    limits: { timeoutMs: TIME_MS },
  });
  onTestFinished(() => session.close());
  return session;
}

const TIME_MS = 20_000;

const FATAL = [
  "noise",
  "hugeHeader",
  "hugePayload",
  "emptyHeader",
  "noJson",
  "deepJson",
  "noArray",
  "oddOutput",
  "endlessOutput",
  "flood",
  "halfAFrame",
];

describe("a guest process that was taken over", () => {
  for (const deed of FATAL)
    it(`harms nobody but itself: ${deed}`, async () => {
      const session = await sessionThatDoes(deed);
      const before = process.memoryUsage().rss;
      const startMs = performance.now();
      const { ok, error, restarted } = await session.execute("go");
      expect([ok, error?.kind, restarted]).toEqual([false, "killed", true]);
      // Long before its time is over.
      expect(performance.now() - startMs).toBeLessThan(TIME_MS / 2);
      expect(process.memoryUsage().rss - before).toBeLessThan(96 << 20);
    });

  it("has nothing around it", async () => {
    const { value } = await (await sessionThatDoes("surroundings")).execute("go");
    expect(value).toEqual({ writable: [], env: [], cwd: "/", args: [], may: [] });
  });

  it("gets nothing done between two pieces of code", async () => {
    const session = await sessionThatDoes("callAfterDone");
    expect((await session.execute("go")).ok).toBe(true);
    expect((await session.execute("go")).error?.kind).toBe("killed");
  });

  it("gets an error for each call that makes no sense, and no more", async () => {
    const { value } = await (await sessionThatDoes("oddCalls")).execute("go");
    const answers = value as [string, unknown][];
    // A read of nothing or of more than there is, as Node has it a cut to less than nothing, a lock on no bytes.
    const done = answers.filter(([how]) => how === "ok");
    expect(done.map(([, result]) => result)).toEqual([0, 0, 0, null, true]);
    const refused = answers.filter(([how]) => how !== "ok");
    expect(refused.length).toBe(25);
    for (const [, code] of refused)
      expect(["EINVAL", "ENOENT", "EBADF", "EIO"], JSON.stringify(answers)).toContain(code);
  });

  it("cannot tell of an outcome what is none", async () => {
    const result = await (await sessionThatDoes("oddOutcome")).execute("go");
    expect(result).toMatchObject({ ok: false, value: undefined, repr: undefined, truncated: false });
    expect(result.error).toEqual({
      kind: "exception",
      type: "",
      message: "",
      traceback: "",
      line: undefined,
    });
  });
});
