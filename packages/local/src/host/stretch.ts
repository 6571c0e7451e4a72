import type { Awaitable } from "@vfs/core";

// As it is now: a test that puts a clock of its own into its place later does not stop the calls.
const { setImmediate } = globalThis;

// How long calls that are answered at once may hold the event loop, all together.
const STRETCH_MS = 5;
// How many of those that wait go on in one turn of the loop.
const AT_A_TIME = 16;

/** Calls in a queue for the next turns of the event loop. They go on in the order in which they came. */
class Queue {
  readonly #waiting: (() => void)[] = [];
  #next = 0;
  /** When the event loop turned last, as far as is known here. */
  #turned = 0;

  get free(): boolean {
    return this.#waiting.length === 0 && performance.now() - this.#turned < STRETCH_MS;
  }

  breathe(): Awaitable<void> {
    if (this.free) return undefined;
    const first = this.#waiting.length === 0;
    if (first) setImmediate(() => this.#turn());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #turn(): void {
    this.#turned = performance.now();
    const end = Math.min(this.#next + AT_A_TIME, this.#waiting.length);
    while (this.#next < end) this.#waiting[this.#next++]?.();
    if (end < this.#waiting.length) {
      setImmediate(() => this.#turn());
      return;
    }
    this.#waiting.length = 0;
    this.#next = 0;
  }
}

const QUEUE = new Queue();

/** Whether {@link breathe} would let a call go on. */
export function mayGoOn(): boolean {
  return QUEUE.free;
}

/**
 * To be waited for before work that is done at once although its caller could wait: after 5 ms of it the event loop
 * turns, so that timers, sockets and all else have their turn.
 *
 * @returns Undefined when there is time left.
 */
export function breathe(): Awaitable<void> {
  return QUEUE.breathe();
}
