import type { Awaitable, StoreChange } from "@vfs/core";
import { missing } from "../errors.ts";
import type { Step } from "../tree/records.ts";
import { Channel, type Message } from "./channel.ts";
import { Engine, type Company } from "./engine.ts";
import { Lease } from "./lease.ts";
import type { Storage } from "./storage.ts";

// A step with more records than this is not sent to the others: they look into the store.
const MOST_RECORDS = 4096;

/** One of perhaps several that have a store open, here and in other tabs and workers. */
export class Client implements Company {
  readonly engine: Engine;
  readonly #name: string;
  readonly #storage: Storage;
  #channel: Channel | undefined;
  #lease: Lease | undefined;
  /** What holds the lock that says that we are there. */
  #depart: (() => void) | undefined;
  /** Others were there when it was looked last. */
  #crowd = false;
  #told: number | undefined;

  /** @param name One a store, and the same for all of its clients. */
  constructor(name: string, storage: Storage) {
    this.#name = name;
    this.#storage = storage;
    this.engine = new Engine(storage, this);
  }

  get hasOthers(): boolean {
    return this.#crowd || (this.#channel?.hasOthers ?? false);
  }

  get turn(): number | undefined {
    return this.#lease?.turn;
  }

  enter(): Awaitable<void> {
    return (this.#lease ?? this.#join()).enter();
  }

  leave(): void {
    this.#lease?.leave();
  }

  done(step: Step | undefined, changes: readonly StoreChange[]): void {
    if (step === undefined) return;
    this.#told = step.revision;
    if (!this.hasOthers) return;
    const small = step.inodes.length + step.names.length + step.gone.length <= MOST_RECORDS;
    const place = this.#storage.place?.();
    this.#channel?.post({
      kind: "done",
      revision: step.revision,
      step: small ? step : undefined,
      changes: small ? changes : undefined,
      place,
    });
  }

  async close(): Promise<void> {
    await this.engine.close();
    await this.#lease?.close();
    this.#channel?.close();
    this.#depart?.();
    await this.#storage.close();
  }

  /** Makes itself known to the others. */
  #join(): Lease {
    if (globalThis.navigator?.locks === undefined) throw missing("Web Locks", "navigator.locks");
    if (globalThis.BroadcastChannel === undefined) throw missing("BroadcastChannel", "BroadcastChannel");
    this.#storage.approach?.();
    const channel = (this.#channel = new Channel(this.#name, (message) => this.#received(message)));
    this.#depart = attend(this.#clientLock);
    return (this.#lease = new Lease({
      name: this.#name,
      entered: () => this.#entered(),
      leaving: () => this.#leaving(),
      keep: this.#storage.sync,
      want: () => channel.post({ kind: "want" }),
    }));
  }

  get #clientLock(): string {
    return `${this.#name}:client`;
  }

  async #entered(): Promise<void> {
    const isFirst = this.engine.revision === undefined;
    await this.#storage.entered();
    try {
      await this.engine.entered();
      this.#told ??= this.engine.revision;
      if (!isFirst && !this.hasOthers) return;
      const { held = [] } = await navigator.locks.query();
      this.#crowd = held.filter(({ name }) => name === this.#clientLock).length > 1;
      this.engine.feed.othersListen = this.#crowd;
      if (this.#crowd) return;
      this.#channel?.forgetOthers();
      await this.engine.sweep();
    } catch (error) {
      await this.#storage.left();
      throw error;
    }
  }

  async #leaving(): Promise<void> {
    try {
      await this.engine.leaving();
    } finally {
      await this.#storage.left();
    }
  }

  #received(message: Message): void {
    const { engine } = this;
    if (message.kind === "want") return this.#lease?.wanted();
    engine.feed.othersListen = this.hasOthers;
    if (message.kind !== "done" || engine.revision === undefined) return;
    const { revision, step, changes, place } = message;
    const isNext = this.#told === undefined || revision === this.#told + 1;
    this.#told = Math.max(revision, this.#told ?? 0);
    if (revision > engine.revision) {
      if (step !== undefined && engine.follow(step)) this.#storage.follow?.(place);
      else engine.hear(revision);
    }
    if (!isNext || changes === undefined) engine.feed.lost();
    else engine.feed.report(changes);
  }
}

/** Holds a shared lock until the answer is called. */
function attend(name: string): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  void navigator.locks.request(name, { mode: "shared" }, () => promise);
  return resolve;
}
