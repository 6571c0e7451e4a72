import type { GuestDied } from "./engine.ts";
import type { GuestError, GuestOutcome } from "./protocol.ts";
import type { ErrorKind, ExecutionError, ExecutionResult } from "./result.ts";

/** A guest that did not survive. */
export interface Death {
  readonly died: GuestDied;
  readonly timedOut: boolean;
}

interface Texts {
  readonly stdout: string;
  readonly stderr: string;
}

/** What the caller is told. */
export function outcomeOf(outcome: GuestOutcome | Death, texts: Texts, durationMs: number): ExecutionResult {
  if ("died" in outcome) {
    const error = deathError(outcome);
    const nothing = { value: undefined, repr: undefined, exitCode: undefined };
    return {
      ok: false,
      ...texts,
      ...nothing,
      error,
      truncated: false,
      restarted: true,
      durationMs,
      peakMemoryBytes: 0,
    };
  }
  const { value, repr, truncated, peakMemoryBytes, exitCode } = outcome;
  const error = errorOf(outcome);
  return {
    ok: error === undefined,
    ...texts,
    value: error === undefined ? value : undefined,
    repr: error === undefined ? repr : undefined,
    error,
    truncated,
    restarted: false,
    exitCode,
    durationMs,
    peakMemoryBytes,
  };
}

function deathError({ died, timedOut }: Death): ExecutionError {
  if (died.outOfMemory) {
    const message = "the code wanted more memory than it may have, and its interpreter was ended";
    return { kind: "memory", type: "MemoryError", message, traceback: "" };
  }
  if (!timedOut) return { kind: "killed", type: "SystemExit", message: died.message, traceback: "" };
  const message = "the code did not stop when it was interrupted, and its interpreter was ended";
  return { kind: "timeout", type: "TimeoutError", message, traceback: "" };
}

function errorOf({ error, interrupted }: GuestOutcome): ExecutionError | undefined {
  if (interrupted === undefined) return error === undefined ? undefined : described("exception", error);
  const told = error ?? { type: "KeyboardInterrupt", message: "", traceback: "" };
  switch (interrupted) {
    case "timeout":
      return described("timeout", { ...told, message: "the code took longer than it may" });
    case "output":
      return described("output", { ...told, message: "the code printed more than it may" });
    case "memory":
      return described("memory", { ...told, message: "the code wanted more memory than it may have" });
    case "asked":
      return described("killed", { ...told, message: "the code was interrupted" });
  }
}

function described(kind: ErrorKind, { type, message, traceback, line }: GuestError): ExecutionError {
  return {
    kind: kind === "exception" && type === "MemoryError" ? "memory" : kind,
    type,
    message,
    traceback,
    line,
  };
}

const CAUSES: ReadonlySet<unknown> = new Set<GuestOutcome["interrupted"]>([
  "timeout",
  "output",
  "memory",
  "asked",
]);

/** An outcome from what a guest says it is: by now the guest may be anything. */
export function readOutcome(told: unknown): GuestOutcome {
  const { value, repr, error, interrupted, truncated, peakMemoryBytes, exitCode } = fieldsOf(told);
  return {
    value,
    truncated: truncated === true,
    peakMemoryBytes: typeof peakMemoryBytes === "number" ? peakMemoryBytes : 0,
    ...(typeof repr === "string" ? { repr } : {}),
    ...(typeof exitCode === "number" ? { exitCode } : {}),
    ...(error === undefined ? {} : { error: readError(error) }),
    ...(CAUSES.has(interrupted)
      ? { interrupted: interrupted as NonNullable<GuestOutcome["interrupted"]> }
      : {}),
  };
}

function readError(told: unknown): GuestError {
  const { type, message, traceback, line } = fieldsOf(told);
  return {
    type: textOf(type),
    message: textOf(message),
    traceback: textOf(traceback),
    ...(typeof line === "number" ? { line } : {}),
  };
}

function fieldsOf(told: unknown): Readonly<Record<string, unknown>> {
  return typeof told === "object" && told !== null ? (told as Record<string, unknown>) : {};
}

function textOf(told: unknown): string {
  return typeof told === "string" ? told : "";
}
