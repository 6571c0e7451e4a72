// A call that needs no retry gives back so much of one.
const REFUND = 0.1;

/** How many retries there are left, for all calls together. */
export class Budget {
  readonly #most: number;
  #left: number;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** Takes one, if there is one. */
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  /** Notes that a call has succeeded, made so many times. */
  succeeded(made: number): void {
    this.#left = Math.min(this.#most, this.#left + (made > 1 ? 1 : REFUND));
  }
}
