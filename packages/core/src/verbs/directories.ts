import { chain, type Awaitable } from "../awaitable.ts";
import { Dirent } from "../dirent.ts";
import { isVfsError, VfsError } from "../error.ts";
import { collectAll, emit, run, wait, type Emitter, type Flow } from "../flow.ts";
import type { MkdirVerbOptions, OpendirOptions, ReaddirOptions } from "../options.ts";
import { joinPath, parentOf, ROOT, type VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import type { Entry, FileType, Stat } from "../stat.ts";
import { Stats } from "../stats.ts";
import { unseen } from "./begin-walk.ts";
import { entriesBelow, namesBelow } from "./read-tree.ts";
import { asWhole, listAll, resolveTree, transplant, walk, wantsStat, type Walked } from "./walk.ts";

const DEFAULT_DIRECTORY_MODE = 0o777;

export function readdir(
  scope: Scope,
  path: string,
  options?: ReaddirOptions | null,
): Awaitable<string[] | Dirent[]> {
  const { withFileTypes = false, recursive = false, stat = false, signal } = options ?? {};
  const inner = scope.until(signal);
  const directory = scope.path(path);
  if (recursive) return run(readTree(inner, directory, withFileTypes, stat));
  if (!withFileTypes) return chain(run(listAll(inner, directory, false)), namesOnly);
  const shown = scope.shown(directory);
  return chain(run(listWithStats(inner, directory, stat)), (entries) =>
    entries.map((entry) => toDirent(scope, directory, entry, shown)),
  );
}

function namesOnly(entries: readonly Entry[]): string[] {
  return entries.map(({ name }) => name);
}

function toDirent(scope: Scope, directory: VPath, { name, type, stat }: Entry, shownParent: string): Dirent {
  const stats = stat === undefined ? undefined : statsOf(scope, joinPath(directory, name), stat);
  return new Dirent(name, shownParent, type, stats);
}

function statsOf(scope: Scope, path: VPath, stat: Stat): Stats {
  return new Stats(stat, scope.door.table.find(path).store.device);
}

function* listWithStats(scope: Scope, directory: VPath, stat: boolean): Flow<readonly Entry[]> {
  const entries = yield* listAll(scope, directory, stat);
  return stat ? yield* fillStats(scope, directory, entries) : entries;
}

/** Looks up the stats that a listing did not bring along. What is gone by then is left out. */
function* fillStats(scope: Scope, directory: VPath, entries: readonly Entry[]): Flow<readonly Entry[]> {
  if (entries.every((entry) => entry.stat !== undefined)) return entries;
  const full: Entry[] = [];
  for (const entry of entries) {
    try {
      const stat = entry.stat ?? (yield* wait(scope.send("stat", joinPath(directory, entry.name), {})));
      full.push({ name: entry.name, type: stat.type, stat });
    } catch (reason) {
      if (!isVfsError(reason, "ENOENT")) throw reason;
    }
  }
  return full;
}

function* readTree(
  scope: Scope,
  directory: VPath,
  withFileTypes: boolean,
  stat: boolean,
): Flow<string[] | Dirent[]> {
  if (asWhole(scope, directory, "listRecursive")) {
    let all: string[] | Dirent[] = [];
    const isRead = yield* unseen(scope, directory, "stat", function* () {
      all = yield* readRealTree(scope, directory, directory, withFileTypes, stat);
    });
    if (isRead) return all;
  }
  const real = yield* resolveTree(scope, directory, true);
  return yield* readRealTree(scope, real, directory, withFileTypes, stat);
}

function* readRealTree(
  scope: Scope,
  real: VPath,
  asked: VPath,
  withFileTypes: boolean,
  stat: boolean,
): Flow<string[] | Dirent[]> {
  if (!withFileTypes) return yield* namesBelow(scope, real);
  if (!stat) return yield* entriesBelow(scope, real, asked);
  const found = yield* collectAll(walk(scope, real, { stat }));
  return found.map((walked) => shownDirent(scope, walked, real, asked));
}

/** What a walk came by, under the name by which the caller knows the walked directory. */
export function shownDirent(
  scope: Scope,
  { path, name, type, stat }: Walked,
  real: VPath,
  root: VPath,
): Dirent {
  const parent = scope.shown(transplant(parentOf(path), real, root));
  return new Dirent(name, parent, type, stat === undefined ? undefined : statsOf(scope, path, stat));
}

// How many entries of a large directory are held at a time.
const DIRECTORY_PAGE = 1024;

export function* opendir(scope: Scope, path: string, options: OpendirOptions = {}): Emitter<Dirent> {
  const { stat = false, signal } = options;
  const inner = scope.until(signal);
  const directory = scope.path(path);
  const shown = scope.shown(directory);
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = yield* wait(
      inner.send("list", directory, {
        cursor,
        limit: DIRECTORY_PAGE,
        stat: wantsStat(inner, directory, stat),
      }),
    );
    const entries = stat ? yield* fillStats(inner, directory, page.items) : page.items;
    for (const entry of entries) yield emit(toDirent(inner, directory, entry, shown));
    ({ cursor } = page);
  }
}

