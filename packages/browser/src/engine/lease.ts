import { VfsError, type Awaitable } from "@vfs/core";

// As long as a process waits for another one that writes to a SQLite file.
const LONGEST_WAIT_MS = 10_000;
const ASK_AGAIN_MS = 50;

export interface LeaseOptions {
  /** The name of the lock, one a store. */
  readonly name: string;
  /** The right has come. */
  readonly entered: () => Awaitable<void>;
  /** The right is about to be given away: everything must be written down. */
  readonly leaving: () => Awaitable<void>;
  /** To be told to who holds it. */
  readonly want: () => void;
  /** It is not given away before the end, whoever wants it. */
  readonly keep: boolean;
}

/**
 * The right to write, which one client of a store has at a time. It is kept until another one wants it, so that who is
 * alone pays for it once.
 */
export class Lease {
  readonly #options: LeaseOptions;
  #held = false;
  #turns = 0;
  #users = 0;
  #wanted = false;
  #taking: Promise<void> | undefined;
  #giving: Promise<void> | undefined;
  #giveBack: (() => void) | undefined;
  #closed = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** Which time it is that the right is held; undefined while it is not. */
  get turn(): number | undefined {
    return this.#held ? this.#turns : undefined;
  }

  /** Comes back at once when the right is there; each call is followed by one of {@link leave}. */
  enter(): Awaitable<void> {
    if (this.#held && !this.#wanted) {
      this.#users++;
      return undefined;
    }
    return this.#enter();
  }

  leave(): void {
    this.#users--;
    if (this.#wanted && this.#users === 0) void this.#give();
  }

  /** Somebody else wants the right. */
  wanted(): void {
    if (this.#options.keep || (!this.#held && this.#taking === undefined)) return;
    this.#wanted = true;
    if (this.#held && this.#users === 0) void this.#give();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#taking?.catch(() => undefined);
    if (this.#held) await this.#give();
    await this.#giving;
  }

  async #enter(): Promise<void> {
    for (;;) {
      if (this.#giving !== undefined) await this.#giving;
      else if (!this.#held) {
        await (this.#taking ??= this.#take());
        // Who has just got it does something with it, even when the next one wants it already.
        if (this.#held && this.#giving === undefined) break;
      } else if (!this.#wanted) break;
      else if (this.#users === 0) await this.#give();
      // Who still works gives it away at their end.
      else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
    this.#users++;
  }

  readonly #waiting: (() => void)[] = [];

  async #take(): Promise<void> {
    try {
      if (this.#closed) throw new VfsError("EBADF", { hint: "the store is closed" });
      const { name, entered, want } = this.#options;
      if (!(await this.#lock(name, { ifAvailable: true }))) await this.#lockWhenGiven(name, want);
      try {
        await entered();
        this.#held = true;
      } catch (error) {
        this.#giveBack?.();
        throw error;
      }
    } finally {
      this.#taking = undefined;
    }
  }

  /** Asks who holds it until it is given: who has given it away may have taken it again before we stood in line. */
  async #lockWhenGiven(name: string, want: () => void): Promise<void> {
    const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
    const locked = this.#lock(name, { signal });
    want();
    const asking = setInterval(want, ASK_AGAIN_MS);
    try {
      await locked;
    } catch (error) {
      throw signal.aborted ? busy() : error;
    } finally {
      clearInterval(asking);
    }
  }

  /** Resolves when the lock is held, or is not to be had. */
  #lock(name: string, options: LockOptions): Promise<boolean> {
    return new Promise((resolve, reject) => {
      navigator.locks
        .request(name, options, (lock) => {
          if (lock === null) return resolve(false);
          return new Promise<void>((giveBack) => {
            this.#giveBack = giveBack;
            resolve(true);
          });
        })
        .catch(reject);
    });
  }

  #give(): Promise<void> {
    this.#giving ??= this.#giveNow().finally(() => {
      this.#giving = undefined;
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
    return this.#giving;
  }

  async #giveNow(): Promise<void> {
    try {
      await this.#options.leaving();
    } finally {
      this.#held = false;
      this.#turns++;
      this.#wanted = false;
      this.#giveBack?.();
    }
  }
}

function busy(): VfsError {
  return new VfsError("EBUSY", {
    retryable: true,
    reason: "transient",
    hint: "another tab or worker has kept the store to itself for 10 s; one that opened it with openOpfsSync keeps it until it closes it",
  });
}
