import { attempt, chain, type Awaitable } from "../awaitable.ts";
import { Breather } from "../breather.ts";
import { isVfsError, type VfsError } from "../error.ts";
import { emit, wait, type Emitter, type Flow } from "../flow.ts";
import { joinPath, nameOf, parentOf, stripPrefix, type VPath } from "../path.ts";
import type { FindQuery } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { Entry, FileType, Page, Stat } from "../stat.ts";

/** Something that a walk came by. */
export interface Walked {
  /** From the root of everything. */
  readonly path: VPath;
  readonly name: string;
  readonly type: FileType;
  readonly stat: Stat | undefined;
  /** 1 for what lies in the directory itself. */
  readonly depth: number;
}

export interface WalkOptions {
  readonly maxDepth?: number | undefined;
  /** Put a stat into everything. */
  readonly stat?: boolean | undefined;
  /** Whether to go into a directory. */
  readonly enter?: ((directory: Walked) => boolean) | undefined;
  /** What does not fit may be left out. */
  readonly query?: FindQuery | undefined;
  /** What a stat is put into, everything unless told. */
  readonly needs?: ((walked: Walked) => boolean) | undefined;
  /** Is told of what cannot be read, and the walk goes on; without it such a failure ends the walk. */
  readonly onError?: ((error: VfsError) => void) | undefined;
}

/**
 * Everything below a directory, each directory before what is in it. Links are not followed: one that is put on the way
 * meanwhile ends it with `EBUSY`. What goes away meanwhile is passed over.
 *
 * @param root As `resolveTree` gives it, so that no link on the way hides whose tree it is.
 */
export function* walk(caller: Scope, root: VPath, options: WalkOptions = {}): Emitter<Walked> {
  const { maxDepth = Infinity } = options;
  const scope = caller.onRealPaths();
  if (maxDepth >= 1) yield* deep(scope, root, options, maxDepth);
}

/** An operation on a whole tree that a store may do by itself. */
type WholeTree = "find" | "scan" | "listRecursive";

/** Whether the store may answer for the whole tree, because nothing in it is anybody else's to decide. */
export function asWhole(scope: Scope, root: VPath, ability: WholeTree): boolean {
  const { door } = scope;
  const mount = door.table.find(root);
  if (!mount.caps[ability] || !door.capabilities(root)[ability] || !door.isOneTree(root, scope.ctx))
    return false;
  if (ability === "listRecursive") return true;
  // What handles have written into files that only core has open is not in the store yet.
  return mount.store.emulated.size === 0 && !mount.layers.some(({ slot }) => slot === "transform");
}

/** Whether the first thing that a walk does is to ask the store for all of it at once. */
export function isAskedAsWhole(scope: Scope, root: VPath, options: WalkOptions): boolean {
  const { maxDepth = Infinity } = options;
  return maxDepth >= 1 && wholeTree(scope, root, options, maxDepth) !== undefined;
}

/** How the store is asked for all below a directory at once; undefined where it cannot be. */
function wholeTree(
  scope: Scope,
  root: VPath,
  { stat = false, enter, query }: WalkOptions,
  maxDepth: number,
): ((cursor: string | undefined) => Awaitable<Page<Entry>>) | undefined {
  if (enter !== undefined) return undefined;
  if (query !== undefined && asWhole(scope, root, "find")) {
    const depth = maxDepth === Infinity ? undefined : maxDepth;
    return (cursor) => scope.send("find", root, { ...query, maxDepth: depth, stat, cursor, limit: PAGE });
  }
  if (maxDepth < Infinity || !asWhole(scope, root, "listRecursive")) return undefined;
  const args = { recursive: true, stat: wantsStat(scope, root, stat), limit: PAGE };
  return (cursor) => scope.send("list", root, { ...args, cursor });
}

// Large enough that the cost of a call vanishes, small enough that a page is no burden.
const PAGE = 4096;

