/** Calls that are answered together. */
export class Batch {
  readonly done: Promise<void>;
  durable = false;
  readonly #settle: () => void;
  readonly #fail: (reason: unknown) => void;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.done = promise;
    this.#settle = resolve;
    this.#fail = reject;
    // Who waits hears of it; that nobody does is no failure of its own.
    promise.catch(() => undefined);
  }

  settle(): void {
    this.#settle();
  }

  fail(reason: unknown): void {
    this.#fail(reason);
  }
}
