// How many are kept in this process, however many stores it has: many a host allows no more than 1024 in all.
const MOST = 256;

/** Descriptors that are kept open only because that is faster: what they stand for can be opened again. */
class Kept {
  /** How each is given back. The one that was used last is at the end. */
  readonly #drops = new Map<object, () => void>();

  /** Keeps one more, and gives the one back that was not used for longest. */
  add(descriptor: object, drop: () => void): void {
    this.#drops.set(descriptor, drop);
    if (this.#drops.size <= MOST) return;
    const [oldest] = this.#drops.values();
    oldest?.();
  }

  use(descriptor: object): void {
    const drop = this.#drops.get(descriptor);
    if (drop === undefined) return;
    this.#drops.delete(descriptor);
    this.#drops.set(descriptor, drop);
  }

  /** To be called when it was given back. */
  remove(descriptor: object): void {
    this.#drops.delete(descriptor);
  }

  /**
   * Gives all back when a call of the host failed because the process has too many.
   *
   * @returns Whether there were any, so that the call is worth another try.
   */
  makeRoomAfter(reason: unknown): boolean {
    if (this.#drops.size === 0 || (reason as NodeJS.ErrnoException).code !== "EMFILE") return false;
    for (const drop of this.#drops.values()) drop();
    return true;
  }
}

export const KEPT: Kept = new Kept();

/** Does something that may open something, and once more when there was no room for it. */
export function withRoom<T>(call: () => T): T {
  try {
    return call();
  } catch (reason) {
    if (!KEPT.makeRoomAfter(reason)) throw reason;
    return call();
  }
}
