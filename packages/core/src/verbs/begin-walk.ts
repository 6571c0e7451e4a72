import { isVfsError, VfsError } from "../error.ts";
import { Pull, wait, type Flow } from "../flow.ts";
import type { VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { isAskedAsWhole, resolveTree, walk, type Walked, type WalkOptions } from "./walk.ts";

/** A walk that is under way. */
export interface BegunWalk {
  /** The directory without links on its path. */
  readonly root: VPath;
  readonly found: Pull<Walked>;
}

/**
 * Begins to walk what a path leads to. Where the store gives all of it at once, that is asked for without a look at what
 * is there: the answer tells.
 *
 * @returns What is there instead, where it is no directory.
 */
export function* beginWalk(scope: Scope, path: VPath, options: WalkOptions): Flow<BegunWalk | Stat> {
  if (isAskedAsWhole(scope, path, options)) {
    const found = new Pull(walk(scope, path, options));
    const begun = yield* unseen(scope, path, "stat", () => found.peek());
    if (begun) return { root: path, found };
  }
  const stat = yield* wait(scope.send("stat", path, { follow: true }));
  if (stat.type !== "directory") return stat;
  const root = yield* resolveTree(scope, path, true);
  return { root, found: new Pull(walk(scope, root, options)) };
}

/**
 * Does something with the directory at a path that was not looked at, and has to be done on real paths: a link on it is
 * not followed.
 *
 * @param look What would have been asked first, as `node:fs` calls it.
 * @returns False where it must be looked at, because what was answered may have other causes: nothing has been done then,
 * or what is to be done again.
 */
export function* unseen(
  scope: Scope,
  path: VPath,
  look: "stat" | "lstat",
  action: () => Flow<void>,
): Flow<boolean> {
  try {
    yield* action();
    return true;
  } catch (reason) {
    // No directory; not allowed, where to look may have been; a link, or somebody else's work.
    if (isVfsError(reason, "ENOTDIR", "EISDIR", "EACCES", "EPERM", "EROFS", "EBUSY", "ELOOP", "ENOTSUP"))
      return false;
    if (isVfsError(reason, "ENOENT")) throw missing(scope, path, look, reason);
    throw reason;
  }
}

/** Said as by the look that was not made. */
function missing(scope: Scope, path: VPath, syscall: string, { hint, reason, cause }: VfsError): VfsError {
  return new VfsError("ENOENT", { syscall, path: scope.shown(path), hint, reason, cause });
}
