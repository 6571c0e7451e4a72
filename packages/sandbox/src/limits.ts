// The longest that a timer can wait, with room for what comes after it.
const MOST_MS = 2 ** 31 - 60_000;

/** What a session may use. Every limit is on unless it is changed. */
export interface Limits {
  /** How long one execution may take, in milliseconds; 30,000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** How far the interpreter's memory may grow, in bytes; 256 MiB unless told, at least 64 MiB. */
  readonly memoryBytes?: number | undefined;
  /** How much one execution may print, in bytes, stdout and stderr together; 1 MiB unless told. */
  readonly outputBytes?: number | undefined;
  /** How much the interpreter's own files may hold, `/tmp` among them, in bytes; 64 MiB unless told. */
  readonly scratchBytes?: number | undefined;
  /** How many files of the mount may be open at the same time; 256 unless told. */
  readonly openFiles?: number | undefined;
  /** How much of a processor one execution may use, in milliseconds; 30,000 unless told. */
  readonly cpuMs?: number | undefined;
  /** How many calls on the files one execution may make; 1,000,000 unless told. */
  readonly fileOperations?: number | undefined;
  /** How many programs one execution of a shell may start, `python3` and `node`; 100 unless told. */
  readonly processes?: number | undefined;
  /** How many callbacks one execution may call; 1,000 unless told. */
  readonly callbacks?: number | undefined;
  /** How long one callback may take, in milliseconds; 10,000 unless told. What takes longer fails for the code. */
  readonly callbackMs?: number | undefined;
  /** How large the arguments or the result of one callback may be, in bytes; 4 MiB unless told, 16 MiB at most. */
  readonly callbackBytes?: number | undefined;
}

/** Limits with every value filled in. */
export type ResolvedLimits = { readonly [K in keyof Limits]-?: number };

const LEAST_MEMORY_BYTES = 64 << 20;
const MOST_MEMORY_BYTES = 2 ** 32 - 65_536;
const MOST_CALLBACK_BYTES = 16 << 20;

const USUAL: ResolvedLimits = {
  timeoutMs: 30_000,
  memoryBytes: 256 << 20,
  outputBytes: 1 << 20,
  scratchBytes: 64 << 20,
  openFiles: 256,
  cpuMs: 30_000,
  fileOperations: 1_000_000,
  processes: 100,
  callbacks: 1000,
  callbackMs: 10_000,
  callbackBytes: 4 << 20,
};

/**
 * Fills in what is not told.
 *
 * @throws RangeError for a limit that is no number, or that the interpreter cannot work with.
 */
export function resolveLimits(limits: Limits): ResolvedLimits {
  const resolved: Record<string, number> = { ...USUAL };
  for (const [name, value] of Object.entries(limits) as [string, number | undefined][]) {
    if (!(name in USUAL))
      throw new TypeError(`there is no limit "${name}"; limits are ${Object.keys(USUAL).join(", ")}`);
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name} must be a whole number above 0, got ${String(value)}`);
    resolved[name] = value;
  }
  const { memoryBytes = 0, timeoutMs = 0, callbackMs = 0, callbackBytes = 0 } = resolved;
  checkTimeout(timeoutMs);
  checkTimeout(callbackMs, "callbackMs");
  if (callbackBytes > MOST_CALLBACK_BYTES)
    throw new RangeError(
      `callbackBytes must be at most ${MOST_CALLBACK_BYTES} (16 MiB), got ${callbackBytes}`,
    );
  if (memoryBytes < LEAST_MEMORY_BYTES || memoryBytes > MOST_MEMORY_BYTES)
    throw new RangeError(
      `memoryBytes must be ${LEAST_MEMORY_BYTES} (64 MiB) to ${MOST_MEMORY_BYTES}, got ${memoryBytes}`,
    );
  return resolved as unknown as ResolvedLimits;
}

/** @throws RangeError for what is no time that can be waited for. */
export function checkTimeout(timeoutMs: number, name = "timeoutMs"): void {
  if (typeof timeoutMs === "number" && timeoutMs > 0 && timeoutMs <= MOST_MS) return;
  throw new RangeError(`${name} must be a number above 0 and at most ${MOST_MS}, got ${String(timeoutMs)}`);
}
