import type { Awaitable } from "../awaitable.ts";
import { isVfsError, VfsError } from "../error.ts";
import { collectAll, run, wait, type Flow } from "../flow.ts";
import type { RmOptions } from "../options.ts";
import type { VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import { unseen } from "./begin-walk.ts";
import { resolveTree, walk } from "./walk.ts";

export function rmdir(scope: Scope, path: string): Awaitable<void> {
  return scope.send("remove", scope.path(path), { kind: "directory" });
}

export function unlink(scope: Scope, path: string): Awaitable<void> {
  return scope.send("remove", scope.path(path), { kind: "file" });
}

export function rm(scope: Scope, path: string, options: RmOptions = {}): Awaitable<void> {
  return run(removePath(scope.until(options.signal), path, options));
}

function* removePath(
  scope: Scope,
  given: string,
  { recursive = false, force = false, ifMatch }: RmOptions,
): Flow<void> {
  try {
    const path = scope.path(given);
    if (recursive && ifMatch === undefined && (yield* removeUnseen(scope, path))) return;
    const { type } = yield* wait(scope.send("stat", path, {}));
    if (type !== "directory") return yield* wait(scope.send("remove", path, { kind: "file", ifMatch }));
    if (!recursive)
      throw new VfsError("EISDIR", {
        syscall: "rm",
        path: scope.shown(path),
        hint: "use recursive to remove a directory",
      });
    yield* removeTree(scope, yield* resolveTree(scope, path, false));
  } catch (reason) {
    if (!force || !isVfsError(reason, "ENOENT")) throw reason;
  }
}

/** Removes what is at a path without a look, where a tree there is the store's alone; answers whether it has done that. */
function* removeUnseen(caller: Scope, path: VPath): Flow<boolean> {
  const { door } = caller;
  if (door.table.at(path) !== undefined || !isRemovedAsWhole(caller, path)) return false;
  const scope = caller.onRealPaths();
  return yield* unseen(scope, path, "lstat", function* () {
    try {
      yield* wait(removeWhole(scope, path));
    } catch (reason) {
      if (!isVfsError(reason, "ENOTDIR")) throw reason;
      yield* wait(scope.send("remove", path, { kind: "file" }));
    }
  });
}

function isRemovedAsWhole({ door, ctx }: Scope, path: VPath): boolean {
  return door.table.find(path).caps.removeTree && door.isOneTree(path, ctx);
}

function removeWhole(scope: Scope, path: VPath): Awaitable<void> {
  return scope.send("remove", path, { kind: "directory", recursive: true });
}

/**
 * Removes a directory and everything in it: at one go where that is the store's alone to decide. What somebody else
 * removes meanwhile is gone as wanted.
 *
 * @param path As `resolveTree` gives it.
 */
export function* removeTree(caller: Scope, path: VPath): Flow<void> {
  const scope = caller.onRealPaths();
  const { door } = scope;
  const [mounted] = door.table.below(path);
  if (mounted !== undefined || door.table.at(path) !== undefined)
    throw new VfsError("EBUSY", {
      syscall: "rm",
      path: scope.shown(path),
      hint: `${mounted === undefined ? "it is a mount point" : "something is mounted below"}; unmount it first`,
    });
  if (isRemovedAsWhole(scope, path)) return yield* wait(removeWhole(scope, path));
  const found = yield* collectAll(walk(scope, path));
  // Backwards, each directory comes after what was in it.
  for (const { path: below, type } of found.toReversed())
    yield* removeIfThere(scope, below, type === "directory" ? "directory" : "file");
  yield* wait(scope.send("remove", path, { kind: "directory" }));
}

function* removeIfThere(scope: Scope, path: VPath, kind: "file" | "directory"): Flow<void> {
  try {
    yield* wait(scope.send("remove", path, { kind }));
  } catch (reason) {
    if (!isVfsError(reason, "ENOENT")) throw reason;
  }
}
