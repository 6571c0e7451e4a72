import { fromBase64 } from "./base64.ts";
import type { GuestDied, LeftOut } from "./engine.ts";
import type { ResolvedLimits } from "./limits.ts";
import type { Cause, GuestError, GuestOutcome } from "./protocol.ts";
import type { ErrorKind, ExecutionError, ExecutionResult, MimeBundle } from "./result.ts";

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
  const nothing = { value: undefined, repr: undefined, mime: {}, exitCode: undefined };
  if ("died" in outcome) {
    const error = deathError(outcome);
    const rest = { truncated: false, restarted: true, durationMs, cpuMs: 0, peakMemoryBytes: 0 };
    return { ok: false, ...texts, ...nothing, error, ...rest };
  }
  const { value, repr, mime, truncated, peakMemoryBytes, exitCode, cpuMs = 0 } = outcome;
  const error = errorOf(outcome);
  const told = error === undefined ? { value, repr, mime: mimeOf(mime), exitCode } : { ...nothing, exitCode };
  const rest = { truncated, restarted: false, durationMs, cpuMs, peakMemoryBytes };
  return { ok: error === undefined, ...texts, ...told, error, ...rest };
}

function mimeOf(told: GuestOutcome["mime"] = {}): MimeBundle {
  return Object.fromEntries(
    Object.entries(told).map(([type, data]) => [
      type,
      typeof data === "string" ? data : fromBase64(data.base64),
    ]),
  );
}

function deathError({ died, timedOut }: Death): ExecutionError {
  if (died.outOfMemory) {
    const message = "the code wanted more memory than it may have, and its interpreter was ended";
    return { kind: "memory", limit: "memoryBytes", type: "MemoryError", message, traceback: "" };
  }
  const cause = died.exceeded ?? (timedOut ? "timeout" : undefined);
  if (cause === undefined)
    return { kind: "killed", type: "SystemExit", message: died.message, traceback: "" };
  const { kind, limit, message } = CAUSES[cause];
  const type = kind === "timeout" ? "TimeoutError" : "SystemExit";
  const told = `${message}, did not stop when it was interrupted, and its interpreter was ended`;
  return { kind, limit, type, message: told, traceback: "" };
}

function errorOf({ error, interrupted }: GuestOutcome): ExecutionError | undefined {
  if (interrupted === undefined) {
    if (error === undefined) return undefined;
    const isMemory = error.type === "MemoryError";
    return described(isMemory ? { kind: "memory", limit: "memoryBytes" } : { kind: "exception" }, error);
  }
  const told = error ?? { type: "KeyboardInterrupt", message: "", traceback: "" };
  return described(CAUSES[interrupted], { ...told, message: CAUSES[interrupted].message });
}

interface Meaning {
  readonly kind: ErrorKind;
  readonly limit?: keyof ResolvedLimits;
}

function described({ kind, limit }: Meaning, told: GuestError): ExecutionError {
  const { type, message, traceback, line } = told;
  return { kind, type, message, traceback, line, ...(limit === undefined ? {} : { limit }) };
}

/** What each reason to interrupt code means to the caller. */
const CAUSES: Readonly<Record<Cause, Meaning & { readonly message: string }>> = {
  timeout: { kind: "timeout", limit: "timeoutMs", message: "the code took longer than it may" },
  cpu: { kind: "timeout", limit: "cpuMs", message: "the code used more of the processor than it may" },
  output: { kind: "output", limit: "outputBytes", message: "the code printed more than it may" },
  memory: { kind: "memory", limit: "memoryBytes", message: "the code wanted more memory than it may have" },
  fileOperations: {
    kind: "limit",
    limit: "fileOperations",
    message: "the code worked on files more often than it may",
  },
  callbacks: {
    kind: "limit",
    limit: "callbacks",
    message: "the code called the host's functions more often than it may",
  },
  processes: {
    kind: "limit",
    limit: "processes",
    message: "the code started more programs than it may",
  },
  asked: { kind: "killed", message: "the code was interrupted" },
};

/** An outcome from what a guest says it is: by now the guest may be anything. */
export function readOutcome(told: unknown): GuestOutcome {
  const fields = fieldsOf(told);
  const { value, repr, error, interrupted, truncated, peakMemoryBytes, exitCode, cpuMs } = fields;
  return {
    value,
    truncated: truncated === true,
    peakMemoryBytes: typeof peakMemoryBytes === "number" ? peakMemoryBytes : 0,
    ...(typeof repr === "string" ? { repr } : {}),
    ...(typeof exitCode === "number" ? { exitCode } : {}),
    ...(typeof cpuMs === "number" && cpuMs >= 0 ? { cpuMs } : {}),
    ...(error === undefined ? {} : { error: readError(error) }),
    ...(typeof interrupted === "string" && Object.hasOwn(CAUSES, interrupted)
      ? { interrupted: interrupted as Cause }
      : {}),
    ...("mime" in fields ? { mime: readMime(fields["mime"]) } : {}),
    ...(Array.isArray(fields["leftOut"]) ? { leftOut: fields["leftOut"].map(readLeftOut) } : {}),
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

function readMime(told: unknown): NonNullable<GuestOutcome["mime"]> {
  const read: Record<string, string | { readonly base64: string }> = {};
  for (const [type, data] of Object.entries(fieldsOf(told))) {
    const { base64 } = fieldsOf(data);
    if (typeof data === "string") read[type] = data;
    else if (typeof base64 === "string") read[type] = { base64 };
  }
  return read;
}

function readLeftOut(told: unknown): LeftOut {
  const { name, type, reason } = fieldsOf(told);
  return { name: textOf(name), type: textOf(type), reason: textOf(reason) };
}

function fieldsOf(told: unknown): Readonly<Record<string, unknown>> {
  return typeof told === "object" && told !== null ? (told as Record<string, unknown>) : {};
}

function textOf(told: unknown): string {
  return typeof told === "string" ? told : "";
}
