import { readFileSync } from "node:fs";
import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { expect, onTestFinished } from "vitest";
import { createSession, python, type Session, type SessionOptions } from "../src/index.ts";

/** The numbers of the processes that this one has started and that have not ended, on Linux. */
export function children(): string {
  return readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim();
}

/** A filesystem in memory, closed with its test. */
export function newVfs(): Vfs {
  const vfs = createVfs(memory());
  onTestFinished(() => vfs.close());
  return vfs;
}

/** A session with Python, closed with its test. */
export async function newSession(options: Partial<SessionOptions> = {}): Promise<Session> {
  const session = await createSession({ vfs: options.vfs ?? newVfs(), engine: python(), ...options });
  onTestFinished(() => session.close());
  return session;
}

// How long a busy machine may keep a process from its turn, once and on average.
const LONGEST_PAUSE_MS = 1000;
const USUAL_PAUSE_MS = 50;
const TICK_MS = 5;

/** Does something that takes a guest its time, and sees to it that this process can do other things all the while. */
export async function responsively<T>(action: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  let longest = 0;
  let ticks = 0;
  let last = startMs;
  const tick = (): void => {
    ticks++;
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(tick, TICK_MS);
  try {
    return await action();
  } finally {
    clearInterval(timer);
    tick();
    expect(longest, "the longest that this process could do nothing").toBeLessThan(LONGEST_PAUSE_MS);
    expect(ticks, "how often it could").toBeGreaterThan((last - startMs) / USUAL_PAUSE_MS);
  }
}

/** Runs code that must succeed, and answers its value. */
export async function valueOf(session: Session, code: string, timeoutMs = 60_000): Promise<unknown> {
  const { ok, value, error } = await session.execute(code, { timeoutMs });
  if (!ok) throw new Error(error?.traceback || `${error?.kind}: ${error?.message}`);
  return value;
}
