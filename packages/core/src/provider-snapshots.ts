import type { Awaitable } from "./awaitable.ts";
import type { Context } from "./context.ts";
import type { VPath } from "./path.ts";
import type { Provider } from "./provider.ts";

/** A state of a whole store, which the store itself keeps. */
export interface StoreSnapshot {
  /** No other snapshot of the store ever has it. */
  readonly id: string;
  /** What its maker wrote on it. */
  readonly label: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** As `usage` told them then. */
  readonly files: number;
  readonly bytes: number;
}

/** A name at which two states of a store may differ. */
export interface SnapshotChange {
  readonly path: VPath;
  /** So may everything below it, in either state. */
  readonly tree: boolean;
}

/**
 * The snapshots of a store. To take one, to open one and to drop the newest costs the same however many files there are;
 * what is written afterwards costs what it did, but for the first change of each file, which keeps the old content.
 */
export interface ProviderSnapshots {
  /**
   * Keeps the store as it is now, in one step: every call that was acknowledged is in it, and none that has not begun.
   * Where nothing has changed since the last one with the same label, it may be that one again.
   */
  take(label: string, ctx: Context): Awaitable<StoreSnapshot>;
  /** All that there are, oldest first. */
  all(ctx: Context): Awaitable<readonly StoreSnapshot[]>;
  /** Forgets snapshots and gives back what only they need. Ids that there are not are no failure. */
  drop(ids: readonly string[], ctx: Context): Awaitable<void>;
  /**
   * The store as it was then, to be read: with its modes, owners, times, links and numbers. Two files of the same number
   * and etag, in whichever states, have the same content. Open files are not in it, nor what had no name.
   *
   * @throws VfsError `ENOENT` when there is no such snapshot; every call to what was opened is `ESTALE` once it is dropped.
   */
  open(id: string, ctx: Context): Awaitable<Provider>;
  /**
   * Where two states may differ, in no order: everything that does is among it, at each name that it has in either. It
   * costs what was changed between them. Directories that differ only in their names are told by these.
   *
   * @param to Now, unless told.
   */
  changes(from: string, to: string | undefined, ctx: Context): Awaitable<readonly SnapshotChange[]>;
  /** Bytes of content that only snapshots need. */
  retainedBytes(ctx: Context): Awaitable<number>;
}
