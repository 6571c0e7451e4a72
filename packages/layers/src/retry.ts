import {
  isPromiseLike,
  isVfsError,
  type AnyCall,
  type Awaitable,
  type Bytes,
  type ByteSource,
  type Call,
  type Layer,
} from "@vfs/core";
import { Budget } from "./budget.ts";
import { systemClock, type Clock } from "./clock.ts";
import { withOwnData } from "./own-data.ts";
import { mayRepeat } from "./repeatable.ts";
import { retryAfterMs } from "./retry-after.ts";
import { chunksOf, isSource } from "./source.ts";

export interface RetryOptions {
  /** How often a call is made at the most, the first time included; 4 unless told. */
  readonly attempts?: number | undefined;
  /** The longest wait before the second attempt; it doubles with each one after. 100 unless told. */
  readonly baseMs?: number | undefined;
  /** The longest wait of all; who is asked to wait longer gives up. 20,000 unless told. */
  readonly maxMs?: number | undefined;
  /**
   * How many retries all calls together have; 50 unless told. Each takes one, one that helped gives it back, and each
   * call that needs none gives back a tenth: when all fail, hardly any is made twice.
   */
  readonly budget?: number | undefined;
  readonly clock?: Clock | undefined;
  /** From 0 to 1, as `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * Makes calls again that failed for now: those whose error is `retryable`, after a random wait that grows (full jitter)
 * or as long as the store asks for (`retryAfterMs`, or `Retry-After` of its cause). What may have been done already is
 * repeated only where that changes nothing: not an append, nor a rename, unless the store was busy (`EAGAIN`, `EBUSY`).
 * A source is never read twice, and what was read of a stream is not given again. A caller that cannot wait has one
 * attempt.
 *
 * @throws RangeError for options that are out of range.
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 *
 * @example
 * await vfs.mount("/bucket", store, { layers: [cache(), retry()] });
 */
export function retry(options: RetryOptions = {}): Layer {
  const { attempts = 4, baseMs = 100, maxMs = 20_000, budget = 50 } = options;
  const { clock = systemClock, random = Math.random } = options;
  if (!(Number.isInteger(attempts) && attempts >= 1))
    throw new RangeError(`attempts must be an integer of at least 1, got ${attempts}`);
  for (const [name, value] of Object.entries({ baseMs, maxMs, budget }))
    if (!(value >= 0)) throw new RangeError(`${name} must be at least 0, got ${value}`);
  const retries = new Retries({ attempts, baseMs, maxMs, clock, random }, new Budget(budget));
  return {
    name: "retry",
    slot: "retry",
    passesMany: true,
    handle: (call, next) => retries.handle(call, next),
  };
}

type Send = (call: Call) => Awaitable<unknown>;
type Resolved = Required<{
  [K in "attempts" | "baseMs" | "maxMs" | "clock" | "random"]: NonNullable<RetryOptions[K]>;
}>;

class Retries {
  readonly #options: Resolved;
  readonly #budget: Budget;

  constructor(options: Resolved, budget: Budget) {
    this.#options = options;
    this.#budget = budget;
  }

  handle(call: AnyCall, next: Send): Awaitable<unknown> {
    if (call.ctx.sync) return next(call);
    const attempt = new Attempt(call);
    let result: Awaitable<unknown>;
    try {
      result = next(attempt.call);
    } catch (thrown) {
      return this.#again(attempt, thrown, next);
    }
    if (!isPromiseLike(result)) return this.#done(attempt, result, next);
    // The caller's bytes are theirs again once this has returned.
    attempt.keepData();
    return result.then(
      (value) => this.#done(attempt, value, next),
      (thrown: unknown) => this.#again(attempt, thrown, next),
    );
  }

  #done(attempt: Attempt, value: unknown, next: Send): unknown {
    this.#budget.succeeded(attempt.made);
    if (attempt.call.op !== "readStream" || !isSource(value)) return value;
    return { [Symbol.asyncIterator]: () => this.#stream(attempt, value, next) };
  }

  /** Throws, or waits and tries once more. */
  #again(attempt: Attempt, thrown: unknown, next: Send): Promise<unknown> {
    const delayMs = this.#delay(attempt, thrown);
    if (delayMs === undefined) throw thrown;
    attempt.keepData();
    return this.#later(attempt, delayMs, next);
  }

  async #later(attempt: Attempt, delayMs: number, next: Send): Promise<unknown> {
    const { signal } = attempt.call.ctx;
    await this.#options.clock.sleep(delayMs, signal);
    signal?.throwIfAborted();
    let value: unknown;
    try {
      value = await next(attempt.another());
    } catch (thrown) {
      return this.#again(attempt, thrown, next);
    }
    return this.#done(attempt, value, next);
  }

  /** A stream that is begun anew as long as nothing of it has come. */
  async *#stream(attempt: Attempt, source: ByteSource, next: Send): AsyncGenerator<Bytes, void, undefined> {
    let chunks = chunksOf(source);
    let step: IteratorResult<Bytes>;
    for (;;) {
      try {
        step = await chunks.next();
        break;
      } catch (thrown) {
        // What comes is a stream that begins itself anew when it has to.
        chunks = chunksOf((await this.#again(attempt, thrown, next)) as ByteSource);
      }
    }
    let asked = true;
    try {
      for (; !step.done; step = await chunks.next()) {
        asked = false;
        yield step.value;
        asked = true;
      }
    } finally {
      if (!asked) await chunks.return?.();
    }
  }

  /** How long to wait before another attempt, in milliseconds; undefined when there is to be none. */
  #delay({ call, made, touched }: Attempt, thrown: unknown): number | undefined {
    const { attempts, baseMs, maxMs, clock, random } = this.#options;
    if (made >= attempts || touched || !isVfsError(thrown) || !thrown.retryable) return undefined;
    if (!mayRepeat(call, thrown) || call.ctx.signal?.aborted === true) return undefined;
    const askedMs = retryAfterMs(thrown, clock.now()) ?? 0;
    if (askedMs > maxMs || !this.#budget.take()) return undefined;
    return Math.max(askedMs, random() * Math.min(maxMs, baseMs * 2 ** (made - 1)));
  }
}

/** A call that may be made more than once. */
class Attempt {
  #call: AnyCall;
  /** How often it was made. */
  made = 1;
  /** Its source was begun: what it gave is gone. */
  touched = false;
  #kept = false;

  constructor(call: AnyCall) {
    this.#call = call.op === "writeStream" ? this.#watched(call) : call;
  }

  get call(): AnyCall {
    return this.#call;
  }

  another(): AnyCall {
    this.made++;
    return this.#call;
  }

  /** Takes a copy of what is written, before the caller may change it. */
  keepData(): void {
    if (this.#kept) return;
    this.#kept = true;
    if (!mayRepeat(this.#call)) return;
    // What the store has may be its own by now: it takes another copy of what is sent again.
    this.#call = withOwnData(this.#call, false);
  }

  #watched(call: Call<"writeStream">): AnyCall {
    const touch = (): void => {
      this.touched = true;
    };
    const { source } = call.args;
    const watched: {
      [Symbol.asyncIterator]?: () => AsyncIterator<Bytes>;
      [Symbol.iterator]?: () => Iterator<Bytes>;
    } = {};
    if (Symbol.asyncIterator in source)
      watched[Symbol.asyncIterator] = () => {
        touch();
        return source[Symbol.asyncIterator]();
      };
    if (Symbol.iterator in source)
      watched[Symbol.iterator] = () => {
        touch();
        return source[Symbol.iterator]();
      };
    return call.with({ args: { ...call.args, source: watched as ByteSource } });
  }
}
