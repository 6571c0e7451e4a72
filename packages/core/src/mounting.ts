import type { Awaitable } from "./awaitable.ts";
import type { Call } from "./call.ts";
import { withoutSignal, type Context } from "./context.ts";
import { VfsError } from "./error.ts";
import { wait, type Flow } from "./flow.ts";
import type { Layer } from "./layer.ts";
import type { MountTable } from "./mount-table.ts";
import { Mount } from "./mount.ts";
import { ROOT } from "./path.ts";
import { busyElsewhere } from "./turns.ts";

/** Puts a provider into the table. */
export function attach(table: MountTable, { path, args }: Call<"mount">): void {
  // First of all: layers hold on to where they were put.
  table.checkFree(path);
  table.add(new Mount(path, args.provider, args.options));
}

/** Takes a provider out of the table; closes it once everything that was under way there is done. */
export function* detach(table: MountTable, { path, args, ctx }: Call<"unmount">): Flow<void> {
  const mount = table.at(path);
  if (mount === undefined) throw new VfsError("EINVAL", { hint: "nothing is mounted there; see mounts()" });
  if (path === ROOT) throw new VfsError("EBUSY", { hint: "the root stays until the Vfs is closed" });
  if (table.below(path).length > 0)
    throw new VfsError("EBUSY", { hint: "something is mounted below; unmount that first" });
  const busy = mount.openFiles().length + mount.traffic.works;
  if (busy > 0 && args.force !== true)
    throw new VfsError("EBUSY", {
      hint: `${busy} files or streams are open there; close them, or use force`,
    });
  checkQuiet(mount, ctx);
  table.remove(mount);
  yield* closeMount(table, mount, ctx);
}

/** Empties the table, and closes everything that was in it. */
export function* detachAll(table: MountTable, layers: readonly Layer[], ctx: Context): Flow<void> {
  const failures: unknown[] = [];
  for (const mount of table.all.toReversed()) {
    table.remove(mount);
    try {
      yield* closeMount(table, mount, ctx);
    } catch (reason) {
      failures.push(reason);
    }
  }
  for (const layer of layers) yield* tried(failures, () => layer.close?.());
  if (failures.length > 0) throw failures[0];
}

/**
 * Looks whether a caller that cannot wait would have to wait for what is under way.
 *
 * @throws VfsError `EAGAIN` then.
 */
export function checkQuiet({ traffic }: Mount, ctx: Context): void {
  if (ctx.sync && !(traffic.quiet && traffic.works === 0)) throw busyElsewhere();
}

/** Closes what is open on a mount, its layers and, unless it is somebody else's, its provider. */
function* closeMount(table: MountTable, mount: Mount, ctx: Context): Flow<void> {
  const safe = withoutSignal(ctx);
  const failures: unknown[] = [];
  const { store, layers, keepOpen, traffic } = mount;
  traffic.close();
  if (traffic.works > 0) yield* tried(failures, () => traffic.cut());
  if (!traffic.quiet) yield* wait(traffic.drained());
  for (const file of mount.openFiles()) {
    file.closed = true;
    store.files.delete(file);
    yield* tried(failures, () => file.handle.close(safe));
  }
  for (const layer of layers) yield* tried(failures, () => layer.close?.());
  const { provider } = store;
  if (keepOpen) yield* tried(failures, () => provider.flush?.(safe));
  else if (!table.all.some((other) => other.store === store))
    yield* tried(failures, () => provider.close?.());
  if (failures.length > 0) throw failures[0];
}

/** Goes on with the rest when one thing fails to close, so that nothing stays open because of it. */
function* tried(failures: unknown[], action: () => Awaitable<void>): Flow<void> {
  try {
    yield* wait(action());
  } catch (reason) {
    failures.push(reason);
  }
}
