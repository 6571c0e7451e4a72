import { isInSight, type Sight, type StoreChange } from "../changes.ts";
import { isVfsError, VfsError } from "../error.ts";
import { run, type Flow } from "../flow.ts";
import type { Mount } from "../mount.ts";
import { isBelow, joinPath, nameOf, parentOf, type VPath } from "../path.ts";
import type { WatchReport } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { Difference, parentSeen } from "./difference.ts";
import { seen, Snapshot, type Seen } from "./snapshot.ts";

/** How a tracker comes to look. */
export interface TrackerOptions extends Sight {
  /** Look at everything again after so many milliseconds; never, unless told. */
  readonly intervalMs: number | undefined;
  readonly persistent: boolean;
}

// A look at everything takes at most a fifth of the time.
const REST = 4;

// So many places to look at wait at the most; then it is looked everywhere.
const MOST_HINTS = 10_000;

/**
 * Finds out what happens in a tree by looking: remembers what it saw, looks again where something may have changed, or
 * everywhere once in a while, and tells the difference. It sees what its caller may see, and nothing else.
 */
export class Tracker implements WatchReport {
  readonly #options: TrackerOptions;
  readonly #report: WatchReport;
  readonly #snapshot: Snapshot;
  readonly #depth: number;
  #top: Seen | undefined;
  /** Where to look; for each path whether something is sure to have changed. */
  #hints: StoreChange[] = [];
  #lookEverywhere = false;
  #working = true;
  #stopped = false;
  #timer: unknown;
  #failure: { readonly reason: unknown } | undefined;

  constructor(scope: Scope, mount: Mount, options: TrackerOptions, report: WatchReport) {
    this.#options = options;
    this.#report = report;
    this.#snapshot = new Snapshot(scope, mount);
    this.#depth = options.recursive ? Infinity : 1;
  }

