import type { Guest, RunRequest } from "./engine.ts";
import type { Printed } from "./printed.ts";
import type { GuestOutcome } from "./protocol.ts";

/** One piece of code, from the call to its end. It can be interrupted all the time, also while it waits for its turn. */
export class Execution {
  readonly request: RunRequest;
  readonly printed: Printed;
  #guest: Guest | undefined;
  #interrupted = false;

  constructor(request: RunRequest, printed: Printed) {
    this.request = request;
    this.printed = printed;
  }

  get timeoutMs(): number {
    return this.request.timeoutMs;
  }

  /** Runs the code, unless it was interrupted before. */
  async run(guest: Guest): Promise<GuestOutcome> {
    if (this.#interrupted) return { interrupted: "asked", truncated: false, peakMemoryBytes: 0 };
    this.#guest = guest;
    try {
      return await guest.run(this.request, (fd, bytes) => this.printed.take(fd, bytes));
    } finally {
      this.#guest = undefined;
    }
  }

  interrupt(): void {
    this.#interrupted = true;
    this.#guest?.interrupt();
  }

  /** Whether the interpreter works on it. */
  get isRunning(): boolean {
    return this.#guest !== undefined;
  }
}

/**
 * Interrupts an execution when the signal says so, and fails with the signal's reason: at once while it waits for its
 * turn, otherwise as soon as the interpreter has let go of it.
 */
export async function unlessAborted<T>(
  signal: AbortSignal,
  execution: Execution,
  done: Promise<T>,
): Promise<T> {
  const { promise: early, reject } = Promise.withResolvers<never>();
  const abort = (): void => {
    const { isRunning } = execution;
    execution.interrupt();
    if (!isRunning) reject(signal.reason);
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([done, early]);
  } finally {
    signal.removeEventListener("abort", abort);
    done.catch(() => undefined);
    signal.throwIfAborted();
  }
}

/** Waits for something unless the signal says that it is not wanted any more; then fails with its reason, at once. */
export async function unlessGivenUp<T>(signal: AbortSignal | undefined, action: Promise<T>): Promise<T> {
  if (signal === undefined) return action;
  signal.throwIfAborted();
  const { promise: early, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([action, early]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
