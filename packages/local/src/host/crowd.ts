/** How many calls at the most between two attempts. */
const MOST_REST = 64;
/** A call that takes longer is worth the round trip to a thread of the pool, while others come. */
const SLOW_MS = 0.06;
/** More is taken for a moment in which the process did not run. */
const LONGEST_MS = 0.25;
/** Over how many calls the average goes, about. */
const CALLS = 16;

/**
 * Finds out whether slow calls come while others of their kind are under way: then several threads are faster than one.
 * Nobody says so beforehand, and calls that are answered at once are never under way together. So when they are slow
 * one is made to wait now and then, and it is seen whether others come meanwhile. While they do, all of them wait.
 */
export class Crowd {
  #waiting = 0;
  #joined = false;
  #calls = 0;
  /** Which call from now on is made to wait though no other does. */
  #rest = 2;
  #averageMs = 0;

  /** Whether calls take so long that `enter` is worth to be asked. */
  get slow(): boolean {
    return this.#averageMs > SLOW_MS;
  }

  /** Makes a call at once, and notes how long that took. */
  timed<T>(call: () => T): T {
    const begun = performance.now();
    const value = call();
    this.#averageMs += (Math.min(performance.now() - begun, LONGEST_MS) - this.#averageMs) / CALLS;
    return value;
  }

  /** To be asked when a call begins. If it is to wait for a thread of the pool, call `leave` when it has ended. */
  enter(): boolean {
    if (this.#waiting > 0) this.#joined = true;
    else {
      if (!this.slow || ++this.#calls < this.#rest) return false;
      this.#calls = 0;
      this.#joined = false;
    }
    this.#waiting++;
    return true;
  }

  leave(): void {
    if (--this.#waiting > 0) return;
    this.#rest = this.#joined ? 2 : Math.min(this.#rest * 2, MOST_REST);
  }
}
