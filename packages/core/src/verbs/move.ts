import type { Awaitable } from "../awaitable.ts";
import type { ErrorCode } from "../errno.ts";
import { isVfsError, VfsError } from "../error.ts";
import { collectAll, run, wait, type Flow } from "../flow.ts";
import type { MvOptions } from "../options.ts";
import { joinPath, parentOf, type VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { liesBelow, sameFile } from "./copy-file.ts";
import { copyTree } from "./copy.ts";
import { statLink } from "./copy-node.ts";
import { removeTree } from "./remove.ts";
import { resolveTree, transplant, walk, type Walked } from "./walk.ts";
import { during } from "./work.ts";

export function rename(scope: Scope, path: string, to: string): Awaitable<void> {
  return run(renamePath(scope, scope.path(path), scope.path(to), false));
}

export function mv(scope: Scope, path: string, to: string, options: MvOptions = {}): Awaitable<void> {
  return run(movePath(scope.until(options.signal), scope.path(path), scope.path(to), options));
}

function* renamePath(scope: Scope, path: VPath, to: VPath, noReplace: boolean): Flow<void> {
  if (!scope.door.someLayerDecides) return yield* wait(scope.send("rename", path, { noReplace }, to));
  const from = yield* resolveTree(scope, path, false);
  const target = yield* resolveTree(scope, to, false);
  yield* refuseDecidedTree(scope, from, target);
  // Under the very names that were asked about.
  yield* wait(scope.onRealPaths().send("rename", from, { noReplace }, target));
}

/** A tree that rules reach into is not moved as a whole: its files would escape the rules on their names. */
function* refuseDecidedTree(scope: Scope, from: VPath, to: VPath): Flow<void> {
  const { door } = scope;
  if (door.movesAsOne(from) && door.movesAsOne(to)) return;
  const { type } = yield* wait(scope.send("stat", from, {}));
  if (type !== "directory" || door.table.below(from).length > 0) return;
  throw new VfsError("EACCES", {
    syscall: "rename",
    path: scope.shown(from),
    dest: scope.shown(to),
    reason: "policy",
    hint: "rules apply to single files below; move those one by one",
  });
}

function* movePath(scope: Scope, path: VPath, to: VPath, options: MvOptions): Flow<void> {
  const { force = true } = options;
  try {
    return yield* renamePath(scope, path, to, !force);
  } catch (reason) {
    if (!isVfsError(reason, "EXDEV")) throw reason;
  }
  const from = yield* resolveTree(scope, path, false);
  const target = yield* resolveTree(scope, to, false);
  yield* during(scope, [from, target], (check) => new Move(scope, from, target, options, check).run());
}

/** One move from mount to mount. */
class Move {
  /** For both trees, which have no links on their paths. */
  readonly #scope: Scope;
  readonly #from: VPath;
  readonly #to: VPath;
  readonly #options: MvOptions;
  readonly #check: () => void;

  constructor(scope: Scope, from: VPath, to: VPath, options: MvOptions, check: () => void) {
    this.#scope = scope.onRealPaths();
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#check = check;
  }

  *run(): Flow<void> {
    const source = yield* wait(this.#scope.send("stat", this.#from, {}));
    this.#checkMounts();
    const target = yield* statLink(this.#scope, this.#to);
    if (target !== undefined && this.#options.force === false) throw this.#refuse("EEXIST");
    // As rename(2) with two names of one file: nothing is to be done.
    if (this.#isSame(source, target)) return;
    yield* this.#checkReplace(source, target);
    const before = yield* this.#contents(this.#from, source);
    if (this.#canStage(source)) yield* this.#moveStaged(before, source);
    else yield* this.#moveDirectly(before, source, target);
    yield* this.#removeOriginal(before);
  }

  /** Where a rename is a copy, a name beside the destination would only double the work. */
  #canStage({ type }: Stat): boolean {
    const { rename: renames } = this.#scope.door.capabilities(this.#to);
    return renames === "tree" || (renames === "file" && type !== "directory");
  }

  *#moveStaged(before: readonly Walked[], source: Stat): Flow<void> {
    const staging = joinPath(parentOf(this.#to), stagingName());
    try {
      yield* this.#copy(staging, source, undefined);
      yield* this.#verify(before, staging);
      const noReplace = this.#options.force === false;
      yield* wait(this.#scope.send("rename", staging, { noReplace }, this.#to));
    } catch (reason) {
      yield* this.#discard(staging);
      throw reason;
    }
  }

  *#moveDirectly(before: readonly Walked[], source: Stat, target: Stat | undefined): Flow<void> {
    const putBack = yield* this.#makeRoom(target);
    const inTheWay = target?.type === "file" ? target : undefined;
    try {
      yield* this.#copy(this.#to, source, inTheWay);
      yield* this.#verify(before, this.#to);
    } catch (reason) {
      // What somebody else has put there meanwhile is not this move's to take away.
      if (inTheWay === undefined && !isVfsError(reason, "EEXIST")) yield* this.#discard(this.#to);
      yield* tried(putBack());
      throw reason;
    }
  }

  /** Takes away a link or an empty directory, which are replaced, not followed nor filled. Answers how to put it back. */
  *#makeRoom(target: Stat | undefined): Flow<() => Flow<void>> {
    const to = this.#to;
    const scope = this.#scope.toTheEnd();
    if (target?.type === "directory") {
      yield* wait(this.#scope.send("remove", to, { kind: "directory" }));
      return function* () {
        yield* wait(scope.send("mkdir", to, { mode: target.mode }));
      };
    }
    if (target?.type === "symlink") {
      const text = yield* wait(this.#scope.send("readlink", to, {}));
      yield* wait(this.#scope.send("remove", to, { kind: "file" }));
      return function* () {
        yield* wait(scope.send("symlink", to, { target: text }));
      };
    }
    return function* () {};
  }

  #checkMounts(): void {
    const { door, ctx } = this.#scope;
    const mount = door.table.find(this.#from);
    if (mount.readOnly || ctx.readOnly)
      throw this.#refuse("EROFS", "what is moved is on a read-only mount; use cp");
    if (mount.path === this.#from || door.table.below(this.#from).length > 0)
      throw this.#refuse("EBUSY", "something is mounted there or below; unmount it first");
    if (door.table.at(this.#to) !== undefined)
      throw this.#refuse("EBUSY", "the destination is a mount point");
    if (liesBelow(door, this.#to, this.#from))
      throw this.#refuse("EINVAL", "a directory cannot be moved into itself");
  }

  #isSame(source: Stat, target: Stat | undefined): boolean {
    const { door } = this.#scope;
    if (sameFile(door, this.#from, this.#to)) return true;
    const { store, caps } = door.table.find(this.#from);
    const oneStore = store === door.table.find(this.#to).store;
    return oneStore && caps.inodes && target !== undefined && target.ino === source.ino;
  }

  *#checkReplace(source: Stat, target: Stat | undefined): Flow<void> {
    if (target === undefined) return;
    if (source.type !== "directory") {
      if (target.type === "directory") throw this.#refuse("EISDIR");
      return;
    }
    if (target.type !== "directory") throw this.#refuse("ENOTDIR");
    const { items } = yield* wait(this.#scope.send("list", this.#to, { limit: 1 }));
    if (items.length > 0) throw this.#refuse("ENOTEMPTY");
  }

  /** Everything that is to be moved, each directory before what is in it. */
  *#contents(root: VPath, stat: Stat): Flow<Walked[]> {
    const self: Walked = { path: root, name: "", type: stat.type, stat, depth: 0 };
    if (stat.type !== "directory") return [self];
    return [self, ...(yield* collectAll(walk(this.#scope, root, { stat: true })))];
  }

  *#copy(to: VPath, source: Stat, target: Stat | undefined): Flow<void> {
    const { onProgress } = this.#options;
    const fresh = target === undefined;
    yield* copyTree(this.#scope, this.#from, to, source, target, {
      recursive: true,
      preserveTimestamps: true,
      onProgress,
      fresh,
    });
  }

  /** Fails unless the copy has everything, and the original is still what was copied. */
  *#verify(before: readonly Walked[], copy: VPath): Flow<void> {
    const after = yield* this.#contents(this.#from, yield* wait(this.#scope.send("stat", this.#from, {})));
    const now = new Map(after.map((walked) => [walked.path, walked]));
    if (after.length !== before.length || before.some((walked) => changed(walked, now.get(walked.path))))
      throw this.#refuse("EBUSY", "the original was changed while it was copied; try again");
    const copies = yield* this.#contents(copy, yield* wait(this.#scope.send("stat", copy, {})));
    const copied = new Map(copies.map((walked) => [walked.path, walked]));
    for (const walked of before) {
      const made = copied.get(transplant(walked.path, this.#from, copy));
      if (
        made === undefined ||
        made.type !== walked.type ||
        (made.type === "file" && made.stat?.size !== walked.stat?.size)
      )
        throw this.#refuse("EIO", "the copy is not complete; the original was left alone");
    }
  }

  /** One by one, so that nothing is removed that was not copied. */
  *#removeOriginal(before: readonly Walked[]): Flow<void> {
    const { ifMatch: comparing } = this.#scope.door.capabilities(this.#from);
    for (const walked of before.toReversed()) {
      this.#check();
      const { path, type, stat } = walked;
      if (!comparing) yield* this.#checkUnchanged(walked);
      const ifMatch = comparing && type === "file" ? stat?.etag : undefined;
      const kind = type === "directory" ? "directory" : "file";
      try {
        yield* wait(this.#scope.send("remove", path, { kind, ifMatch }));
      } catch (reason) {
        if (isVfsError(reason, "ESTALE", "ENOTEMPTY")) throw this.#changedMeanwhile();
        if (!isVfsError(reason, "ENOENT")) throw reason;
      }
    }
  }

  /** The best that can be done where the store does not compare versions: the moment between is short. */
  *#checkUnchanged(walked: Walked): Flow<void> {
    if (walked.type === "directory") return;
    const stat = yield* statLink(this.#scope, walked.path);
    if (stat !== undefined && changed(walked, { ...walked, type: stat.type, stat }))
      throw this.#changedMeanwhile();
  }

  #changedMeanwhile(): VfsError {
    return this.#refuse(
      "EBUSY",
      "the copy is in place, but the original was changed after it was made: what is left of it stays",
    );
  }

  /** Takes an unfinished copy away. What stands in the way of that matters less than why it was not finished. */
  *#discard(copy: VPath): Flow<void> {
    yield* tried(discard(this.#scope.toTheEnd(), copy));
  }

  #refuse(code: ErrorCode, hint?: string): VfsError {
    const scope = this.#scope;
    return new VfsError(code, {
      syscall: "rename",
      path: scope.shown(this.#from),
      dest: scope.shown(this.#to),
      hint,
    });
  }
}

function* discard(scope: Scope, path: VPath): Flow<void> {
  const left = yield* statLink(scope, path);
  if (left?.type === "directory") yield* removeTree(scope, path);
  else if (left !== undefined) yield* wait(scope.send("remove", path, { kind: "file" }));
}

function* tried(step: Flow<void>): Flow<void> {
  try {
    yield* step;
  } catch {
    return;
  }
}

function changed(before: Walked, after: Walked | undefined): boolean {
  if (after === undefined || after.type !== before.type) return true;
  if (before.type !== "file") return false;
  const a = before.stat;
  const b = after.stat;
  return a?.etag !== b?.etag || a?.size !== b?.size || a?.mtimeMs !== b?.mtimeMs;
}

function stagingName(): string {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return `.vfs-mv-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
