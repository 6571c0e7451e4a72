import {
  chain,
  isPromiseLike,
  VfsError,
  type Awaitable,
  type Context,
  type StoreChange,
  type Usage,
} from "@vfs/core";
import { Feed } from "../tree/feed.ts";
import type { Step } from "../tree/records.ts";
import type { Tree } from "../tree/tree.ts";
import { Batch } from "./batch.ts";
import type { Contents, Early, Reading } from "./contents.ts";
import { Memory } from "./memory.ts";
import type { Commit, State, Storage } from "./storage.ts";

/** What the engine needs of whoever sees to the other clients. */
export interface Company {
  enter(): Awaitable<void>;
  leave(): void;
  readonly hasOthers: boolean;
  /** Which time it is that we have the right to write; undefined while we have not. */
  readonly turn: number | undefined;
  done(step: Step | undefined, changes: readonly StoreChange[]): void;
}

/**
 * A file system whose names and inodes are in memory, and whose changes are written down step by step.
 *
 * What is called while a step is being written goes into the next one, so that many calls at once share few steps. Each
 * is answered when its step is in the store. An operation checks everything before it changes anything in memory; when a
 * step cannot be written, all that wait for it fail, and memory is filled anew from the store.
 */
export class Engine {
  readonly storage: Storage;
  readonly tree: Tree;
  readonly contents: Contents;
  readonly feed: Feed = new Feed();
  readonly #memory: Memory;
  readonly #company: Company;
  /** What others have done up to here is in memory; undefined when nothing is. */
  revision: number | undefined;
  /** Others have done more. */
  isStale = false;
  /** The last step of others that was told of. */
  #heard = 0;
  #loading: Promise<void> | undefined;
  #next: Batch | undefined;
  #sending: Promise<void> | undefined;
  #closed = false;
  #mustSweep = false;
  #sweeping: Awaitable<void> = undefined;
  readonly scratch: Memory["scratch"];
  readonly open: Memory["open"];

  constructor(storage: Storage, company: Company) {
    this.storage = storage;
    this.#company = company;
    this.#memory = new Memory(storage, () => company.hasOthers);
    ({ tree: this.tree, contents: this.contents, scratch: this.scratch, open: this.open } = this.#memory);
  }

  get usage(): Usage {
    return this.tree.usage;
  }

  /** Does something with what is in memory. */
  look<T>(action: () => T): Awaitable<T> {
    if (this.storage.sync) this.#refill();
    if (this.revision === undefined || this.isStale || this.#closed) return this.#loaded(action);
    this.#fill();
    return action();
  }

  async #loaded<T>(action: () => T): Promise<T> {
    await this.ready();
    this.#fill();
    return action();
  }

  /** Resolves when everything that is in the store is in memory. */
  async ready(): Promise<void> {
    this.#checkOpen();
    while (this.revision === undefined || this.isStale) {
      // To come in fills memory. Who is in for long already looks again.
      if (this.revision === undefined || this.storage.readsAlone) {
        await this.#company.enter();
        this.#company.leave();
      }
      if (this.revision === undefined || this.isStale) await this.catchUp();
    }
  }

  /** Fills memory with what the store has and it has not. */
  catchUp(): Awaitable<void> {
    if (this.storage.sync) return this.#take(this.storage.load(this.revision) as State | undefined);
    return (this.#loading ??= this.#load());
  }

  /** Of a store that never waits: after a failure memory is filled anew by whoever comes next. */
  #refill(): void {
    if (this.revision === undefined) void this.catchUp();
  }

  /** As {@link catchUp}, with all that is in the store by now: the right to write has come. */
  async entered(): Promise<void> {
    await this.#loading?.catch(() => undefined);
    await this.catchUp();
  }

  async #load(): Promise<void> {
    try {
      this.#take(await this.storage.load(this.revision));
    } finally {
      this.#loading = undefined;
    }
  }

