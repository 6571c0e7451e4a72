import { VfsError, type Awaitable } from "@vfs/core";

type Release = () => void;

/** Lets many calls pass side by side, or one alone: in order of arrival, so that nobody waits for ever. */
export class Gate {
  #inside = 0;
  #alone = false;
  readonly #waiting: { readonly alone: boolean; readonly go: () => void }[] = [];

  /** Whether who wants to pass must wait. */
  get closed(): boolean {
    return this.#alone || this.#waiting.length > 0;
  }

  /** Passes beside others, when the gate is not closed. Each `begin` has its `end`. */
  begin(): void {
    this.#inside++;
  }

  end(): void {
    this.#inside--;
    this.#admit();
  }

  /**
   * Passes, and answers how to leave.
   *
   * @throws VfsError `EAGAIN` when a caller that cannot wait would have to.
   */
  enter(alone: boolean, sync: boolean): Awaitable<Release> {
    if (!this.closed && (!alone || this.#inside === 0)) return this.#pass(alone);
    if (sync) throw busy();
    return new Promise((resolve) => {
      this.#waiting.push({ alone, go: () => resolve(this.#pass(alone)) });
    });
  }

  #pass(alone: boolean): Release {
    this.#inside++;
    this.#alone = alone;
    return () => {
      this.#alone = false;
      this.end();
    };
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#alone || (next.alone && this.#inside > 0)) return;
      this.#waiting.shift();
      next.go();
    }
  }
}

/** Keeps what works on one file apart. */
export class Locks {
  readonly #held = new Set<string>();
  readonly #waiting = new Set<() => void>();
  /** How often something was released. */
  releases = 0;

  /** Takes all of them, or none. */
  take(keys: readonly string[]): boolean {
    if (keys.some((key) => this.#held.has(key))) return false;
    for (const key of keys) this.#held.add(key);
    return true;
  }

  release(keys: readonly string[]): void {
    this.releases++;
    for (const key of keys) this.#held.delete(key);
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  }

  /**
   * Returns when something was released.
   *
   * @throws VfsError `EAGAIN` for a caller that cannot wait.
   */
  changed(sync: boolean): Promise<void> {
    if (sync) throw busy();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }
}

function busy(): VfsError {
  return new VfsError("EAGAIN", {
    retryable: true,
    hint: "an asynchronous call that the quota counts is still running",
  });
}