export function ls(scope: Scope, path = "."): Awaitable<Dirent[]> {
  return chain(readdir(scope, path, { withFileTypes: true, stat: true }), (entries) =>
    (entries as Dirent[]).sort(byName),
  );
}

/** Code unit order: the same on every machine. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

export function mkdir(
  scope: Scope,
  path: string,
  options?: number | MkdirVerbOptions | null,
): Awaitable<string | undefined> {
  const { recursive = false, mode = DEFAULT_DIRECTORY_MODE } =
    typeof options === "number" ? { mode: options } : (options ?? {});
  const directory = scope.path(path);
  // As mkdir(2): set-id bits are for chmod.
  const granted = mode & 0o1777 & ~scope.ctx.umask;
  if (!recursive) return chain(scope.send("mkdir", directory, { mode: granted }), () => undefined);
  return run(makeAll(scope, directory, granted));
}

function* makeAll(scope: Scope, directory: VPath, mode: number): Flow<string | undefined> {
  const missing: VPath[] = [];
  let first: VPath | undefined;
  // From below: the usual case is that only the last one is missing.
  for (let at = directory; at !== ROOT && at !== scope.ctx.root; at = parentOf(at)) {
    const outcome = yield* makeOne(scope, at, mode, at === directory);
    if (outcome === "made") first = at;
    if (outcome !== "no parent") break;
    missing.push(at);
  }
  for (const at of missing.toReversed()) {
    const outcome = yield* makeOne(scope, at, mode, at === directory);
    // Somebody took the parent away meanwhile; or the root of a view is not there.
    if (outcome === "no parent") throw new VfsError("ENOENT", { syscall: "mkdir", path: scope.shown(at) });
    if (outcome === "made") first ??= at;
  }
  return first === undefined ? undefined : scope.shown(first);
}

function* makeOne(
  scope: Scope,
  directory: VPath,
  mode: number,
  isLast: boolean,
): Flow<"made" | "there" | "no parent"> {
  try {
    yield* wait(scope.send("mkdir", directory, { mode }));
    return "made";
  } catch (reason) {
    if (isVfsError(reason, "ENOENT")) return "no parent";
    if (!isVfsError(reason, "EEXIST", "EROFS", "EACCES")) throw reason;
    const found = yield* typeOrFault(scope, directory);
    if (found === "directory") return "there";
    if (reason.code !== "EEXIST") throw reason;
    // As Node's: of a link that leads nowhere it tells why.
    if (isVfsError(found)) throw new VfsError(found.code, { syscall: "mkdir", path: scope.shown(directory) });
    throw isLast ? reason : new VfsError("ENOTDIR", { syscall: "mkdir", path: scope.shown(directory) });
  }
}

/** What a path leads to, or why it leads nowhere. */
function* typeOrFault(scope: Scope, path: VPath): Flow<FileType | VfsError> {
  try {
    return (yield* wait(scope.send("stat", path, { follow: true }))).type;
  } catch (reason) {
    if (isVfsError(reason, "ENOENT", "ENOTDIR", "ELOOP")) return reason;
    throw reason;
  }
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

export function mkdtemp(scope: Scope, prefix: string): Awaitable<string> {
  return run(makeTemporary(scope, prefix));
}

function* makeTemporary(scope: Scope, prefix: string): Flow<string> {
  for (;;) {
    const random = crypto.getRandomValues(new Uint8Array(6));
    const directory = scope.path(
      prefix + Array.from(random, (byte) => LETTERS[byte % LETTERS.length]).join(""),
    );
    try {
      yield* wait(scope.send("mkdir", directory, { mode: 0o700 }));
      return scope.shown(directory);
    } catch (reason) {
      if (!isVfsError(reason, "EEXIST")) throw reason;
    }
  }
}
