import { chain, type Awaitable } from "../awaitable.ts";
import { VfsError } from "../error.ts";
import { run, wait, type Flow } from "../flow.ts";
import type { Mount } from "../mount.ts";
import { stripPrefix, type VPath } from "../path.ts";
import type { Provider } from "../provider.ts";
import type { ProviderSnapshots, SnapshotChange, StoreSnapshot } from "../provider-snapshots.ts";
import type { Scope } from "../scope.ts";
import { resolveTree } from "./walk.ts";

/** The snapshots that the store behind a path keeps by itself. They are of the whole store, wherever the path is in it. */
export interface StoreSnapshots {
  /** Where the path is in the store: `/` for the top of a mount. Paths below are those of the store. */
  readonly base: VPath;
  /** Keeps the store as it is now, at a cost that does not grow with it. */
  take(label?: string): Promise<StoreSnapshot>;
  /** All that there are, oldest first, whoever took them. */
  all(): Promise<readonly StoreSnapshot[]>;
  /** Forgets snapshots and gives back what only they need. */
  drop(...ids: string[]): Promise<void>;
  /** The store as it was then, to be read, and to be mounted. `ENOENT` when there is no such snapshot. */
  open(id: string): Promise<Provider>;
  /** Where two states may differ; now unless told. */
  changes(from: string, to?: string): Promise<readonly SnapshotChange[]>;
  /** Bytes of content that only snapshots need. */
  retainedBytes(): Promise<number>;
}

/**
 * Undefined where the store keeps none, and where what it keeps is not what the caller sees: below a layer that hides or
 * changes something, above another mount, and for who is not root.
 */
export function storeSnapshots(scope: Scope, path = "."): Awaitable<StoreSnapshots | undefined> {
  return run(find(scope, scope.path(path)));
}

function* find(scope: Scope, asked: VPath): Flow<StoreSnapshots | undefined> {
  const { door, ctx } = scope;
  const at = yield* resolveTree(scope, asked, true);
  const mount = door.table.find(at);
  const caps = door.capabilities(at);
  if (!caps.snapshots || !door.isOneTree(at, ctx) || !isWhole(mount)) return undefined;
  const real = scope.onRealPaths();
  const kept = yield* wait(real.send("snapshots", at, {}));
  return faceOf(kept, stripPrefix(at, mount.path), real, mount.readOnly || ctx.readOnly || !caps.write);
}

/** Whether the caller sees what the store has, byte for byte. */
function isWhole({ layers, store }: Mount): boolean {
  return store.emulated.size === 0 && layers.every(({ slot }) => slot !== "transform");
}

function faceOf(kept: ProviderSnapshots, base: VPath, { ctx }: Scope, readOnly: boolean): StoreSnapshots {
  const writing = <T>(action: () => Awaitable<T>): Promise<T> =>
    later(() => {
      if (readOnly)
        throw new VfsError("EROFS", { hint: "nothing is kept or given up through a read-only view" });
      return action();
    });
  return {
    base,
    take: (label = "") => writing(() => kept.take(label, ctx)),
    drop: (...ids) => writing(() => kept.drop(ids, ctx)),
    all: () => later(() => kept.all(ctx)),
    open: (id) => later(() => kept.open(id, ctx)),
    changes: (from, to) => later(() => kept.changes(from, to, ctx)),
    retainedBytes: () => later(() => kept.retainedBytes(ctx)),
  };
}

async function later<T>(action: () => Awaitable<T>): Promise<T> {
  return chain(action(), (value) => value);
}
