import { isPromiseLike, type Awaitable } from "./awaitable.ts";
import { parentOf, ROOT, type VPath } from "./path.ts";
import { busyElsewhere } from "./turns.ts";

/**
 * Lets one mutation at a time work on a path, on what lies below it and on what lies above it, in order of arrival.
 * Core needs it where it makes one operation out of several, so that no other comes between.
 */
export class PathLocks {
  /** The last one for each path: it ends after all that came before it for that path. */
  readonly #last = new Map<VPath, Promise<unknown>>();
  /** For each directory, the paths below it that somebody works on. */
  readonly #below = new Map<VPath, Set<VPath>>();

  /**
   * Runs `action` alone on `paths`.
   *
   * @throws VfsError `EAGAIN` when a caller that cannot wait would have to.
   */
  run<T>(paths: readonly VPath[], sync: boolean, action: () => Awaitable<T>): Awaitable<T> {
    const before = this.#before(paths);
    if (before.length === 0) {
      const result = action();
      return isPromiseLike(result) ? this.#hold(paths, Promise.resolve(result)) : result;
    }
    if (sync) throw busyElsewhere();
    return this.#hold(paths, Promise.all(before).then(action));
  }

  /** What must end before somebody can work on these paths. */
  #before(paths: readonly VPath[]): Promise<unknown>[] {
    if (this.#last.size === 0) return [];
    const before = new Set<Promise<unknown> | undefined>();
    for (const path of paths) {
      for (let at = path; ; at = parentOf(at)) {
        before.add(this.#last.get(at));
        if (at === ROOT) break;
      }
      for (const below of this.#below.get(path) ?? []) before.add(this.#last.get(below));
    }
    before.delete(undefined);
    return [...before] as Promise<unknown>[];
  }

  #hold<T>(paths: readonly VPath[], result: Promise<T>): Promise<T> {
    const done: Promise<unknown> = result.catch(() => undefined).finally(() => this.#release(paths, done));
    for (const path of paths) {
      this.#last.set(path, done);
      this.#eachAbove(path, (above) => {
        const below = this.#below.get(above);
        if (below === undefined) this.#below.set(above, new Set([path]));
        else below.add(path);
      });
    }
    return result;
  }

  #release(paths: readonly VPath[], done: Promise<unknown>): void {
    for (const path of paths) {
      // Somebody came after: the path is theirs.
      if (this.#last.get(path) !== done) continue;
      this.#last.delete(path);
      this.#eachAbove(path, (above) => {
        const below = this.#below.get(above);
        below?.delete(path);
        if (below?.size === 0) this.#below.delete(above);
      });
    }
  }

  #eachAbove(path: VPath, action: (above: VPath) => void): void {
    for (let at = path; at !== ROOT;) {
      at = parentOf(at);
      action(at);
    }
  }
}
