import { isPromiseLike, type Awaitable } from "./awaitable.ts";
import { VfsError } from "./error.ts";
import { isWithin, type VPath } from "./path.ts";

interface Holder {
  readonly paths: readonly VPath[];
  readonly done: Promise<unknown>;
}

/**
 * Lets one mutation at a time work on a path, on what lies below it and on what lies above it, in order of arrival.
 * Core needs it where it makes one operation out of several, so that no other comes between.
 */
export class PathLocks {
  readonly #holders = new Set<Holder>();

  /**
   * Runs `action` alone on `paths`.
   *
   * @throws VfsError `EAGAIN` when a caller that cannot wait would have to.
   */
  run<T>(paths: readonly VPath[], sync: boolean, action: () => Awaitable<T>): Awaitable<T> {
    const before = this.#conflicts(paths);
    if (before.length === 0) {
      const result = action();
      return isPromiseLike(result) ? this.#hold(paths, Promise.resolve(result)) : result;
    }
    if (sync)
      throw new VfsError("EAGAIN", {
        retryable: true,
        hint: "an asynchronous call on this path is still running",
      });
    return this.#hold(paths, Promise.all(before).then(action));
  }

  #conflicts(paths: readonly VPath[]): Promise<unknown>[] {
    if (this.#holders.size === 0) return [];
    const conflicts: Promise<unknown>[] = [];
    for (const holder of this.#holders) if (overlap(holder.paths, paths)) conflicts.push(holder.done);
    return conflicts;
  }

  #hold<T>(paths: readonly VPath[], result: Promise<T>): Promise<T> {
    const holder: Holder = {
      paths,
      done: result.catch(() => undefined).finally(() => this.#holders.delete(holder)),
    };
    this.#holders.add(holder);
    return result;
  }
}

function overlap(a: readonly VPath[], b: readonly VPath[]): boolean {
  return a.some((x) => b.some((y) => isWithin(x, y) || isWithin(y, x)));
}
