import { Breather } from "../breather.ts";
import { isVfsError } from "../error.ts";
import { emit, wait, type Emitter, type Flow } from "../flow.ts";
import { joinPath, nameOf, parentOf, stripPrefix, type VPath } from "../path.ts";
import type { ListOptions } from "../provider.ts";
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
}

/**
 * Everything below a directory, each directory before what is in it. Links are not followed: one that is put on the way
 * meanwhile ends it with `EBUSY`. What goes away meanwhile is passed over.
 *
 * @param root As `resolveTree` gives it, so that no link on the way hides whose tree it is.
 */
export function* walk(caller: Scope, root: VPath, options: WalkOptions = {}): Emitter<Walked> {
  const { maxDepth = Infinity, enter } = options;
  const scope = caller.onRealPaths();
  if (maxDepth < 1) return;
  if (maxDepth === Infinity && enter === undefined && inOneListing(scope, root))
    yield* flat(scope, root, options);
  else yield* deep(scope, root, options, maxDepth);
}

/** Whether the store may answer for the whole tree, because nothing in it is anybody else's to decide. */
export function inOneListing(scope: Scope, root: VPath): boolean {
  return scope.door.table.find(root).caps.listRecursive && scope.door.isOneTree(root, scope.ctx);
}

function* flat(scope: Scope, root: VPath, { stat = false }: WalkOptions): Emitter<Walked> {
  const breather = new Breather(scope.ctx);
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = yield* wait(
      scope.send("list", root, { recursive: true, cursor, stat: wantsStat(scope, root, stat), limit: PAGE }),
    );
    for (const entry of page.items) {
      const walked = arrive(root, entry, entry.name.split("/").length);
      const found = stat ? yield* withStat(scope, walked) : walked;
      if (found !== undefined) yield emit(found);
      yield* wait(breather.pause());
    }
    cursor = page.cursor;
  }
}

// Large enough that the cost of a call vanishes, small enough that a page is no burden.
const PAGE = 4096;

function* deep(
  scope: Scope,
  root: VPath,
  { stat = false, enter }: WalkOptions,
  maxDepth: number,
): Emitter<Walked> {
  const breather = new Breather(scope.ctx);
  const open: { path: VPath; depth: number }[] = [{ path: root, depth: 0 }];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const { path, depth } = directory;
    const below: typeof open = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const args = { cursor, stat: wantsStat(scope, path, stat) };
      const page = yield* listBelow(scope, path, args, depth);
      for (const entry of page.items) {
        const arrived = arrive(path, entry, depth + 1);
        const walked = stat ? yield* withStat(scope, arrived) : arrived;
        if (walked === undefined) continue;
        yield emit(walked);
        if (walked.type === "directory" && depth + 1 < maxDepth && (enter?.(walked) ?? true))
          below.push({ path: walked.path, depth: depth + 1 });
        yield* wait(breather.pause());
      }
      cursor = page.cursor;
    }
    // In reverse, so that the first directory is gone into first.
    for (const next of below.toReversed()) open.push(next);
  }
}

export function wantsStat(scope: Scope, path: VPath, stat: boolean): boolean {
  return stat && scope.door.table.find(path).caps.listStat;
}

function arrive(directory: VPath, entry: Entry, depth: number): Walked {
  const path = joinPath(directory, entry.name);
  return { path, name: nameOf(path), type: entry.type, stat: entry.stat, depth };
}

function* withStat(scope: Scope, walked: Walked): Flow<Walked | undefined> {
  if (walked.stat !== undefined) return walked;
  try {
    const stat = yield* wait(scope.send("stat", walked.path, {}));
    return { ...walked, stat, type: stat.type };
  } catch (reason) {
    if (isVfsError(reason, "ENOENT", "ENOTDIR")) return undefined;
    throw reason;
  }
}

function* listBelow(scope: Scope, path: VPath, args: ListOptions, depth: number): Flow<Page<Entry>> {
  try {
    return yield* wait(scope.send("list", path, args));
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
