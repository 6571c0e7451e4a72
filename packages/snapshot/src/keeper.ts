import { VfsError, type Vfs } from "@vfs/core";
import { named, type Catalog, type Snapshot, type SnapshotRecord } from "./catalog.ts";
import type { Engine, State } from "./engine.ts";
import type { PruneReport } from "./options.ts";
import { mountsBelow } from "./restore/restorer.ts";

const TOLD_PATHS = 100;

/** What a snapshot is called, and what else is told of it by whoever makes it. */
export type About = Pick<Snapshot, "name" | "description" | "tags" | "auto"> & {
  /** It is a tree of elsewhere: what was mounted there is not known. */
  readonly isForeign?: boolean;
};

/** The catalog of a store, and who works on it. */
export class Keeper {
  readonly engine: Engine;
  readonly #top: Vfs;
  readonly #pins = new Map<string, number>();
  #working = 0;

  constructor(engine: Engine, top: Vfs) {
    this.engine = engine;
    this.#top = top;
  }

  /** Whether something of the snapshots' own is under way. */
  get isWorking(): boolean {
    return this.#working > 0;
  }

  /** Whether a fork is open over a snapshot. */
  isPinned(name: string): boolean {
    return this.#pins.has(name);
  }

  /** @throws VfsError `EBUSY` for a snapshot that a fork is open over. */
  checkPins(name: string): void {
    if (this.isPinned(name))
      throw new VfsError("EBUSY", { hint: `a fork of "${name}" is open: close it first` });
  }

  /** Keeps a snapshot while something needs it. Returns how to let go. */
  pin(name: string): () => void {
    this.#pins.set(name, (this.#pins.get(name) ?? 0) + 1);
    return () => {
      const left = (this.#pins.get(name) ?? 1) - 1;
      if (left > 0) this.#pins.set(name, left);
      else this.#pins.delete(name);
    };
  }

  /** @throws VfsError `ENOENT`. */
  async record(name: string): Promise<SnapshotRecord> {
    return named(await this.engine.catalog(), name);
  }

  /** Does something while nobody else changes the store. */
  async exclusive<T>(action: () => Promise<T>): Promise<T> {
    this.#working++;
    try {
      return await this.engine.exclusive(action);
    } finally {
      this.#working--;
    }
  }

  /** @throws VfsError `EBUSY` while a restore is half done: what is there now is no state that anybody wants back. */
  async settled(): Promise<Catalog> {
    const catalog = await this.engine.catalog();
    if (catalog.journal !== undefined)
      throw new VfsError("EBUSY", {
        hint: `a restore of "${catalog.journal.name}" was cut short; call restore() again, or recover("finish" or "rollback")`,
      });
    return catalog;
  }

  /** Names a state that was kept. */
  async add(
    state: Pick<State, "root" | "files" | "bytes" | "addedBytes" | "changed" | "skipped">,
    { isForeign = false, ...about }: About,
    change: (catalog: Catalog) => Partial<Catalog> = () => ({}),
  ): Promise<SnapshotRecord> {
    const catalog = await this.engine.catalog();
    const { root, files, bytes, addedBytes, changed, skipped } = state;
    const record: SnapshotRecord = {
      ...about,
      createdMs: Math.max(Date.now(), (catalog.snapshots.at(-1)?.createdMs ?? 0) + 1),
      files,
      bytes,
      addedBytes,
      consistent: changed.size === 0,
      changedPaths: [...changed].sort().slice(0, TOLD_PATHS),
      skippedPaths: skipped.slice(0, TOLD_PATHS),
      root,
      mounts: isForeign ? undefined : mountsBelow(this.#top),
    };
    await this.engine.save({
      ...catalog,
      storedBytes: catalog.storedBytes + addedBytes,
      snapshots: [...catalog.snapshots, record],
      ...change(catalog),
    });
    return record;
  }

  /** The tree of now, for as long as a fork needs it. */
  forFork(): Promise<SnapshotRecord> {
    return this.exclusive(async () => {
      await this.settled();
      const about = { name: `fork-${crypto.randomUUID()}`, description: "a fork", tags: [], auto: true };
      return this.add(await this.engine.keep({}), about);
    });
  }

  /** Removes snapshots, and gives back what only they need. */
  async drop(catalog: Catalog, goes: ReadonlySet<string>): Promise<PruneReport> {
    const removed = catalog.snapshots.filter(({ name }) => goes.has(name)).map(({ name }) => name);
    const without = (names: readonly string[]): string[] => names.filter((name) => !goes.has(name));
    const left: Catalog = {
      ...catalog,
      snapshots: catalog.snapshots.filter(({ name }) => !goes.has(name)),
      undo: without(catalog.undo),
      redo: without(catalog.redo),
    };
    // First: whoever is killed after this has only left something that nobody needs.
    await this.engine.save(left);
    const { freedBytes, storedBytes } = await this.engine.sweep();
    await this.engine.save({ ...left, storedBytes });
    return { removed, freedBytes };
  }
}

/** @throws VfsError `EEXIST` for a name that is taken. */
export function checkFree({ snapshots: all }: Catalog, name: string): void {
  if (all.some((one) => one.name === name))
    throw new VfsError("EEXIST", {
      hint: `there is a snapshot "${name}" already; delete it, or take another name`,
    });
}
