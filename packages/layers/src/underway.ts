import { isPromiseLike, isWithin, type AnyCall, type Awaitable, type Call, type VPath } from "@vfs/core";

/**
 * Calls that a layer does in several steps. To core they are under way only while a step is: an unmount must not come
 * between two of them.
 */
export class Underway {
  readonly #calls = new Map<Promise<unknown>, readonly (VPath | undefined)[]>();

  /** Notes a call until it is answered. */
  note<T>({ path, to }: Call | AnyCall, result: Awaitable<T>): Awaitable<T> {
    if (!isPromiseLike(result)) return result;
    const promise = Promise.resolve(result);
    this.#calls.set(promise, [path, to]);
    const ended = (): void => void this.#calls.delete(promise);
    promise.then(ended, ended);
    return promise;
  }

  /** Sends an unmount on, when the calls below it are done. */
  unmount(call: AnyCall, send: (call: Call) => Awaitable<unknown>): Awaitable<unknown> {
    const below = [...this.#calls].filter(([, paths]) =>
      paths.some((path) => path !== undefined && isWithin(path, call.path)),
    );
    // Who cannot wait is told by core what is under way.
    if (below.length === 0 || call.ctx.sync) return send(call);
    return Promise.allSettled(below.map(([promise]) => promise)).then(() => send(call as Call));
  }
}
