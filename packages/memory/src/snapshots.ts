import type { Context, Provider, ProviderSnapshots, SnapshotChange, StoreSnapshot } from "@vfs/core";
import { SnapshotStore } from "./snapshot-store.ts";
import type { Tree } from "./tree.ts";

/** What a memory keeps of itself. */
export class MemorySnapshots implements ProviderSnapshots {
  readonly #tree: Tree;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  take(label: string): StoreSnapshot {
    return this.#tree.history.take(label, this.#tree.usage).told;
  }

  all(): readonly StoreSnapshot[] {
    return this.#tree.history.snapshots.map(({ told }) => told);
  }

  drop(ids: readonly string[]): void {
    for (const id of ids) this.#tree.history.drop(id);
  }

  open(id: string): Provider {
    return new SnapshotStore(this.#tree.root, this.#tree.history.need(id));
  }

  changes(from: string, to: string | undefined, _ctx: Context): readonly SnapshotChange[] {
    const { history } = this.#tree;
    return history.changes(history.need(from), to === undefined ? undefined : history.need(to));
  }

  retainedBytes(): number {
    return this.#tree.history.retainedBytes;
  }
}
