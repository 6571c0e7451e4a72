import { isPromiseLike, isVfsError, VfsError, type Awaitable, type Context, type VPath } from "@vfs/core";
import { concerns } from "./memory-of-store.ts";

/** A question that is under way. */
export interface Flight {
  readonly path: VPath;
  /** Something has changed since it was asked: the answer is for those who wait for it already, and for nobody later. */
  stale: boolean;
}

/** Questions that are under way: who asks the same meanwhile waits for the same answer. */
export class Flights {
  readonly #flights = new Set<Flight>();
  readonly #shared = new Map<string, Promise<unknown>>();
  readonly #keys = new Map<Flight, string>();

  /**
   * Asks, or waits for the answer to the same question. A caller that cannot wait asks by itself.
   *
   * @param key The same for the same question.
   * @param ask Must not be ended by the signal of one caller: others may wait for it.
   */
  share<T>(key: string, path: VPath, ctx: Context, ask: (flight: Flight) => Awaitable<T>): Awaitable<T> {
    const under = ctx.sync ? undefined : this.#shared.get(key);
    if (under !== undefined) return untilAborted((under as Promise<T>).catch(throwOwn), ctx.signal);
    const flight: Flight = { path, stale: false };
    this.#flights.add(flight);
    let answer: Awaitable<T>;
    try {
      answer = ask(flight);
    } catch (thrown) {
      this.#landed(flight);
      throw thrown;
    }
    if (!isPromiseLike(answer)) {
      this.#landed(flight);
      return answer;
    }
    const promise = Promise.resolve(answer).finally(() => this.#landed(flight));
    if (!flight.stale) {
      this.#shared.set(key, promise);
      this.#keys.set(flight, key);
    }
    return untilAborted(promise, ctx.signal);
  }

  /** Something happened at a path: nobody joins who asks from here on, and no answer is kept. */
  changed(path: VPath): void {
    for (const flight of this.#flights) if (concerns(path, flight.path)) this.#spoil(flight);
  }

  #spoil(flight: Flight): void {
    flight.stale = true;
    const key = this.#keys.get(flight);
    if (key !== undefined) this.#shared.delete(key);
    this.#keys.delete(flight);
  }

  #landed(flight: Flight): void {
    this.#spoil(flight);
    this.#flights.delete(flight);
  }
}

/** What many wait for fails for each with an error of their own: core writes into it what they called. */
function throwOwn(thrown: unknown): never {
  if (!isVfsError(thrown)) throw thrown;
  const { code, hint, reason, retryable, retryAfterMs, cause } = thrown;
  throw new VfsError(code, { hint, reason, retryable, retryAfterMs, cause });
}

/** The promise, or the signal's reason when that is aborted first; the promise goes on for the others. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const aborted = (): void => reject(signal.reason as Error);
    if (signal.aborted) return aborted();
    signal.addEventListener("abort", aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
}
