import { isPromiseLike, type Awaitable } from "../awaitable.ts";
import type { Bytes } from "../bytes.ts";
import type { ErrorCode } from "../errno.ts";
import { isVfsError, unsupported, VfsError } from "../error.ts";
import { Pull, run, wait, type Flow } from "../flow.ts";
import { isRoot } from "../identity.ts";
import type { CpOptions } from "../options.ts";
import { isBelow, isWithin, parentOf, stripPrefix, type VPath } from "../path.ts";
import { Pool } from "../pool.ts";
import type { CopyOptions } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { copyAcross, liesBelow, sameFile, SMALL_BYTES, type ReadFile } from "./copy-file.ts";
import { mkdir } from "./directories.ts";
import { measure } from "./tree.ts";
import { asWhole, resolveTree, transplant, walk, type Walked } from "./walk.ts";
import { during } from "./work.ts";

// Enough to hide the latency of a remote store, few enough not to exhaust its connections.
const SIDE_BY_SIDE = 8;

// As much content is taken from a store that gives that of many files at once.
const PAGE_BYTES = 8 << 20;

export function cp(scope: Scope, path: string, to: string, options: CpOptions = {}): Awaitable<void> {
  const inner = scope.until(options.signal);
  return run(copyPath(inner, scope.path(path), scope.path(to), options));
}

function* copyPath(scope: Scope, path: VPath, to: VPath, options: CpOptions): Flow<void> {
  const { dereference = false, recursive = false } = options;
  const source = yield* wait(scope.send("stat", path, { follow: dereference }));
  const from = yield* resolveTree(scope, path, dereference);
  const target = yield* statLink(scope, to);
  if (source.type === "directory") {
    if (!recursive) throw refuse(scope, "EISDIR", path, to, "use recursive to copy a directory");
    if (isBelow(to, from)) throw intoItself(scope, path, to);
  }
  // As Node's, it makes the directories that the destination needs.
  if (target === undefined) yield* wait(mkdir(scope, relativeTo(scope, parentOf(to)), { recursive: true }));
  const destination = yield* resolveTree(scope, to, target !== undefined && target.type !== "symlink");
  if (isSame(scope, from, source, destination, target))
    throw refuse(scope, "EINVAL", from, to, "source and destination are the same");
  if (source.type === "directory") {
    if (liesBelow(scope.door, destination, from)) throw intoItself(scope, path, to);
    if (target !== undefined && target.type !== "directory") throw refuse(scope, "ENOTDIR", path, to);
  }
  yield* copyTree(scope, from, destination, source, target, options);
}

function intoItself(scope: Scope, path: VPath, to: VPath): VfsError {
  return refuse(scope, "EINVAL", path, to, "a directory cannot be copied into itself");
}

/** A path as the verbs take it. */
function relativeTo({ ctx }: Scope, path: VPath): VPath {
  return stripPrefix(path, ctx.root);
}

/** Whether source and destination are one file: by one path, or by two names of it. */
function isSame({ door }: Scope, from: VPath, source: Stat, to: VPath, target: Stat | undefined): boolean {
  if (sameFile(door, from, to)) return true;
  const { caps, store } = door.table.find(from);
  return (
    caps.inodes && store === door.table.find(to).store && target !== undefined && target.ino === source.ino
  );
}

/** How a tree is copied. */
export interface CopyTreeOptions extends CpOptions {
  /** Fail with `EEXIST` when somebody has put something at the destination meanwhile. */
  readonly fresh?: boolean | undefined;
}

/**
 * Copies what lies at one path to another.
 *
 * @param from Without links on it, as `to`.
 */
export function* copyTree(
  scope: Scope,
  from: VPath,
  to: VPath,
  source: Stat,
  target: Stat | undefined,
  options: CopyTreeOptions,
): Flow<void> {
  yield* during(scope, [from, to], (check) =>
    new CopyJob(scope, from, to, options, check).run(source, target),
  );
}

// What the owner of a directory needs to fill it.
const OWNERS = 0o700;

/** A directory that was copied, with what it is like. */
interface Made {
  readonly path: VPath;
  readonly stat: Stat;
  /** It was not there before. */
  readonly fresh: boolean;
}

/** One `cp`, from where to where and how. */
class CopyJob {
  /** For the paths of both trees, which have no links on them. */
  readonly #scope: Scope;
  /** For what links in the tree lead to. */
  readonly #outside: Scope;
  readonly #from: VPath;
  readonly #to: VPath;
  readonly #options: CopyTreeOptions;
  readonly #check: () => void;
  readonly #pool: Pool;
  #totalBytes: number | undefined;
  #doneBytes = 0;

  constructor(scope: Scope, from: VPath, to: VPath, options: CopyTreeOptions, check: () => void) {
    this.#scope = scope.onRealPaths();
    this.#outside = scope;
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#check = check;
    this.#pool = new Pool(SIDE_BY_SIDE);
  }

