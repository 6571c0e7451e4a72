import {
  chain,
  VfsError,
  type Awaitable,
  type Context,
  type Provider,
  type ProviderSnapshots,
  type SnapshotChange,
  type StoreSnapshot,
} from "@vfs/core";
import { Alterations } from "./alterations.ts";
import { Clearing } from "./clearing.ts";
import type { Change, Query } from "./connection.ts";
import { Retained } from "./retained.ts";
import { SnapshotView } from "./snapshot-view.ts";
import { OWN, type Store } from "./store.ts";

interface Row {
  readonly revision: number;
  readonly label: string;
  readonly createdMs: number;
  readonly files: number;
  readonly bytes: number;
}

/** The snapshots of a store: see schema.ts for how they are kept. */
export class Snapshots implements ProviderSnapshots {
  readonly #store: Store;
  readonly #alterations: Alterations;
  readonly #clearing: Clearing;
  readonly #retained: Retained;
  readonly #all: Query<[], Row>;
  readonly #find: Query<[number], Row>;
  readonly #insert: Change<[number, string, number, number, number]>;
  readonly #delete: Change<[number]>;
  readonly #newest: Query<[], number>;

  constructor(store: Store) {
    const { connection } = store;
    this.#store = store;
    this.#alterations = new Alterations(connection);
    this.#clearing = new Clearing(store);
    this.#retained = new Retained(connection);
    const columns = "revision, label, createdMs, files, bytes";
    this.#all = connection.query(`SELECT ${columns} FROM snapshot ORDER BY revision`);
    this.#find = connection.query(`SELECT ${columns} FROM snapshot WHERE revision = ?`);
    this.#insert = connection.change(`INSERT INTO snapshot(${columns}) VALUES(?, ?, ?, ?, ?)`);
    this.#delete = connection.change("DELETE FROM snapshot WHERE revision = ?");
    this.#newest = connection.query<[], number>("SELECT coalesce(max(revision), 0) FROM snapshot").pluck();
  }

  take(label: string, ctx: Context): Awaitable<StoreSnapshot> {
    const { tally, inodes } = this.#store;
    return this.#store.change(ctx, () => {
      inodes.settleAccesses();
      const { files, bytes } = this.#store.counted();
      const row: Row = { revision: tally.revision, label, createdMs: tally.nowMs, files, bytes };
      // What is changed from here on has a later one, in this process and in others.
      tally.revise();
      this.#insert(row.revision, label, row.createdMs, files, bytes);
      tally.newest = row.revision;
      return toSnapshot(row);
    });
  }

  all(ctx: Context): Awaitable<readonly StoreSnapshot[]> {
    return this.#store.readOpen(ctx, () => this.#all.all().map(toSnapshot));
  }

  drop(ids: readonly string[], ctx: Context): Awaitable<void> {
    const { tally } = this.#store;
    const dropped = this.#store.change(ctx, () => {
      for (const id of ids) {
        const revision = toRevision(id);
        if (revision !== undefined && this.#delete(revision) > 0) this.#clearing.add(revision);
      }
      tally.newest = this.#newest.get() ?? 0;
      return this.#clearing.step();
    });
    return chain(dropped, (more) => (more ? this.#clear(ctx) : undefined));
  }

  /** Goes on with what somebody dropped who did not come to its end, in the background after the first part of it. */
  goOn(): void {
    const more = this.#store.ifWritable(() => this.#clearing.step());
    // Who is closed before that leaves it to the next one.
    if (more === true) Promise.resolve(this.#clear(OWN)).catch(() => undefined);
  }

  /** Gives back what was not given back at once, a part at a time, so that others come in between. */
  #clear(ctx: Context): Awaitable<void> {
    const step = (): Awaitable<boolean> => this.#store.change(ctx, () => this.#clearing.step());
    const go = async (): Promise<void> => {
      while (await step());
    };
    if (!ctx.sync) return go();
    while (step() as boolean);
  }

  open(id: string, ctx: Context): Awaitable<Provider> {
    return this.#store.readOpen(ctx, () => new SnapshotView(this.#store, this.#need(id)));
  }

  changes(from: string, to: string | undefined, ctx: Context): Awaitable<readonly SnapshotChange[]> {
    return this.#store.readOpen(ctx, () => {
      const one = this.#need(from);
      const other = to === undefined ? undefined : this.#need(to);
      if (other === undefined) return this.#alterations.since(one);
      return this.#alterations.between(Math.min(one, other), Math.max(one, other));
    });
  }

  retainedBytes(ctx: Context): Awaitable<number> {
    return this.#store.readOpen(ctx, () => this.#retained.bytes());
  }

  #need(id: string): number {
    const revision = toRevision(id);
    if (revision !== undefined && this.#find.get(revision) !== undefined) return revision;
    throw new VfsError("ENOENT", { hint: "there is no such snapshot" });
  }
}

function toSnapshot({ revision, ...row }: Row): StoreSnapshot {
  return { id: `${revision}`, ...row };
}

function toRevision(id: string): number | undefined {
  return /^[1-9]\d{0,15}$/.test(id) ? Number(id) : undefined;
}
