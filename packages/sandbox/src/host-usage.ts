import type { HostUse } from "./engine.ts";
import type { ResolvedLimits } from "./limits.ts";
import type { GuestOp } from "./protocol.ts";
import { NO_USE } from "./stats.ts";

// Calls that are no work on files: asking for the rest of an answer, and for what came of something.
const FREE: ReadonlySet<GuestOp> = new Set<GuestOp>(["listMore", "callWait", "save", "load", "close"]);
const CALLS: ReadonlySet<GuestOp> = new Set<GuestOp>(["call", "callStart"]);

/** Counts what a guest makes of its host, against the limits of each piece of code. */
export class HostUsage {
  readonly #limits: Pick<ResolvedLimits, keyof HostUse>;
  #fileOperations = 0;
  #callbacks = 0;
  #processes = 0;
  /** What was counted before this piece of code. */
  #before: HostUse = NO_USE;

  constructor(limits: Pick<ResolvedLimits, keyof HostUse>) {
    this.#limits = limits;
  }

  get use(): HostUse {
    return {
      fileOperations: this.#fileOperations,
      callbacks: this.#callbacks,
      processes: this.#processes,
    };
  }

  startRun(): void {
    this.#before = this.use;
  }

  /** Counts a call. Answers which limit it goes beyond, if it does. */
  count(op: GuestOp): keyof HostUse | undefined {
    if (CALLS.has(op)) {
      const used = ++this.#callbacks - this.#before.callbacks;
      return used > this.#limits.callbacks ? "callbacks" : undefined;
    }
    if (op === "command") {
      const used = ++this.#processes - this.#before.processes;
      return used > this.#limits.processes ? "processes" : undefined;
    }
    if (FREE.has(op)) return undefined;
    const used = ++this.#fileOperations - this.#before.fileOperations;
    return used > this.#limits.fileOperations ? "fileOperations" : undefined;
  }
}