  *run(source: Stat, target: Stat | undefined): Flow<void> {
    const { fresh = false, onProgress } = this.#options;
    if (!(yield* this.#wanted(this.#from, this.#to))) return;
    if (onProgress !== undefined)
      this.#totalBytes =
        source.type === "directory" ? (yield* measure(this.#scope, this.#from)).bytes : source.size;
    if (source.type !== "directory") return yield* this.#copyNode(this.#from, this.#to, source, target);
    if (target === undefined && this.#wholeTree()) return yield* this.#copyWhole();
    try {
      yield* this.#makeDirectory(this.#to, source, fresh);
      yield* this.#copyBelow(source, target !== undefined);
    } finally {
      yield* this.#pool.settle();
    }
  }

  /** Whether the store may copy the tree by itself: nothing in it is anybody else's to decide or to hear of. */
  #wholeTree(): boolean {
    const { door, ctx } = this.#scope;
    const { filter, dereference = false, onProgress } = this.#options;
    const mount = door.table.find(this.#from);
    return (
      filter === undefined &&
      !dereference &&
      onProgress === undefined &&
      mount === door.table.find(this.#to) &&
      mount.caps.copy === "tree" &&
      door.isOneTree(this.#from, ctx) &&
      door.isOneTree(this.#to, ctx)
    );
  }

  *#copyWhole(): Flow<void> {
    const { preserveTimestamps } = this.#options;
    yield* wait(this.#scope.send("copy", this.#from, { recursive: true, preserveTimestamps }, this.#to));
  }

  *#copyBelow(root: Stat, mayExist: boolean): Flow<void> {
    const skipped = new Set<VPath>();
    const made: Made[] = [{ path: this.#to, stat: root, fresh: !mayExist }];
    const { filter } = this.#options;
    const enter = filter && (({ path }: Walked): boolean => !skipped.has(path));
    const waiting = this.#readsMany() ? new Map<string, Walked>() : undefined;
    const found = new Pull(walk(this.#scope, this.#from, { stat: true, enter }));
    for (let walked = yield* found.next(); walked !== undefined; walked = yield* found.next()) {
      this.#check();
      if (waiting !== undefined && walked.stat?.type === "file")
        waiting.set(stripPrefix(walked.path, this.#from).slice(1), walked);
      else yield* this.#arrive(walked, mayExist, skipped, made);
    }
    if (waiting !== undefined) yield* this.#copyMany(waiting, mayExist, skipped, made);
    yield* this.#pool.drain();
    // Last, because everything that is put into a directory changes its time.
    if (this.#options.preserveTimestamps)
      for (const { path, stat } of made.toReversed()) yield* keepTimes(this.#scope, path, stat);
    for (const directory of made.toReversed()) yield* this.#finishMode(directory);
  }

  /** Whether the source gives many files with their content at once, at less than reading each would cost. */
  #readsMany(): boolean {
    const { filter, dereference = false } = this.#options;
    const { table } = this.#scope.door;
    const toElsewhere = table.find(this.#from) !== table.find(this.#to);
    return toElsewhere && filter === undefined && !dereference && asWhole(this.#scope, this.#from, "scan");
  }

  /** Copies files that the walk came by: with the content that the store gives of many, or else one by one. */
  *#copyMany(waiting: Map<string, Walked>, mayExist: boolean, skipped: Set<VPath>, made: Made[]): Flow<void> {
    const how = { wholeBytes: SMALL_BYTES, pageBytes: PAGE_BYTES };
    for (let cursor: string | undefined, more = waiting.size > 0; more; more = cursor !== undefined) {
      const page = yield* wait(this.#scope.send("scan", this.#from, { ...how, cursor }));
      for (const { name, data } of page.items) {
        this.#check();
        const walked = waiting.get(name);
        if (walked === undefined || data === undefined) continue;
        waiting.delete(name);
        yield* this.#arrive(walked, mayExist, skipped, made, data);
      }
      ({ cursor } = page);
    }
    for (const walked of waiting.values()) yield* this.#arrive(walked, mayExist, skipped, made);
  }

  *#arrive(walked: Walked, mayExist: boolean, skipped: Set<VPath>, made: Made[], data?: Bytes): Flow<void> {
    const target = transplant(walked.path, this.#from, this.#to);
    if (!(yield* this.#wanted(walked.path, target))) {
      skipped.add(walked.path);
      return;
    }
    if (walked.type === "symlink" && this.#options.dereference === true)
      return yield* this.#copyLinked(walked.path, target, made);
    const stat = walked.stat as Stat;
    if (stat.type === "directory") {
      made.push({ path: target, stat, fresh: yield* this.#makeDirectory(target, stat, false) });
      return;
    }
    const there = mayExist ? yield* statLink(this.#scope, target) : undefined;
    const known = data && { stat, data };
    yield* this.#pool.add(() => run(this.#copyNode(walked.path, target, stat, there, known)));
  }

  /** With `dereference`, a link becomes what it leads to. */
  *#copyLinked(link: VPath, target: VPath, made: Made[]): Flow<void> {
    const real = yield* resolveTree(this.#outside, link, true);
    const stat = yield* wait(this.#scope.send("stat", real, {}));
    if (stat.type !== "directory") {
      const there = yield* statLink(this.#scope, target);
      return yield* this.#pool.add(() => run(this.#copyNode(real, target, stat, there)));
    }
    if (isWithin(link, real))
      throw refuse(this.#scope, "ELOOP", link, target, "the link leads to a directory that it is in");
    made.push({ path: target, stat, fresh: yield* this.#makeDirectory(target, stat, false) });
    yield* copyPath(this.#outside, real, target, this.#options);
  }

  *#wanted(path: VPath, target: VPath): Flow<boolean> {
    const { filter } = this.#options;
    if (filter === undefined) return true;
    const answer = filter(this.#scope.shown(path), this.#scope.shown(target));
    if (isPromiseLike(answer) && this.#scope.ctx.sync)
      throw unsupported("a synchronous cp cannot wait for its filter");
    return yield* wait(answer);
  }

  /** Answers whether it was not there before. */
  *#makeDirectory(target: VPath, source: Stat, fresh: boolean): Flow<boolean> {
    const { mode = 0o755 } = source;
    try {
      yield* wait(this.#scope.send("mkdir", target, { mode: this.#isRoot ? source.mode : mode | OWNERS }));
      return true;
    } catch (reason) {
      if (fresh || !isVfsError(reason, "EEXIST")) throw reason;
      const there = yield* wait(this.#scope.send("stat", target, {}));
      if (there.type !== "directory") throw refuse(this.#scope, "ENOTDIR", this.#from, target);
      return false;
    }
  }

  get #isRoot(): boolean {
    return isRoot(this.#scope.ctx.identity);
  }

  /** Takes away from a directory what its owner needed while it was filled. */
  *#finishMode({ path, stat: { mode }, fresh }: Made): Flow<void> {
    if (this.#isRoot || !fresh || mode === undefined || (mode & OWNERS) === OWNERS) return;
    yield* wait(this.#scope.send("setStat", path, { changes: { mode } }));
  }

  *#copyNode(
    path: VPath,
    target: VPath,
    source: Stat,
    there: Stat | undefined,
    known?: ReadFile,
  ): Flow<void> {
    const { force = true, errorOnExist = false, fresh = false, preserveTimestamps = false } = this.#options;
    if (there?.type === "directory") throw refuse(this.#scope, "EISDIR", path, target);
    try {
      // A link at the destination is replaced, not followed: it may lead anywhere.
      if (force && (there?.type === "symlink" || (there !== undefined && source.type === "symlink")))
        yield* wait(this.#scope.send("remove", target, { kind: "file" }));
      if (source.type === "symlink") yield* this.#copyLink(path, target, source);
      else yield* this.#copyFile(path, target, source, !force || fresh, known);
    } catch (reason) {
      if (force || fresh || errorOnExist || !isVfsError(reason, "EEXIST")) throw reason;
      return;
    }
    if (preserveTimestamps) yield* keepTimes(this.#scope, target, source);
  }

  *#copyLink(path: VPath, target: VPath, source: Stat): Flow<void> {
    const text = yield* wait(this.#scope.send("readlink", path, {}));
    yield* wait(this.#scope.send("symlink", target, { target: text }));
    yield* wait(this.#report(source.size));
  }

  *#copyFile(
    path: VPath,
    target: VPath,
    source: Stat,
    exclusive: boolean,
    known: ReadFile | undefined,
  ): Flow<void> {
    const { preserveTimestamps } = this.#options;
    const { table } = this.#scope.door;
    const ifNoneMatch = exclusive ? "*" : undefined;
    const how: CopyOptions = { preserveTimestamps, ifNoneMatch };
    if (table.find(path) !== table.find(target))
      return yield* copyAcross(this.#scope, path, target, how, (count) => this.#report(count), known);
    yield* wait(this.#scope.send("copy", path, how, target));
    yield* wait(this.#report(source.size));
  }

  #report(bytes: number): Awaitable<void> {
    const { onProgress } = this.#options;
    if (onProgress === undefined) return undefined;
    this.#doneBytes += bytes;
    const told = onProgress(this.#doneBytes, this.#totalBytes);
    if (isPromiseLike(told) && this.#scope.ctx.sync)
      throw unsupported("a synchronous call cannot wait for onProgress");
    return told;
  }
}

/** Gives a copy the times of its original, where the store can. */
function* keepTimes(scope: Scope, path: VPath, { atimeMs, mtimeMs }: Stat): Flow<void> {
  if (scope.door.capabilities(path).times === "none") return;
  yield* wait(scope.send("setStat", path, { changes: { atimeMs: atimeMs ?? mtimeMs, mtimeMs } }));
}

/** What lies at `path` itself, if anything. */
export function* statLink(scope: Scope, path: VPath): Flow<Stat | undefined> {
  try {
    return yield* wait(scope.send("stat", path, {}));
  } catch (reason) {
    if (isVfsError(reason, "ENOENT")) return undefined;
    throw reason;
  }
}

function refuse(scope: Scope, code: ErrorCode, path: VPath, to: VPath, hint?: string): VfsError {
  return new VfsError(code, { syscall: "cp", path: scope.shown(path), dest: scope.shown(to), hint });
}
