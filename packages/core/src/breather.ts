import type { Awaitable } from "./awaitable.ts";
import type { Context } from "./context.ts";
import { macrotask } from "./macrotask.ts";

// How long work on many files may hold the event loop.
const STRETCH_MS = 10;
// Looking at the clock costs as much as a small step, so only every so many steps do it.
const STEPS = 32;

/** Lets a long piece of work give way to others every 10 ms, and ends it when the caller's signal says so. */
export class Breather {
  readonly #ctx: Context;
  #since: number = performance.now();
  readonly #every: number;
  #steps = 0;

  /** @param every How many steps take so long that it is time to look at the clock. */
  constructor(ctx: Context, every: number = STEPS) {
    this.#ctx = ctx;
    this.#every = every;
  }

  /** To be waited for after each step. */
  pause(): Awaitable<void> {
    if (this.#ctx.sync || ++this.#steps % this.#every !== 0) return undefined;
    if (performance.now() - this.#since < STRETCH_MS) return undefined;
    return this.#breathe();
  }

  async #breathe(): Promise<void> {
    await macrotask();
    if (this.#ctx.signal?.aborted) throw this.#ctx.signal.reason;
    this.#since = performance.now();
  }
}
