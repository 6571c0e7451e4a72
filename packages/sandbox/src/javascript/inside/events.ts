type Listener = (...args: unknown[]) => void;

/** Node's `EventEmitter`. */
export class EventEmitter {
  readonly #listeners = new Map<unknown, Listener[]>();

  on(event: unknown, listener: Listener): this {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    return this;
  }
  addListener(event: unknown, listener: Listener): this {
    return this.on(event, listener);
  }
  once(event: unknown, listener: Listener): this {
    const wrapped = Object.assign(
      (...args: unknown[]) => {
        this.off(event, wrapped);
        listener(...args);
      },
      { listener },
    );
    return this.on(event, wrapped);
  }
  off(event: unknown, listener: Listener): this {
    const isIt = (one: Listener): boolean =>
      one === listener || (one as { listener?: Listener }).listener === listener;
    this.#listeners.set(
      event,
      (this.#listeners.get(event) ?? []).filter((one) => !isIt(one)),
    );
    return this;
  }
  removeListener(event: unknown, listener: Listener): this {
    return this.off(event, listener);
  }
  removeAllListeners(event?: unknown): this {
    if (event === undefined) this.#listeners.clear();
    else this.#listeners.delete(event);
    return this;
  }
  emit(event: unknown, ...args: unknown[]): boolean {
    const listeners = this.#listeners.get(event) ?? [];
    if (event === "error" && listeners.length === 0) throw args[0];
    for (const listener of listeners) listener.apply(this, args);
    return listeners.length > 0;
  }
  listeners(event: unknown): Listener[] {
    return [...(this.#listeners.get(event) ?? [])];
  }
  listenerCount(event: unknown): number {
    return this.listeners(event).length;
  }
}
