/** Somebody who waits for a place. */
interface Waiting {
  readonly go: () => void;
}

/** Places for so many at a time. Who finds none waits: each actor's in order of arrival, and the actors take turns. */
export class Places {
  #free: number;
  /** By actor, in the order in which it is their turn. */
  readonly #waiting = new Map<string | undefined, Set<Waiting>>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a place when one is free, past nobody who waits. */
  take(): boolean {
    if (this.#free < 1 || this.#waiting.size > 0) return false;
    this.#free--;
    return true;
  }

  /**
   * Takes a place as soon as there is one.
   *
   * @throws The reason of `signal`, as soon as it is aborted; then no place is taken.
   */
  async wait(actor: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.take()) return;
    await new Promise<void>((resolve, reject) => {
      const queue = this.#waiting.get(actor) ?? new Set();
      const aborted = (): void => {
        this.#leave(actor, queue, waiting);
        reject(signal?.reason as Error);
      };
      const waiting: Waiting = {
        go: () => {
          signal?.removeEventListener("abort", aborted);
          resolve();
        },
      };
      queue.add(waiting);
      this.#waiting.set(actor, queue);
      signal?.addEventListener("abort", aborted, { once: true });
    });
  }

  giveBack(): void {
    const [turn] = this.#waiting;
    if (turn === undefined) {
      this.#free++;
      return;
    }
    const [actor, queue] = turn;
    const [first] = queue;
    // The next place is another actor's.
    this.#waiting.delete(actor);
    if (first === undefined) return this.giveBack();
    queue.delete(first);
    if (queue.size > 0) this.#waiting.set(actor, queue);
    first.go();
  }

  #leave(actor: string | undefined, queue: Set<Waiting>, waiting: Waiting): void {
    queue.delete(waiting);
    if (queue.size === 0 && this.#waiting.get(actor) === queue) this.#waiting.delete(actor);
  }
}
