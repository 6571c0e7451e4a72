import type { Awaitable } from "../awaitable.ts";
import { isVfsError, VfsError } from "../error.ts";
import { run, wait, type Flow } from "../flow.ts";
import type { MountOptions } from "../mount.ts";
import { checkQuiet, detachAll } from "../mounting.ts";
import type { UnmountOptions } from "../options.ts";
import { joinPath, nameOf, parentOf, ROOT, type VPath } from "../path.ts";
import type { Provider } from "../provider.ts";
import type { Scope } from "../scope.ts";
import { statLink } from "./copy-node.ts";

export function mount(
  scope: Scope,
  path: string,
  provider: Provider,
  options: MountOptions = {},
): Awaitable<void> {
  return run(mountAt(scope, scope.path(path), provider, options));
}

function* mountAt(scope: Scope, path: VPath, provider: Provider, options: MountOptions): Flow<void> {
  yield* wait(scope.send("mount", yield* placeFor(scope, path), { provider, options }));
}

/** Where a mount goes: behind the links on its path, so that it is found whichever way one comes. */
function* placeFor(scope: Scope, path: VPath): Flow<VPath> {
  if (path === ROOT) return path;
  try {
    const there = yield* statLink(scope, path);
    if (there !== undefined && there.type !== "directory" && there.type !== "symlink")
      throw new VfsError("ENOTDIR", {
        syscall: "mount",
        path,
        hint: "a mount point must be a directory, or nothing yet",
      });
    if (there !== undefined) return yield* wait(scope.door.realpath(path, scope.ctx));
  } catch (reason) {
    if (!isVfsError(reason, "ENOENT")) throw reason;
  }
  return joinPath(yield* placeFor(scope, parentOf(path)), nameOf(path));
}

export function unmount(scope: Scope, path: string, options: UnmountOptions = {}): Awaitable<void> {
  return run(unmountAt(scope, scope.path(path), options));
}

function* unmountAt(scope: Scope, path: VPath, options: UnmountOptions): Flow<void> {
  const { table } = scope.door;
  const at = table.at(path) === undefined ? yield* wait(scope.door.realpath(path, scope.ctx)) : path;
  yield* wait(scope.send("unmount", at, options));
}

/** What a view answers to both: the mounts are not its own. */
export function refuseInView(): never {
  throw new VfsError("EPERM", {
    hint: "a view cannot change the mounts; do it on the Vfs that it was made from",
  });
}

export function close(scope: Scope): Awaitable<void> {
  return run(closeAll(scope));
}

function* closeAll({ door, ctx }: Scope): Flow<void> {
  if (door.closed) return;
  for (const each of door.table.all) checkQuiet(each, ctx);
  door.closed = true;
  try {
    yield* detachAll(door.table, door.layers, ctx);
  } finally {
    door.mountsChanged();
  }
}
