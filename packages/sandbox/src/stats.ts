import type { HostUse } from "./engine.ts";
import type { ExecutionResult } from "./result.ts";

/** What a session has done since it was made. */
export interface SessionStats {
  /** Pieces of code that were run. */
  readonly executions: number;
  /** How often its interpreter had to be started anew, because code had ended it or would not end. */
  readonly restarts: number;
  /** How long code ran, in milliseconds. */
  readonly durationMs: number;
  /** How much of a processor it has used, in milliseconds, as far as that is known. */
  readonly cpuMs: number;
  /** The most memory that an interpreter has had. */
  readonly peakMemoryBytes: number;
  /** Calls on the files. What the guest remembers of them needs none. */
  readonly fileOperations: number;
  /** Calls of callbacks. */
  readonly callbacks: number;
  /** Programs that a shell has started. */
  readonly processes: number;
}

/** Adds up what a session does. */
export class Tally {
  #stats: SessionStats = {
    executions: 0,
    restarts: 0,
    durationMs: 0,
    cpuMs: 0,
    peakMemoryBytes: 0,
    fileOperations: 0,
    callbacks: 0,
    processes: 0,
  };

  get stats(): SessionStats {
    return this.#stats;
  }

  /** Adds one execution, and how much the guest has made of its host during it. */
  add(result: ExecutionResult, use: HostUse): void {
    const { executions, restarts, durationMs, cpuMs, peakMemoryBytes } = this.#stats;
    this.#stats = {
      executions: executions + 1,
      restarts: restarts + (result.restarted ? 1 : 0),
      durationMs: durationMs + result.durationMs,
      cpuMs: cpuMs + result.cpuMs,
      peakMemoryBytes: Math.max(peakMemoryBytes, result.peakMemoryBytes),
      ...sumOf(this.#stats, use),
    };
  }
}

/** What was made of the host by two together. */
export function sumOf(one: HostUse, other: HostUse): HostUse {
  return {
    fileOperations: one.fileOperations + other.fileOperations,
    callbacks: one.callbacks + other.callbacks,
    processes: one.processes + other.processes,
  };
}

/** What was made of the host between two looks. */
export function useBetween(before: HostUse, after: HostUse): HostUse {
  return {
    fileOperations: after.fileOperations - before.fileOperations,
    callbacks: after.callbacks - before.callbacks,
    processes: after.processes - before.processes,
  };
}

export const NO_USE: HostUse = { fileOperations: 0, callbacks: 0, processes: 0 };
