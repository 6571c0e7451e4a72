import { isVfsError } from "@vfs/core";
import type { Connection } from "./connection.ts";
import { toFailure, toVfsError, undone } from "./errors.ts";

/** One call on its way. */
export class Operation {
  readonly durable: boolean;
  readonly bytes: number;
  readonly #action: () => unknown;
  readonly #signal: AbortSignal | undefined;
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  #value: unknown;
  #failed = false;

  constructor(
    action: () => unknown,
    { durable, bytes }: { durable: boolean; bytes: number },
    signal: AbortSignal | undefined,
  ) {
    this.#action = action;
    this.durable = durable;
    this.bytes = bytes;
    this.#signal = signal;
  }

  /** For a caller that waits for a promise. */
  promise(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Does it. Throws what concerns the whole transaction, and keeps what concerns this call alone. */
  perform(connection: Connection): void {
    const before = connection.changes;
    this.#failed = false;
    try {
      this.#signal?.throwIfAborted();
      this.#value = this.#action();
    } catch (error) {
      const alone = connection.changes === before && toVfsError(error) === error;
      if (!alone) throw isVfsError(error) ? undone(error) : error;
      this.#value = error;
      this.#failed = true;
    }
  }

  /** If its signal is aborted, answers with the reason; tells whether. */
  answerAborted(): boolean {
    if (this.#signal?.aborted !== true) return false;
    this.#failed = true;
    this.#value = this.#signal.reason;
    this.settle();
    return true;
  }

  /** What became of it, for a caller that did not wait. */
  result(): unknown {
    if (this.#failed) throw this.#value;
    return this.#value;
  }

  /** Answers whoever waits: to be called when it is committed. */
  settle(): void {
    if (this.#failed) this.#reject?.(this.#value);
    else this.#resolve?.(this.#value);
  }

  /** The transaction is undone, and this call with it. */
  fail(error: unknown): void {
    this.#failed = true;
    // Each caller gets an error of its own, for each names its own path.
    this.#value = toFailure(error);
    this.settle();
  }
}
