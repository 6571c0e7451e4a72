/** Puts off the end of a sandbox while it is used. */
export class KeepAlive {
  readonly #timeoutMs: number;
  readonly #extend: (timeoutMs: number) => Promise<void>;
  #extendedAt = -Infinity;
  #inUse = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /**
   * @param timeoutMs How long the sandbox shall live after it was used last.
   * @param extend Tells the sandbox so.
   */
  constructor(timeoutMs: number, extend: (timeoutMs: number) => Promise<void>) {
    this.#timeoutMs = timeoutMs;
    this.#extend = extend;
  }

  /** Keeps the sandbox alive while `action` runs, and for the timeout from then on. */
  async during<T>(action: () => Promise<T>): Promise<T> {
    this.#inUse++;
    this.#touch();
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#touch(), this.#stepMs);
      this.#timer.unref();
    }
    try {
      return await action();
    } finally {
      this.#inUse--;
      if (this.#inUse === 0) this.stop();
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  // Often enough that a use right before the end of a step still leaves most of the timeout.
  get #stepMs(): number {
    return this.#timeoutMs / 4;
  }

  #touch(): void {
    const now = Date.now();
    if (now - this.#extendedAt < this.#stepMs) return;
    this.#extendedAt = now;
    // That the sandbox is gone is told by what it is used for.
    this.#extend(this.#timeoutMs).catch(() => (this.#extendedAt = -Infinity));
  }
}
