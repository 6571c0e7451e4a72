/** Keeps what changes a file in place away from whatever else writes it. */
export class Locks {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `action` when all before it are done that have one of the keys. Keys are taken at once: none waits for itself. */
  run<T>(keys: readonly string[], action: () => Promise<T>): Promise<T> {
    const before = keys.flatMap((key) => this.#last.get(key) ?? []);
    const result = before.length === 0 ? action() : Promise.all(before).then(action);
    const done: Promise<unknown> = result
      .catch(() => undefined)
      .finally(() => {
        for (const key of keys) if (this.#last.get(key) === done) this.#last.delete(key);
      });
    for (const key of keys) this.#last.set(key, done);
    return result;
  }
}
