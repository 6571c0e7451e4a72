import type { Awaitable } from "../awaitable.ts";
import { isVfsError, VfsError } from "../error.ts";
import { collectAll, run, wait, type Flow } from "../flow.ts";
import type { MvOptions } from "../options.ts";
import { isBelow, joinPath, parentOf, type VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { cp, statLink } from "./copy.ts";
import { removeTree } from "./directories.ts";
import { resolveTree, transplant, walk, type Walked } from "./walk.ts";

export function rename(scope: Scope, path: string, to: string): Awaitable<void> {
  return run(renamePath(scope, scope.path(path), scope.path(to), false));
}

export function mv(scope: Scope, path: string, to: string, options: MvOptions = {}): Awaitable<void> {
  return run(movePath(scope.until(options.signal), scope.path(path), scope.path(to), options));
}

function* renamePath(scope: Scope, path: VPath, to: VPath, noReplace: boolean): Flow<void> {
  if (someLayerDecides(scope)) yield* refuseDecidedTree(scope, path, to);
  yield* wait(scope.send("rename", path, { noReplace }, to));
}

/** Whether any rule may exist that says something else about a child than about its directory. */
function someLayerDecides({ door }: Scope): boolean {
  return [door.layers, ...door.table.all.map(({ layers }) => layers)]
    .flat()
    .some((layer) => "decidesBelow" in layer);
}

/** A tree that rules reach into is not moved as a whole: its files would escape the rules on their names. */
function* refuseDecidedTree(scope: Scope, path: VPath, to: VPath): Flow<void> {
  const from = yield* resolveTree(scope, path, false);
  const target = yield* resolveTree(scope, to, false);
  const { door } = scope;
  if (!door.decidesBelow(from) && !door.decidesBelow(target)) return;
  const { type } = yield* wait(scope.send("stat", from, {}));
  if (type !== "directory" || door.table.below(from).length > 0) return;
  throw new VfsError("EACCES", {
    syscall: "rename",
    path: scope.shown(path),
    dest: scope.shown(to),
    reason: "policy",
    hint: "rules apply to single files below; move those one by one",
  });
}

function* movePath(scope: Scope, path: VPath, to: VPath, options: MvOptions): Flow<void> {
  const { force = true } = options;
  try {
    yield* renamePath(scope, path, to, !force);
  } catch (reason) {
    if (!isVfsError(reason, "EXDEV")) throw reason;
    const from = yield* resolveTree(scope, path, false);
    yield* new Move(scope, from, yield* resolveTree(scope, to, false), options).run();
  }
}

/** One move from mount to mount. */
class Move {
  readonly #scope: Scope;
  readonly #from: VPath;
  readonly #to: VPath;
  readonly #options: MvOptions;

  constructor(scope: Scope, from: VPath, to: VPath, options: MvOptions) {
    this.#scope = scope;
    this.#from = from;
    this.#to = to;
    this.#options = options;
  }

  *run(): Flow<void> {
    const { table } = this.#scope.door;
    const source = yield* wait(this.#scope.send("stat", this.#from, {}));
    this.#checkMounts();
    const target = yield* statLink(this.#scope, this.#to);
    yield* this.#checkReplace(source, target);
    // Where a rename is a copy, a name beside the destination would only double the work.
    const direct = table.find(this.#to).caps.rename !== "tree";
    const staging = direct ? this.#to : joinPath(parentOf(this.#to), stagingName());
    const before = yield* this.#contents(this.#from, source);
    try {
      yield* this.#copy(this.#from, staging);
      yield* this.#verify(before, staging);
      if (!direct) yield* wait(this.#scope.send("rename", staging, {}, this.#to));
    } catch (reason) {
      if (!direct || target === undefined) yield* this.#discard(staging);
      throw reason;
    }
    yield* this.#removeOriginal(before);
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
    if (isBelow(this.#to, this.#from))
      throw this.#refuse("EINVAL", "a directory cannot be moved into itself");
  }

  *#checkReplace(source: Stat, target: Stat | undefined): Flow<void> {
    if (target === undefined) return;
    if (this.#options.force === false) throw this.#refuse("EEXIST");
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

  *#copy(from: VPath, to: VPath): Flow<void> {
    const { onProgress } = this.#options;
    const scope = this.#scope;
    yield* wait(
      cp(scope, scope.shown(from), scope.shown(to), {
        recursive: true,
        preserveTimestamps: true,
        onProgress,
      }),
    );
  }

  /** Fails unless the copy has everything, and the original is still what was copied. */
  *#verify(before: readonly Walked[], staging: VPath): Flow<void> {
    const after = yield* this.#contents(this.#from, yield* wait(this.#scope.send("stat", this.#from, {})));
    const now = new Map(after.map((walked) => [walked.path, walked]));
    if (after.length !== before.length || before.some((walked) => changed(walked, now.get(walked.path))))
      throw this.#refuse("EBUSY", "the original was changed while it was copied; try again");
    const copies = yield* this.#contents(staging, yield* wait(this.#scope.send("stat", staging, {})));
    const copied = new Map(copies.map((walked) => [walked.path, walked]));
    for (const walked of before) {
      const copy = copied.get(transplant(walked.path, this.#from, staging));
      if (
        copy === undefined ||
        copy.type !== walked.type ||
        (copy.type === "file" && copy.stat?.size !== walked.stat?.size)
      )
        throw this.#refuse("EIO", "the copy is not complete; the original was left alone");
    }
  }

  /** One by one, so that nothing is removed that was not copied. */
  *#removeOriginal(before: readonly Walked[]): Flow<void> {
    const { caps } = this.#scope.door.table.find(this.#from);
    for (const { path, type, stat } of before.toReversed()) {
      const kind = type === "directory" ? "directory" : "file";
      const ifMatch = caps.ifMatch && type === "file" ? stat?.etag : undefined;
      yield* wait(this.#scope.send("remove", path, { kind, ifMatch }));
    }
  }

  /** Takes an unfinished copy away. What stands in the way of that matters less than why it was not finished. */
  *#discard(staging: VPath): Flow<void> {
    try {
      const left = yield* statLink(this.#scope, staging);
      if (left === undefined) return;
      if (left.type === "directory") yield* removeTree(this.#scope, staging);
      else yield* wait(this.#scope.send("remove", staging, { kind: "file" }));
    } catch {
      return;
    }
  }

  #refuse(
    code: "EROFS" | "EBUSY" | "EINVAL" | "EEXIST" | "EISDIR" | "ENOTDIR" | "ENOTEMPTY" | "EIO",
    hint?: string,
  ): VfsError {
    const scope = this.#scope;
    return new VfsError(code, {
      syscall: "rename",
      path: scope.shown(this.#from),
      dest: scope.shown(this.#to),
      hint,
    });
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