  /**
   * Looks for the first time. What is hinted at meanwhile is looked at then.
   *
   * @throws VfsError `ENOENT` when there is nothing.
   */
  *begin(): Flow<void> {
    this.#top = yield* this.#snapshot.at(this.#options.base, this.#depth);
    if (this.#top === undefined) throw new VfsError("ENOENT");
    this.#working = false;
    if (this.#hints.length > 0 || this.#lookEverywhere) this.#work();
    else this.#rest(0);
  }

  /** Something may have changed there. */
  changes(changes: readonly StoreChange[]): void {
    for (const change of changes) this.#hints.push(change);
    if (this.#hints.length > MOST_HINTS) {
      this.#hints = [];
      this.#lookEverywhere = true;
      this.#report.lost();
    }
    this.#work();
  }

  /** Something may have changed anywhere. */
  lost(): void {
    this.#lookEverywhere = true;
    this.#work();
  }

  /** Nothing more is hinted at: looks a last time, and tells why. */
  failed(reason: unknown): void {
    this.#failure = { reason };
    this.lost();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer as number);
  }

  #work(): void {
    if (this.#working || this.#stopped) return;
    this.#working = true;
    clearTimeout(this.#timer as number);
    void this.#look();
  }

  /** Looks until there is nothing more to look at. */
  async #look(): Promise<void> {
    let tookMs = 0;
    try {
      // What comes in one turn is looked at together: both sides of a move, and many writes once.
      await Promise.resolve();
      while (!this.#stopped && (this.#lookEverywhere || this.#hints.length > 0)) {
        const difference = new Difference();
        const began = performance.now();
        const isWhole = this.#lookEverywhere;
        const hints = this.#hints.splice(0);
        await run(isWhole ? this.#everywhere(hints, difference) : this.#where(hints, difference));
        tookMs = performance.now() - began;
        const found = difference.toChanges();
        if (isWhole) this.#hints.unshift(...unanswered(hints, found));
        if (found.length > 0 && !this.#stopped) this.#report.changes(found);
      }
    } catch (reason) {
      if (!isVfsError(reason) || !reason.retryable) return this.#report.failed(reason);
      this.#lookEverywhere = true;
    } finally {
      this.#working = false;
    }
    if (this.#failure !== undefined) this.#report.failed(this.#failure.reason);
    else this.#rest(tookMs);
  }

  #rest(tookMs: number): void {
    const { intervalMs, persistent } = this.#options;
    if (this.#stopped || (intervalMs === undefined && !this.#lookEverywhere)) return;
    clearTimeout(this.#timer as number);
    const timer: unknown = setTimeout(() => this.lost(), Math.max(intervalMs ?? 1000, tookMs * REST));
    this.#timer = timer;
    if (!persistent) (timer as { unref?: () => void }).unref?.();
  }

  *#everywhere(hints: readonly StoreChange[], difference: Difference): Flow<void> {
    this.#lookEverywhere = false;
    for (const hint of hints) this.#note(hint, difference);
    const { base } = this.#options;
    const stat = yield* this.#snapshot.stat(base);
    const before = this.#top;
    if (stat === undefined || before === undefined || before.type !== stat.type)
      return yield* this.#topIs(stat, difference);
    this.#top = yield* this.#compare(base, before, stat, this.#depth, difference);
  }

  /** The watched path itself came, went, or became something else. */
  *#topIs(stat: Stat | undefined, difference: Difference): Flow<void> {
    const { base } = this.#options;
    const before = this.#top;
    this.#top = stat === undefined ? undefined : yield* this.#snapshot.whole(base, stat, this.#depth);
    if (this.#top !== undefined) difference.come(base, this.#top, before);
    else if (before !== undefined) difference.gone(base, before);
  }

  /** Compares what is at a path, and everything in it, with what was there. */
  *#compare(path: VPath, before: Seen, stat: Stat, depth: number, difference: Difference): Flow<Seen> {
    const after = seen(stat);
    if (after.stamp !== before.stamp) difference.changed(path, after);
    if (before.children === undefined || depth === 0) return after;
    const children = new Map<string, Seen>();
    for (const [name, child] of yield* this.#snapshot.list(path)) {
      const at = joinPath(path, name);
      const known = before.children.get(name);
      if (known !== undefined && isSame(known, seen(child)))
        children.set(name, yield* this.#compare(at, known, child, depth - 1, difference));
      else {
        const found = yield* this.#snapshot.whole(at, child, depth - 1);
        difference.come(at, found, known);
        children.set(name, found);
      }
    }
    for (const [name, known] of before.children)
      if (!children.has(name)) difference.gone(joinPath(path, name), known);
    return { ...after, children };
  }

  *#where(hints: readonly StoreChange[], difference: Difference): Flow<void> {
    const sure = new Map<VPath, boolean>();
    const look = (path: VPath, isSure: boolean): void => {
      if (isInSight(path, this.#options)) sure.set(path, isSure || sure.get(path) === true);
      // With a directory above it the whole may have come or gone.
      else if (isBelow(this.#options.base, path)) look(this.#options.base, false);
    };
    for (const hint of hints) {
      this.#note(hint, difference);
      if (hint.oldPath !== undefined) look(hint.oldPath, false);
      look(hint.path, hint.kind === "changed" || hint.kind === "renamed");
    }
    for (const [path, isSure] of sure) yield* this.#at(path, isSure, difference);
  }

  #note({ path, oldPath }: StoreChange, difference: Difference): void {
    if (oldPath !== undefined) difference.moved(oldPath, path);
  }

  /** Looks at one path. */
  *#at(path: VPath, isSure: boolean, difference: Difference): Flow<void> {
    const { base } = this.#options;
    if (path === base) return yield* this.#atTop(isSure, difference);
    if (this.#top === undefined) return;
    const siblings = parentSeen(this.#top, base, path);
    // Its directory is not known yet: that is what has come.
    if (siblings === undefined) return yield* this.#at(parentOf(path), false, difference);
    const name = nameOf(path);
    const known = siblings.get(name);
    const stat = yield* this.#snapshot.stat(path);
    if (stat === undefined) {
      if (known !== undefined) difference.gone(path, known);
      siblings.delete(name);
    } else if (known !== undefined && isSame(known, seen(stat))) {
      siblings.set(name, yield* this.#stillThere(path, known, stat, isSure, difference));
    } else {
      const depth = this.#options.recursive ? Infinity : 0;
      const found = yield* this.#snapshot.whole(path, stat, depth);
      difference.come(path, found, known);
      siblings.set(name, found);
    }
  }

  *#atTop(isSure: boolean, difference: Difference): Flow<void> {
    const before = this.#top;
    const stat = yield* this.#snapshot.stat(this.#options.base);
    const same = stat !== undefined && before !== undefined && isSame(before, seen(stat));
    if (!same) return yield* this.#topIs(stat, difference);
    this.#top = yield* this.#stillThere(this.#options.base, before, stat, isSure, difference);
  }

  /** The same file is still there: whether it has changed since the last look. */
  *#stillThere(path: VPath, known: Seen, stat: Stat, isSure: boolean, difference: Difference): Flow<Seen> {
    // Where files have no identity, it may be another directory of the same name.
    if (known.children !== undefined && known.identity === undefined)
      return yield* this.#compare(path, known, stat, this.#depth, difference);
    const now = { ...seen(stat), children: known.children };
    // Clocks are coarse: a file may be written twice and look the same.
    const sure = isSure && stat.type !== "directory";
    if (sure || now.stamp !== known.stamp) difference.changed(path, now);
    return now;
  }
}

/** What was hinted at and a look at everything has not found to be different: a file may change and look the same. */
function unanswered(hints: readonly StoreChange[], found: readonly StoreChange[]): StoreChange[] {
  const told = new Set(found.map(({ path }) => path));
  return hints.filter(({ path }) => !told.has(path));
}

/** Whether two looks have found one file, as far as the store can tell. */
function isSame(before: Seen, after: Seen): boolean {
  return before.type === after.type && before.identity === after.identity;
}