function* deep(scope: Scope, root: VPath, options: WalkOptions, maxDepth: number): Emitter<Walked> {
  const { stat = false, enter, onError } = options;
  const breather = new Breather(scope.ctx);
  const open: { path: VPath; depth: number }[] = [{ path: root, depth: 0 }];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const { path, depth } = directory;
    const below: typeof open = [];
    let whole = wholeTree(scope, path, options, maxDepth - depth);
    for (let cursor: string | undefined, more = true; more;) {
      const args = { cursor, stat: wantsStat(scope, path, stat) };
      const ask = whole ?? ((): Awaitable<Page<Entry>> => scope.send("list", path, args));
      let page: Page<Entry>;
      try {
        page = yield* listBelow(() => ask(cursor), depth);
      } catch (reason) {
        // Where the store fails as a whole, each directory by itself tells which one it was.
        const retries = whole !== undefined && cursor === undefined;
        if (onError === undefined || !isVfsError(reason) || (depth === 0 && !retries)) throw reason;
        if (!retries) {
          onError(reason);
          break;
        }
        whole = undefined;
        continue;
      }
      const atOnce = stat ? STATS_AT_ONCE : Math.max(1, page.items.length);
      for (let at = 0; at < page.items.length; at += atOnce) {
        const arrived = page.items.slice(at, at + atOnce).map((entry) => arrive(path, entry, depth));
        for (const walked of stat ? yield* withStats(scope, arrived, options) : arrived) {
          yield emit(walked);
          const enters = whole === undefined && walked.type === "directory" && depth + 1 < maxDepth;
          if (enters && (enter?.(walked) ?? true)) below.push({ path: walked.path, depth: depth + 1 });
          yield* wait(breather.pause());
        }
      }
      ({ cursor } = page);
      more = cursor !== undefined;
    }
    // In reverse, so that the first directory is gone into first.
    for (const next of below.toReversed()) open.push(next);
  }
}

export function wantsStat(scope: Scope, path: VPath, stat: boolean): boolean {
  return stat && scope.door.table.find(path).caps.listStat;
}

/** `depth` is that of the directory. */
function arrive(directory: VPath, entry: Entry, depth: number): Walked {
  const path = joinPath(directory, entry.name);
  return {
    path,
    name: nameOf(path),
    type: entry.type,
    stat: entry.stat,
    depth: depth + levelsOf(entry.name),
  };
}

function levelsOf(name: string): number {
  let levels = 1;
  for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) levels++;
  return levels;
}

// How many stats are asked for at once where they must be waited for.
const STATS_AT_ONCE = 16;

/** The same entries with stats, without those that have gone. */
function* withStats(
  scope: Scope,
  entries: readonly Walked[],
  { needs, onError }: WalkOptions,
): Flow<Walked[]> {
  let failure: { readonly reason: unknown } | undefined;
  const looked = entries.map((walked) => {
    if (walked.stat !== undefined || needs?.(walked) === false) return walked;
    return attempt<Walked | undefined>(
      () => chain(scope.send("stat", walked.path, {}), (stat) => ({ ...walked, stat, type: stat.type })),
      (reason) => {
        if (isVfsError(reason, "ENOENT", "ENOTDIR")) return undefined;
        if (onError !== undefined && isVfsError(reason)) onError(reason);
        // The first is told when all are done: none goes on behind it.
        else failure ??= { reason };
        return undefined;
      },
    );
  });
  const found: Walked[] = [];
  for (const one of looked) {
    const walked = yield* wait(one);
    if (walked !== undefined) found.push(walked);
  }
  if (failure !== undefined) throw failure.reason;
  return found;
}

/** One listing of a walk. What goes away meanwhile, below where it began, is passed over. */
export function* listBelow(list: () => Awaitable<Page<Entry>>, depth: number): Flow<Page<Entry>> {
  try {
    return yield* wait(list());
  } catch (reason) {
    if (depth > 0 && isVfsError(reason, "ENOENT", "ENOTDIR")) return { items: [] };
    throw reason;
  }
}

/**
 * The path of a tree without links on it. What may be decided file by file must be asked about under the names that
 * the files really have, before an operation on the whole tree is sent.
 *
 * @param followLast Whether a link at the end stands for where it leads, or for itself.
 */
export function* resolveTree(scope: Scope, path: VPath, followLast: boolean): Flow<VPath> {
  const { door, ctx } = scope;
  if (!door.table.find(path).caps.symlinks || path === ctx.root) return path;
  if (followLast) return yield* wait(door.realpath(path, ctx));
  return joinPath(yield* wait(door.realpath(parentOf(path), ctx)), nameOf(path));
}

/** All entries of one directory. */
export function* listAll(scope: Scope, path: VPath, stat: boolean): Flow<readonly Entry[]> {
  const first = yield* wait(scope.send("list", path, { stat: wantsStat(scope, path, stat) }));
  if (first.cursor === undefined) return first.items;
  const all = [...first.items];
  for (let cursor: string | undefined = first.cursor; cursor !== undefined;) {
    const page: Page<Entry> = yield* wait(
      scope.send("list", path, { cursor, stat: wantsStat(scope, path, stat) }),
    );
    for (const entry of page.items) all.push(entry);
    ({ cursor } = page);
  }
  return all;
}

/** The same path below another directory. */
export function transplant(path: VPath, from: VPath, to: VPath): VPath {
  return path === from ? to : joinPath(to, stripPrefix(path, from).slice(1));
}
