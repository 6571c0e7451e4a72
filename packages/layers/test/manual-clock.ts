import type { Clock } from "../src/index.ts";

/** A clock that stands still until it is set, and writes down how long it was asked to sleep. */
export class ManualClock implements Clock {
  nowMs = 1_000_000;
  readonly slept: number[] = [];
  /** Whether sleeping sets the clock: else a sleep lasts until it is passed. */
  readonly #jumps: boolean;
  readonly #sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  constructor(jumps = true) {
    this.#jumps = jumps;
  }

  now(): number {
    return this.nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    if (this.#jumps) return this.pass(ms);
    await new Promise<void>((resolve, reject) => {
      this.#sleepers.push({ untilMs: this.nowMs + ms, wake: resolve });
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.nowMs += ms;
    for (const { untilMs, wake } of this.#sleepers) if (untilMs <= this.nowMs) wake();
  }
}

/** Lets everything that can go on do so. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
