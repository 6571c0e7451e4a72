import type { Clock } from "./clock.ts";

/** A token bucket: tokens come evenly, so many lie ready at the most, and who finds none waits in line for the next. */
export class Rate {
  readonly #perMs: number;
  readonly #most: number;
  readonly #clock: Clock;
  #tokens: number;
  #countedMs: number;
  /** The last in line. */
  #line: Promise<void> = Promise.resolve();
  #inLine = 0;

  constructor(perSecond: number, most: number, clock: Clock) {
    this.#perMs = perSecond / 1000;
    this.#most = most;
    this.#tokens = most;
    this.#clock = clock;
    this.#countedMs = clock.now();
  }

  /** Takes a token when one is there, past nobody who waits. */
  take(): boolean {
    return this.#inLine === 0 && this.#takeOne();
  }

  /** What was taken in vain. */
  giveBack(): void {
    this.#tokens = Math.min(this.#most, this.#tokens + 1);
  }

  /**
   * Takes a token as soon as there is one.
   *
   * @throws The reason of `signal`, as soon as it is aborted; then no token is taken.
   */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    const before = this.#line;
    const mine = this.#next(before, signal);
    this.#inLine++;
    // Who gives up makes way for the next.
    this.#line = mine.catch(() => before);
    try {
      await untilAborted(mine, signal);
    } finally {
      this.#inLine--;
    }
  }

  async #next(before: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    await before;
    for (signal?.throwIfAborted(); !this.#takeOne(); signal?.throwIfAborted())
      await this.#clock.sleep(Math.max(1, Math.ceil((1 - this.#tokens) / this.#perMs)), signal);
  }

  #takeOne(): boolean {
    const nowMs = this.#clock.now();
    // A clock that is set back gives nothing, and takes nothing away.
    const passed = Math.max(0, nowMs - this.#countedMs);
    this.#tokens = Math.min(this.#most, this.#tokens + passed * this.#perMs);
    this.#countedMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/** The promise, or the signal's reason when that is aborted first. */
async function untilAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  let aborted: (() => void) | undefined;
  const end = new Promise<never>((_resolve, reject) => {
    aborted = () => reject(signal.reason as Error);
    signal.addEventListener("abort", aborted, { once: true });
  });
  try {
    await Promise.race([promise, end]);
  } finally {
    if (aborted !== undefined) signal.removeEventListener("abort", aborted);
  }
}
