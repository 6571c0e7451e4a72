import type { Awaitable } from "./awaitable.ts";
import { macrotask } from "./macrotask.ts";

// What streams do so that the chunks that nobody needs any more do not pile up. V8 collects young objects when they
// take much room, and does not count the memory behind them; the object of a chunk is tiny. Measured in Node 26, growth
// of the process while it reads 256 MiB in chunks of 64 KiB: 40 to 120 MiB with nothing done, 5 to 15 with this.
// See https://github.com/nodejs/node/issues/1671

const TURN_BYTES = 64 << 10;

/** Lets the event loop turn, in which V8 does what it has put off, however fast the chunks come. */
export class Pause {
  #bytes = 0;

  /** To be waited for after each chunk. */
  after(chunk: Uint8Array): Awaitable<void> {
    this.#bytes += chunk.length;
    if (this.#bytes < TURN_BYTES) return undefined;
    this.#bytes = 0;
    return macrotask();
  }
}

const BYTES_AN_ELEMENT = 8;

// A larger array would be an object that V8 keeps apart.
const ELEMENTS: readonly number[] = Array.from({ length: 16_000 }, () => 0);

/** Where nothing can be waited for: something beside each chunk that V8 does count. */
export class Ballast {
  /** Kept, or an optimizing compiler would leave it out. */
  beside: readonly number[] = [];

  /** Takes in what goes with a chunk, and lets go of what went with the one before. */
  goWith(chunk: Uint8Array): void {
    this.beside = ELEMENTS.slice(0, Math.ceil(chunk.length / BYTES_AN_ELEMENT));
  }
}
