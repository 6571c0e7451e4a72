import { attempt, isPromiseLike, type Awaitable } from "./awaitable.ts";
import { wait, type Flow } from "./flow.ts";

/** Runs a bounded number of tasks side by side. After the first failure no more are begun. */
export class Pool {
  readonly #limit: number;
  readonly #running = new Set<Promise<void>>();
  #failed: { readonly reason: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Begins a task as soon as there is room. Fails with the reason of any task that has failed. */
  *add(task: () => Awaitable<void>): Flow<void> {
    while (this.#running.size >= this.#limit) yield* wait(Promise.race(this.#running));
    this.#check();
    const done = attempt(task, (reason) => this.#fail(reason));
    if (isPromiseLike(done)) this.#track(Promise.resolve(done));
    this.#check();
  }

  /** Waits for all tasks. Fails with the reason of the first one that failed. */
  *drain(): Flow<void> {
    yield* this.settle();
    this.#check();
  }

  /** Waits until nothing runs any more, whatever became of it. */
  *settle(): Flow<void> {
    while (this.#running.size > 0) yield* wait(Promise.all(this.#running));
  }

  #track(done: Promise<void>): void {
    const tracked: Promise<void> = done.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  #fail(reason: unknown): void {
    this.#failed ??= { reason };
  }

  #check(): void {
    if (this.#failed !== undefined) throw this.#failed.reason;
  }
}
