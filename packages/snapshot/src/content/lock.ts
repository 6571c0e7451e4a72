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
  #owner = "";

  constructor(store: Vfs, leaseMs: number) {
    this.#store = store;
    this.#leaseMs = leaseMs;
  }

  run<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      const owner = crypto.randomUUID();
      await this.#take(owner);
      this.#owner = owner;
      const renewal = setInterval(() => void this.#renew(owner).catch(() => {}), this.#leaseMs / 3);
      try {
        return await action();
      } finally {
        clearInterval(renewal);
        if ((await this.#read(PATH).catch(() => undefined))?.owner === owner)
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

  /** Takes away the lock of somebody who has died. Answers whether it may be tried again at once. */
  async #removeStale(): Promise<boolean> {
    try {
      const { etag } = await this.#store.stat(PATH);
      const stale = await this.#read(PATH);
      if (Date.now() < stale.untilMs) return false;
      if (this.#store.capabilities(PATH).ifMatch) await this.#store.rm(PATH, { ifMatch: etag });
      else await this.#moveAway(stale);
    } catch (reason) {
      // Somebody else was faster.
      if (!isVfsError(reason, "ENOENT", "ESTALE")) throw reason;
    }
    return true;
  }

  /** Of several that take a lock away only one can move it; what it moved may be the lock of another one by now. */
  async #moveAway({ owner }: Lease): Promise<void> {
    const aside = `${PATH}-${crypto.randomUUID()}`;
    await this.#store.rename(PATH, aside);
    const moved = await this.#read(aside);
    if (moved.owner !== owner && !(await this.#store.exists(PATH))) await this.#store.rename(aside, PATH);
    await this.#store.rm(aside, { force: true });
  }

  /**
   * To be called before something is done that cannot be taken back.
   *
   * @throws VfsError `ESTALE` where somebody else has taken the lock: this program stood still for longer than a lease.
   */
  async check(): Promise<void> {
    const { owner } = await this.#read(PATH).catch((): Lease => ({ owner: "", untilMs: 0 }));
    if (owner !== this.#owner)
      throw new VfsError("ESTALE", {
        hint: "this program stood still for too long, and another one works on these snapshots by now; try again",
        retryable: true,
      });
  }

  async #read(path: string): Promise<Lease> {
    return JSON.parse(await this.#store.readFile(path, "utf8")) as Lease;
  }

  async #renew(owner: string): Promise<void> {
    const { owner: current } = await this.#read(PATH);
    if (current === owner) await this.#store.writeFile(PATH, this.#lease(owner));
  }

  #lease(owner: string): string {
    return JSON.stringify({ owner, untilMs: Date.now() + this.#leaseMs } satisfies Lease);
  }
}
