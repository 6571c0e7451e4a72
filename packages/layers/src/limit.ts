import {
  attempt,
  chain,
  isPromiseLike,
  VfsError,
  type AnyCall,
  type Awaitable,
  type Bytes,
  type ByteSource,
  type Call,
  type Context,
  type Layer,
} from "@vfs/core";
import { systemClock, type Clock } from "./clock.ts";
import { withOwnData } from "./own-data.ts";
import { Places } from "./places.ts";
import { Rate } from "./rate.ts";
import { chunksOf, isSource } from "./source.ts";

export interface LimitOptions {
  /** How many calls may be at work in what is below at the same time; any number unless told. */
  readonly concurrency?: number | undefined;
  /** How many calls may begin in a second; any number unless told. */
  readonly perSecond?: number | undefined;
  /** How many calls may begin at once after a pause; `perSecond` unless told, and at least 1. */
  readonly burst?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Lets only so many calls work at the same time, and only so many begin in a second. The others wait, each actor's in
 * order, and the actors take turns. One instance in several mounts is one limit for all of them.
 *
 * A place is held while what is below works: until the answer is there, and of a stream while a chunk is read or
 * written, until it has ended. A reader who thinks between two chunks holds none, nor does a writer who waits for its
 * source: a copy reads and writes at the same time, and would otherwise wait for itself. To close a file never waits.
 * A caller that cannot wait is told `EAGAIN`.
 *
 * @throws RangeError for limits below 1.
 *
 * @example
 * await vfs.mount("/bucket", store, { layers: [limit({ concurrency: 16, perSecond: 100 })] });
 */
export function limit(options: LimitOptions): Layer {
  const { concurrency = Infinity, perSecond = Infinity, clock = systemClock } = options;
  const { burst = Math.max(1, perSecond) } = options;
  checkAtLeast("concurrency", concurrency, 1);
  checkAtLeast("burst", burst, 1);
  if (!(perSecond > 0)) throw new RangeError(`perSecond must be above 0, got ${perSecond}`);
  const places = new Places(concurrency);
  const rate = perSecond === Infinity ? undefined : new Rate(perSecond, burst, clock);
  return {
    name: "limit",
    slot: "limit",
    passesMany: true,
    handle(call, next) {
      if (call.op === "file.close") return next(call);
      const { ctx } = call;
      const now = rate === undefined || rate.take();
      if (now && places.take()) return work(places, call, next);
      if (ctx.sync) {
        if (now) rate?.giveBack();
        throw busy();
      }
      // What is written is the caller's own again when they have the promise.
      const later = withOwnData(call, true);
      return (async () => {
        if (!now) await rate?.wait(ctx.signal);
        await places.wait(ctx.actor, ctx.signal);
        return work(places, later, next);
      })();
    },
  };
}

type Send = (call: Call) => Awaitable<unknown>;

/** Does a call that has a place, and gives the place back. */
function work(places: Places, call: AnyCall, next: Send): Awaitable<unknown> {
  const held = new Held(places, call.ctx);
  const result = attempt(
    () => next(call.op === "writeStream" ? withSource(call, held) : call),
    (thrown) => {
      held.release();
      throw thrown;
    },
  );
  return chain(result, (value) => {
    held.release();
    // Who reads without waiting has all of it in one go.
    return isSource(value) && !call.ctx.sync ? pulled(value, places, call.ctx) : value;
  });
}

/** A place that may be lent to others meanwhile. */
class Held {
  readonly #places: Places;
  readonly #ctx: Context;
  #over = false;
  #has = true;

  constructor(places: Places, ctx: Context) {
    this.#places = places;
    this.#ctx = ctx;
  }

  release(): void {
    this.#over = true;
    this.lend();
  }

  lend(): void {
    if (!this.#has) return;
    this.#has = false;
    this.#places.giveBack();
  }

  async takeBack(): Promise<void> {
    if (this.#has || this.#over) return;
    await this.#places.wait(this.#ctx.actor, this.#ctx.signal);
    this.#has = true;
    // The call may have come to its end while its source was waited for.
    if (this.#over) this.lend();
  }
}

function withSource(call: Call<"writeStream">, held: Held): Call {
  const { source } = call.args;
  // What cannot be waited for is there at once.
  if (call.ctx.sync) return call;
  return call.with({
    args: { ...call.args, source: { [Symbol.asyncIterator]: () => lent(source, held) } },
  });
}

/** The chunks of what is written: their place is free while they are waited for. */
async function* lent(source: ByteSource, held: Held): AsyncGenerator<Bytes, void, undefined> {
  const chunks = chunksOf(source);
  let ended = false;
  try {
    for (;;) {
      const next = chunks.next();
      let step: IteratorResult<Bytes>;
      if (isPromiseLike(next)) {
        held.lend();
        try {
          step = await next;
        } catch (reason) {
          ended = true;
          throw reason;
        }
        await held.takeBack();
      } else step = next;
      if (step.done === true) {
        ended = true;
        return;
      }
      yield step.value;
    }
  } finally {
    if (!ended) await chunks.return?.();
  }
}

/** The chunks of what is read: each is asked for with a place. */
function pulled(source: ByteSource, places: Places, { actor, signal }: Context): ByteSource {
  return {
    async *[Symbol.asyncIterator]() {
      const chunks = chunksOf(source);
      let asked = false;
      try {
        for (;;) {
          if (!places.take()) await places.wait(actor, signal);
          asked = true;
          let step: IteratorResult<Bytes>;
          try {
            step = await chunks.next();
          } finally {
            places.giveBack();
          }
          if (step.done === true) return;
          asked = false;
          yield step.value;
        }
      } finally {
        if (!asked) await chunks.return?.();
      }
    },
  };
}

function busy(): VfsError {
  return new VfsError("EAGAIN", {
    retryable: true,
    hint: "the limit is reached, and a synchronous call cannot wait: use the asynchronous one, or try again later",
  });
}

function checkAtLeast(name: string, value: number, least: number): void {
  if (!(value >= least)) throw new RangeError(`${name} must be at least ${least}, got ${value}`);
}
