import { readFileSync } from "node:fs";
import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { onTestFinished } from "vitest";
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

/** Runs code that must succeed, and answers its value. */
export async function valueOf(session: Session, code: string, timeoutMs = 60_000): Promise<unknown> {
  const { ok, value, error } = await session.execute(code, { timeoutMs });
  if (!ok) throw new Error(error?.traceback || `${error?.kind}: ${error?.message}`);
  return value;
}
