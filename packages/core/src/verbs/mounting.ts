import type { Awaitable } from "../awaitable.ts";
import { isVfsError, VfsError } from "../error.ts";
import { run, wait, type Flow } from "../flow.ts";
import { Mount, type MountOptions } from "../mount.ts";
import type { UnmountOptions } from "../options.ts";
import { joinPath, nameOf, parentOf, ROOT, type VPath } from "../path.ts";
import type { Provider } from "../provider.ts";
import type { Scope } from "../scope.ts";
import { addPrefix } from "../path.ts";
import { statLink } from "./copy.ts";

export function mount(
  scope: Scope,
  path: string,
  provider: Provider,
  options: MountOptions = {},
): Awaitable<void> {
  return run(mountAt(scope, scope.path(path), provider, options));
}

function* mountAt(scope: Scope, path: VPath, provider: Provider, options: MountOptions): Flow<void> {
  const { table } = scope.door;
  if (scope.ctx.readOnly) throw refuse(scope, "EROFS", "mount", path, "this view is read-only");
  const at = yield* placeFor(scope, path);
  if (at === ROOT || table.at(at) !== undefined)
    throw refuse(scope, "EBUSY", "mount", path, "something is mounted there already; unmount it first");
  table.add(new Mount(at, provider, options));
  scope.door.mountsChanged();
}

/** Where a mount goes: behind the links on its path, so that it is found whichever way one comes. */
function* placeFor(scope: Scope, path: VPath): Flow<VPath> {
  if (path === ROOT || path === scope.ctx.root) return path;
  try {
    const there = yield* statLink(scope, path);
    if (there !== undefined && there.type !== "directory" && there.type !== "symlink")
      throw refuse(scope, "ENOTDIR", "mount", path, "a mount point must be a directory, or nothing yet");
    if (there !== undefined)
      return addPrefix(yield* wait(scope.door.realpath(path, scope.ctx)), scope.ctx.root);
  } catch (reason) {
    if (!isVfsError(reason, "ENOENT")) throw reason;
  }
  return joinPath(yield* placeFor(scope, parentOf(path)), nameOf(path));
}

export function unmount(scope: Scope, path: string, options: UnmountOptions = {}): Awaitable<void> {
  return run(unmountAt(scope, scope.path(path), options));
}

function* unmountAt(scope: Scope, path: VPath, { force = false }: UnmountOptions): Flow<void> {
  const { table } = scope.door;
  if (scope.ctx.readOnly) throw refuse(scope, "EROFS", "unmount", path, "this view is read-only");
  const found =
    table.at(path) ?? table.at(addPrefix(yield* wait(scope.door.realpath(path, scope.ctx)), scope.ctx.root));
  if (found === undefined)
    throw refuse(scope, "EINVAL", "unmount", path, "nothing is mounted there; see mounts()");
  if (found.path === ROOT || found.path === scope.ctx.root)
    throw refuse(scope, "EBUSY", "unmount", path, "the root stays until the Vfs is closed");
  const [below] = table.below(found.path);
  if (below !== undefined)
    throw refuse(
      scope,
      "EBUSY",
      "unmount",
      path,
      `${scope.shown(below.path)} is mounted below; unmount it first`,
    );
  const open = found.openFiles();
  if (open.length > 0 && !force)
    throw refuse(
      scope,
      "EBUSY",
      "unmount",
      path,
      `${open.length} files are open there; close them, or use force`,
    );
  table.remove(found);
  scope.door.mountsChanged();
  yield* closeMount(scope, found);
}

/** Closes what is open on a mount, its layers and, unless it is somebody else's, its provider. */
function* closeMount(scope: Scope, found: Mount): Flow<void> {
  const failures: unknown[] = [];
  for (const file of found.openFiles()) {
    file.closed = true;
    found.store.files.delete(file);
    yield* tried(failures, () => file.handle.close(scope.ctx));
  }
  for (const layer of found.layers) yield* tried(failures, () => layer.close?.());
  const { provider } = found.store;
  if (found.keepOpen) yield* tried(failures, () => provider.flush?.(scope.ctx));
  else if (!scope.door.table.all.some(({ store }) => store === found.store))
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

export function close(scope: Scope): Awaitable<void> {
  return run(closeAll(scope));
}

function* closeAll(scope: Scope): Flow<void> {
  const { door } = scope;
  if (door.closed) return;
  door.closed = true;
  const failures: unknown[] = [];
  for (const found of door.table.all.toReversed()) {
    door.table.remove(found);
    try {
      yield* closeMount(scope, found);
    } catch (reason) {
      failures.push(reason);
    }
  }
  for (const layer of door.layers) yield* tried(failures, () => layer.close?.());
  door.mountsChanged();
  if (failures.length > 0) throw failures[0];
}

function refuse(
  scope: Scope,
  code: "EBUSY" | "ENOTDIR" | "EINVAL" | "EROFS",
  syscall: string,
  path: VPath,
  hint: string,
): VfsError {
  return new VfsError(code, { syscall, path: scope.shown(path), hint });
}
