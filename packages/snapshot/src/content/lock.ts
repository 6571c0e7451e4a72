import { isVfsError, VfsError, type Vfs } from "@vfs/core";

const PATH = "/lock";
const POLL_MS = 50;

interface Lease {
  readonly owner: string;
  readonly untilMs: number;
}

/**
 * One writer of a store at a time: in this program by turns, among programs by a file that is renewed while its owner
 * lives. Clocks must agree to within a lease.
 */
export class Lock {
  readonly #store: Vfs;
  readonly #leaseMs: number;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(store: Vfs, leaseMs: number) {
    this.#store = store;
    this.#leaseMs = leaseMs;
  }

  run<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      const owner = crypto.randomUUID();
      await this.#take(owner);
      const renewal = setInterval(() => void this.#renew(owner).catch(() => {}), this.#leaseMs / 3);
      try {
        return await action();
      } finally {
        clearInterval(renewal);
        await this.#store.rm(PATH, { force: true });
      }
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** @throws VfsError `EBUSY` where somebody else keeps it for three leases. */
  async #take(owner: string): Promise<void> {
    for (const began = performance.now(); ;) {
      try {
        await this.#store.writeFile(PATH, this.#lease(owner), { flag: "wx" });
        return;
      } catch (reason) {
        if (!isVfsError(reason, "EEXIST")) throw reason;
      }
      if (await this.#removeStale()) continue;
      if (performance.now() - began > this.#leaseMs * 3)
        throw new VfsError("EBUSY", {
          hint: "another program works on these snapshots; try again",
          retryable: true,
        });
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Takes away the lock of somebody who has died. */
  async #removeStale(): Promise<boolean> {
    try {
      const { etag } = await this.#store.stat(PATH);
      const { untilMs } = JSON.parse(await this.#store.readFile(PATH, "utf8")) as Lease;
      if (Date.now() < untilMs) return false;
      await this.#store.rm(PATH, { ifMatch: etag });
    } catch (reason) {
      // Somebody else was faster.
      if (!isVfsError(reason, "ENOENT", "ESTALE")) throw reason;
    }
    return true;
  }

  async #renew(owner: string): Promise<void> {
    const { owner: current } = JSON.parse(await this.#store.readFile(PATH, "utf8")) as Lease;
    if (current === owner) await this.#store.writeFile(PATH, this.#lease(owner));
  }

  #lease(owner: string): string {
    return JSON.stringify({ owner, untilMs: Date.now() + this.#leaseMs } satisfies Lease);
  }
}
