import { isPromiseLike, type Awaitable } from "./awaitable.ts";

/**
 * Straight-line code that serves both the synchronous and the asynchronous face: a generator that hands out what it
 * waits for. It is written with `yield* wait(...)` where an `async` function has `await ...`.
 */
export type Flow<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** A {@link Flow} that also emits values on its way, with `yield emit(value)`. */
export type Emitter<T> = Generator<PromiseLike<unknown> | Emit<T>, void, unknown>;

/** A value on its way out of an {@link Emitter}. */
export class Emit<T> {
  readonly value: T;
  constructor(value: T) {
    this.value = value;
  }
}

/** Marks `value` as output of an {@link Emitter}. */
export function emit<T>(value: T): Emit<T> {
  return new Emit(value);
}

/** Waits for a value inside a {@link Flow}; costs nothing when it is already there. */
export function* wait<T>(value: Awaitable<T>): Generator<PromiseLike<T>, T, unknown> {
  return isPromiseLike(value) ? ((yield value) as T) : value;
}

/**
 * Runs a flow to its end.
 *
 * @returns The value that the flow returned, or a promise of it as soon as the flow had to wait once.
 */
export function run<T>(flow: Flow<T>): Awaitable<T> {
  const step = flow.next();
  return step.done ? step.value : resume(flow, step.value);
}

async function resume<T>(flow: Flow<T>, pending: PromiseLike<unknown>): Promise<T> {
  for (;;) {
    let step: IteratorResult<PromiseLike<unknown>, T>;
    try {
      const value = await pending;
      step = flow.next(value);
    } catch (reason) {
      step = flow.throw(reason);
    }
    if (step.done) return step.value;
    pending = step.value;
  }
}

/** The asynchronous face of an emitter. Ending the iteration early runs the emitter's `finally` blocks. */
export async function* iterate<T>(emitter: Emitter<T>): AsyncGenerator<T, void, undefined> {
  let step = emitter.next();
  let finished = false;
  try {
    while (!step.done) {
      if (step.value instanceof Emit) {
        yield step.value.value;
        step = emitter.next();
      } else {
        step = await settle(emitter, step.value);
      }
    }
    finished = true;
  } catch (reason) {
    finished = true;
    throw reason;
  } finally {
    if (!finished) await run(end(emitter));
  }
}

/** The synchronous face of an emitter. `onWait` is called, and must throw, when the emitter has to wait. */
export function* iterateSync<T>(
  emitter: Emitter<T>,
  onWait: (pending: PromiseLike<unknown>) => never,
): Generator<T, void, undefined> {
  try {
    for (let step = emitter.next(); !step.done; step = emitter.next()) {
      if (step.value instanceof Emit) yield step.value.value;
      else onWait(step.value);
    }
  } finally {
    emitter.return();
  }
}

async function settle<T>(
  emitter: Emitter<T>,
  pending: PromiseLike<unknown>,
): Promise<IteratorResult<PromiseLike<unknown> | Emit<T>, void>> {
  let value: unknown;
  try {
    value = await pending;
  } catch (reason) {
    return emitter.throw(reason);
  }
  return emitter.next(value);
}

/** Takes the values of an emitter one after another, from within another flow. */
export class Pull<T> {
  readonly #emitter: Emitter<T>;
  #ahead: T | undefined;

  constructor(emitter: Emitter<T>) {
    this.#emitter = emitter;
  }

  /** The next value, or undefined at the end. */
  *next(): Flow<T | undefined> {
    if (this.#ahead !== undefined) {
      const value = this.#ahead;
      this.#ahead = undefined;
      return value;
    }
    let step = this.#emitter.next();
    while (!step.done) {
      if (step.value instanceof Emit) return step.value.value;
      step = yield* relay(this.#emitter, step.value);
    }
    return undefined;
  }

  /** Takes the next value ahead of time: what fails before there is one fails here. */
  *peek(): Flow<void> {
    this.#ahead = yield* this.next();
  }

  /** Ends the emitter early; does nothing after its end. */
  *end(): Flow<void> {
    yield* end(this.#emitter);
  }
}

/** Everything that an emitter emits. */
export function* collectAll<T>(emitter: Emitter<T>): Flow<T[]> {
  const all: T[] = [];
  const pull = new Pull(emitter);
  for (let value = yield* pull.next(); value !== undefined; value = yield* pull.next()) all.push(value);
  return all;
}

/** Waits for what an emitter waits for, and tells it. */
function* relay<T>(
  emitter: Emitter<T>,
  pending: PromiseLike<unknown>,
): Generator<PromiseLike<unknown>, IteratorResult<PromiseLike<unknown> | Emit<T>, void>, unknown> {
  let value: unknown;
  try {
    value = yield pending;
  } catch (reason) {
    return emitter.throw(reason);
  }
  return emitter.next(value);
}

/** Ends an emitter early and waits for what its `finally` blocks wait for. */
function* end<T>(emitter: Emitter<T>): Flow<void> {
  let step = emitter.return();
  while (!step.done) step = step.value instanceof Emit ? emitter.next() : yield* relay(emitter, step.value);
}
