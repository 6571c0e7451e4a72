import { isPromiseLike, VfsError, type Awaitable } from "@vfs/core";

/** Lets one change run at a time, in order of arrival. */
export class Turns {
  #last: Promise<unknown> | undefined;

  /**
   * Runs `action` when those before it are done. Costs nothing when there are none.
   *
   * @throws VfsError `EAGAIN` when a caller that cannot wait would have to.
   */
  run<T>(sync: boolean, action: () => Awaitable<T>): Awaitable<T> {
    const before = this.#last;
    if (before !== undefined) {
      if (sync)
        throw new VfsError("EAGAIN", { retryable: true, hint: "an asynchronous change is still running" });
      return this.#follow(before.then(action));
    }
    const result = action();
    return isPromiseLike(result) ? this.#follow(Promise.resolve(result)) : result;
  }

  #follow<T>(result: Promise<T>): Promise<T> {
    const done: Promise<unknown> = result
      .catch(() => undefined)
      .finally(() => {
        if (this.#last === done) this.#last = undefined;
      });
    this.#last = done;
    return result;
  }
}