  #take(state: State | undefined): void {
    // Where the store was taken away and begun anew, what was told of the old one does not count.
    if (state !== undefined && state.revision < (this.revision ?? 0)) this.#heard = state.revision;
    this.isStale = (state?.revision ?? this.revision ?? 0) < this.#heard;
    if (state === undefined) return;
    this.#memory.take(state);
    this.revision = state.revision;
  }

  /** Brings all into memory that was read and not looked at yet. */
  #fill(): void {
    try {
      if (this.#memory.fill() && this.#mustSweep) this.#sweepSoon();
    } catch (error) {
      this.#memory.reset();
      this.revision = undefined;
      throw error;
    }
  }

  #fillSoon(): void {
    // What fails is told to whoever comes next.
    setTimeout(() => void this.#loaded(() => undefined).catch(() => undefined));
  }

  /** Others have done more, up to this step. */
  hear(revision: number): void {
    this.#heard = Math.max(this.#heard, revision);
    this.isStale = true;
  }

  /** Does what others have done, as they tell it; answers whether that was the next step. */
  follow(step: Step): boolean {
    if (this.revision === undefined || step.revision !== this.revision + 1 || this.#busy) return false;
    this.#fill();
    this.#memory.follow(step);
    this.revision = step.revision;
    return true;
  }

  get #busy(): boolean {
    return this.#sending !== undefined || this.#next !== undefined || this.#loading !== undefined;
  }

  /**
   * Does something that changes the store: `action` changes memory at once, and is answered when that is in the store.
   *
   * @throws What `action` throws, which must not have changed anything then.
   */
  change<T>(ctx: Context, action: () => T, durable = false): Awaitable<T> {
    this.#checkOpen();
    const entered = this.#company.enter();
    // Where memory could not be filled again after a failure, nothing may be changed before it is.
    if (isPromiseLike(entered) || (this.revision === undefined && !this.storage.sync))
      return this.#changeLater(entered, ctx, action, durable);
    return this.#changeNow(action, durable);
  }

  async #changeLater<T>(
    entered: Awaitable<void>,
    { signal }: Context,
    action: () => T,
    durable: boolean,
  ): Promise<T> {
    await entered;
    try {
      if (this.revision === undefined) await this.catchUp();
      signal?.throwIfAborted();
    } catch (error) {
      this.#company.leave();
      throw error;
    }
    return await this.#changeNow(action, durable);
  }

  #changeNow<T>(action: () => T, durable: boolean): Awaitable<T> {
    let value: T;
    try {
      this.#refill();
      this.#fill();
      value = action();
    } catch (error) {
      this.#company.leave();
      throw error;
    }
    if (this.storage.sync) {
      this.#writeSync(durable);
      return value;
    }
    return this.#written(durable).then(() => value);
  }

  #written(durable: boolean): Promise<void> {
    const batch = (this.#next ??= new Batch());
    batch.durable ||= durable;
    if (this.#sending === undefined) this.#sending = this.#sendAll();
    return batch.done.finally(() => this.#company.leave());
  }

  /** Writes what has gathered, until there is nothing more. */
  async #sendAll(): Promise<void> {
    // What is called in the same go comes along.
    await Promise.resolve();
    for (let batch = this.#next; batch !== undefined; batch = this.#next) {
      this.#next = undefined;
      try {
        await this.#send(batch.durable);
        batch.settle();
      } catch (error) {
        await this.#failed(error, batch);
      }
    }
    this.#sending = undefined;
  }

  async #send(durable: boolean): Promise<void> {
    const commit = this.#gather(durable);
    if (commit === undefined) return durable ? this.storage.flush() : undefined;
    const changes = this.feed.take();
    await this.storage.commit(commit);
    this.feed.report(changes);
    this.#company.done(commit.step, changes);
  }

  #writeSync(durable: boolean): void {
    try {
      const commit = this.#gather(durable);
      const changes = this.feed.take();
      if (commit !== undefined) {
        void this.storage.commit(commit);
        this.#company.done(commit.step, changes);
      } else if (durable) void this.storage.flush();
      this.feed.report(changes);
    } catch (error) {
      this.revision = undefined;
      this.#memory.reset();
      throw error;
    } finally {
      this.#company.leave();
    }
  }

  #gather(durable: boolean): Commit | undefined {
    if (this.#memory.journal.isEmpty && this.contents.isEmpty) return undefined;
    const step = this.#memory.journal.isEmpty ? undefined : this.#step();
    const dump = step !== undefined && this.storage.wantsDump === true ? this.tree.image() : undefined;
    const leaves = this.scratch.size > 0 || this.contents.holds;
    return { step, dump, ...this.contents.take(), durable, leaves };
  }

  #step(): Step {
    this.revision = (this.revision ?? 0) + 1;
    return { revision: this.revision, ...this.#memory.journal.take(), ...this.tree.counters };
  }

  /** Nothing of what is in memory is sure any more. */
  async #failed(reason: unknown, batch: Batch): Promise<void> {
    const next = this.#next;
    this.#next = undefined;
    this.feed.take();
    this.revision = undefined;
    this.#memory.reset();
    // Who comes next tries again.
    await Promise.resolve(this.catchUp()).catch(() => undefined);
    batch.fail(reason);
    next?.fail(reason);
  }

  /**
   * Reads what `plan` says, which looks at memory and may be called again.
   *
   * @param early The same for a file that can be found without all the others.
   */
  read(plan: () => Reading, early?: Early): Awaitable<Uint8Array<ArrayBuffer>> {
    this.#checkOpen();
    if (this.storage.sync) {
      this.#refill();
      const { parts, length } = this.#early(early) ?? this.#planned(plan);
      return this.storage.read(parts, length, true) as Uint8Array<ArrayBuffer>;
    }
    return this.#read(plan, early);
  }

  #planned(plan: () => Reading): Reading {
    this.#fill();
    return plan();
  }

  #early(early: Early | undefined): Reading | undefined {
    const file = early === undefined ? undefined : this.#memory.glimpse(early.path);
    return file === undefined ? undefined : early?.plan(file);
  }

  async #read(plan: () => Reading, early: Early | undefined): Promise<Uint8Array<ArrayBuffer>> {
    const { readsAlone } = this.storage;
    for (;;) {
      if (this.revision === undefined || this.isStale) await this.ready();
      if (readsAlone) await this.#company.enter();
      try {
        // What is not under way yet could not be found in the store.
        while (this.contents.hasEdits) await this.#next?.done.catch(() => undefined);
        const { parts, length } = this.#early(early) ?? this.#planned(plan);
        if (parts.length === 0) return new Uint8Array(length);
        // Nobody else can have written while we had the right to, all the time.
        const { turn } = this.#company;
        const bytes = await this.storage.read(parts, length, turn !== undefined);
        if (bytes !== undefined && turn === this.#company.turn) {
          if (!this.#memory.isFilled) this.#fillSoon();
          return bytes;
        }
      } finally {
        if (readsAlone) this.#company.leave();
      }
      await this.#sending;
      this.isStale = true;
    }
  }

  /** Everything in memory is written down: somebody else may come. */
  async leaving(): Promise<void> {
    await this.#sending;
    if (this.#mustSweep) this.#fill();
    await this.#sweeping;
    if (this.scratch.size === 0) return;
    for (const node of this.scratch) this.#memory.journal.changed(node);
    await this.#send(false);
  }

  /** What lies in the store and belongs to nobody, as nobody else is there. */
  sweep(): Awaitable<void> {
    this.#mustSweep = true;
    // What is not in memory is swept when it is, and before anybody else may come.
    return this.#memory.isFilled ? this.#sweep() : undefined;
  }

  #sweepSoon(): void {
    const swept = this.#sweep();
    // What could not be swept takes room until the next time.
    if (isPromiseLike(swept)) this.#sweeping = swept.then(undefined, () => undefined);
  }

  #sweep(): Awaitable<void> {
    this.#mustSweep = false;
    for (const node of this.tree.orphans()) if (!this.scratch.has(node)) this.tree.bury(node);
    return chain(
      this.storage.sweep(() => this.#memory.used()),
      () => undefined,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#sending;
  }

  #checkOpen(): void {
    if (this.#closed) throw new VfsError("EBADF", { hint: "the store is closed" });
  }
}
