import { isPromiseLike, type Awaitable } from "../awaitable.ts";
import type { Bytes } from "../bytes.ts";
import { Call } from "../call.ts";
import { unsupported, type VfsError } from "../error.ts";
import { Pull, run, wait, type Flow } from "../flow.ts";
import type { CpOptions } from "../options.ts";
import { isBelow, isWithin, parentOf, stripPrefix, type VPath } from "../path.ts";
import { Pool } from "../pool.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { liesBelow, sameFile, SMALL_BYTES } from "./copy-file.ts";
import { Batch, takesMany } from "./copy-many.ts";
import { keepTimes, NodeCopier, refuse, statLink, type CopyTreeOptions } from "./copy-node.ts";
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
  const looked = yield* wait(
    scope.door.track(new Call("stat", path, undefined, { follow: dereference }, scope.ctx)),
  );
  const { result: source, path: from } = looked;
  const there = yield* wait(scope.door.look(to, scope.ctx));
  const { stat: target } = there;
  if (source.type === "directory") {
    if (!recursive) throw refuse(scope, "EISDIR", path, to, "use recursive to copy a directory");
    if (isBelow(to, from)) throw intoItself(scope, path, to);
  }
  const destination = there.path;
  if (isSame(scope, from, source, destination, target))
    throw refuse(scope, "EINVAL", from, to, "source and destination are the same");
  if (source.type === "directory") {
    if (liesBelow(scope.door, destination, from)) throw intoItself(scope, path, to);
    if (target !== undefined && target.type !== "directory") throw refuse(scope, "ENOTDIR", path, to);
  }
  const parents = target === undefined ? relativeTo(scope, parentOf(to)) : undefined;
  yield* copyTree(scope, from, destination, source, target, { ...options, parents });
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

/** A directory that was copied, with what it is like. */
interface Made {
  readonly path: VPath;
  readonly stat: Stat;
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
  readonly #pool: Pool = new Pool(SIDE_BY_SIDE);
  readonly #nodes: NodeCopier;
  /** Where all that is small goes, if the store takes many things at once. */
  #batch: Batch | undefined;

  constructor(scope: Scope, from: VPath, to: VPath, options: CopyTreeOptions, check: () => void) {
    this.#scope = scope.onRealPaths();
    this.#outside = scope;
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#check = check;
    this.#nodes = new NodeCopier(this.#scope, options);
  }

  *run(source: Stat, target: Stat | undefined): Flow<void> {
    const { fresh = false, onProgress } = this.#options;
    if (!(yield* this.#wanted(this.#from, this.#to))) return;
    if (source.type !== "directory") this.#nodes.totalBytes = source.size;
    else if (onProgress !== undefined && !this.#readsMany())
      // What cannot be read the copy itself comes by.
      this.#nodes.totalBytes = (yield* measure(this.#scope, this.#from, () => undefined)).bytes;
    this.#batch = source.type === "directory" ? this.#newBatch() : undefined;
    if (this.#batch === undefined) yield* this.#makeAbove();
    if (source.type !== "directory") return yield* this.#nodes.copy(this.#from, this.#to, source, target);
    if (target === undefined && this.#wholeTree()) return yield* this.#copyWhole();
    try {
      if (this.#batch === undefined) yield* this.#nodes.makeDirectory(this.#from, this.#to, source, fresh);
      else if (target === undefined)
        yield* this.#batch.add({ path: this.#from, target: this.#to, stat: source });
      yield* this.#copyBelow(source, target !== undefined);
    } finally {
      yield* this.#pool.settle();
    }
  }

  #newBatch(): Batch | undefined {
    const { force = true, fresh = false, preserveTimestamps = false } = this.#options;
    if (!this.#isElsewhere || !force || fresh || !takesMany(this.#scope, this.#to)) return undefined;
    return new Batch({
      scope: this.#scope,
      to: this.#to,
      keepsTimes: preserveTimestamps,
      pool: this.#pool,
      nodes: this.#nodes,
      check: this.#check,
      makeAbove: () => this.#makeAbove(),
    });
  }

  get #isElsewhere(): boolean {
    const { table } = this.#scope.door;
    return table.find(this.#from) !== table.find(this.#to);
  }

  /** As Node's, it makes the directories that the destination needs. */
  *#makeAbove(): Flow<void> {
    const { parents } = this.#options;
    // A mount point is there.
    if (parents === undefined || parentOf(this.#to) === this.#scope.door.table.find(this.#to).path) return;
    yield* wait(mkdir(this.#outside, parents, { recursive: true }));
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
    const made: Made[] = [{ path: this.#to, stat: root }];
    const { filter } = this.#options;
    const enter = filter && (({ path }: Walked): boolean => !skipped.has(path));
    const waiting = this.#readsMany() ? new Map<string, Walked>() : undefined;
    const found = new Pull(walk(this.#scope, this.#from, { stat: true, enter }));
    for (let walked = yield* found.next(); walked !== undefined; walked = yield* found.next()) {
      this.#check();
      if (waiting !== undefined && walked.type !== "directory")
        waiting.set(stripPrefix(walked.path, this.#from).slice(1), walked);
      else yield* this.#arrive(walked, mayExist, skipped, made);
    }
    if (waiting !== undefined) {
      this.#nodes.totalBytes ??= [...waiting.values()].reduce((sum, { stat }) => sum + (stat?.size ?? 0), 0);
      yield* this.#copyMany(waiting, mayExist, skipped, made);
    }
    if (this.#batch !== undefined) yield* this.#batch.end();
    yield* this.#pool.drain();
    // Last, because everything that is put into a directory changes its time.
    if (this.#options.preserveTimestamps)
      for (const { path, stat } of made.toReversed()) yield* keepTimes(this.#scope, path, stat);
    yield* this.#nodes.finishModes();
  }

  /** Whether the source gives many files with their content at once, at less than reading each would cost. */
  #readsMany(): boolean {
    const { filter, dereference = false } = this.#options;
    return (
      this.#isElsewhere && filter === undefined && !dereference && asWhole(this.#scope, this.#from, "scan")
    );
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
    if (stat.type === "directory") made.push({ path: target, stat });
    if (this.#batch !== undefined) return yield* this.#batch.add({ path: walked.path, target, stat, data });
    if (stat.type === "directory") return yield* this.#nodes.makeDirectory(walked.path, target, stat, false);
    const there = mayExist ? yield* statLink(this.#scope, target) : undefined;
    const known = data && { stat, data };
    yield* this.#pool.add(() => run(this.#nodes.copy(walked.path, target, stat, there, known)));
  }

  /** With `dereference`, a link becomes what it leads to. */
  *#copyLinked(link: VPath, target: VPath, made: Made[]): Flow<void> {
    const real = yield* resolveTree(this.#outside, link, true);
    const stat = yield* wait(this.#scope.send("stat", real, {}));
    if (stat.type !== "directory") {
      if (this.#batch !== undefined) return yield* this.#batch.add({ path: real, target, stat });
      const there = yield* statLink(this.#scope, target);
      return yield* this.#pool.add(() => run(this.#nodes.copy(real, target, stat, there)));
    }
    if (isWithin(link, real))
      throw refuse(this.#scope, "ELOOP", link, target, "the link leads to a directory that it is in");
    if (this.#batch !== undefined) yield* this.#batch.send();
    made.push({ path: target, stat });
    yield* this.#nodes.makeDirectory(link, target, stat, false);
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
}
