import { isVfsError } from "../error.ts";
import { emit, Pull, wait, type Emitter, type Flow } from "../flow.ts";
import { pathPatterns, type Segment } from "../glob.ts";
import type { GlobOptions } from "../options.ts";
import { joinPath, stripPrefix, type VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import type { FileType } from "../stat.ts";
import { listAll } from "./walk.ts";

/** How far a pattern has come: what is left of it. */
type Rest = readonly Segment[];

export function* glob(
  scope: Scope,
  pattern: string | readonly string[],
  options: GlobOptions = {},
): Emitter<string> {
  const inner = scope.until(options.signal);
  const cwd = inner.path(options.cwd ?? ".");
  const patterns = typeof pattern === "string" ? [pattern] : pattern;
  const seen = new Set<string>();
  for (const absolute of [false, true]) {
    const rests = patterns.filter((text) => text.startsWith("/") === absolute).flatMap(pathPatterns);
    if (rests.length === 0) continue;
    const root = absolute ? inner.ctx.root : cwd;
    const found = new Pull(expand(inner, root, rests));
    for (let path = yield* found.next(); path !== undefined; path = yield* found.next()) {
      const shown = absolute ? inner.shown(path) : stripPrefix(path, root).slice(1);
      if (shown !== "" && !seen.has(shown)) yield emit(shown);
      seen.add(shown);
    }
  }
}

/** What matches below a directory. Looks into each directory once, however many patterns lead there. */
function* expand(scope: Scope, directory: VPath, patterns: readonly Rest[]): Emitter<VPath> {
  const rests = patterns.flatMap(skipDeep);
  if (rests.some((rest) => rest.length === 0)) yield emit(directory);
  const open = rests.filter((rest) => rest.length > 0);
  if (open.length === 0) return;
  for (const { name, type } of yield* candidates(scope, directory, open)) {
    const next = open.flatMap((rest) => step(rest, name, type));
    if (next.length === 0) continue;
    const path = joinPath(directory, name);
    const further = next.some((rest) => rest.length > 0) && (yield* isDirectory(scope, path, type, next));
    if (!further) {
      if (next.flatMap(skipDeep).some((rest) => rest.length === 0)) yield emit(path);
      continue;
    }
    const below = new Pull(expand(scope, path, next));
    for (let found = yield* below.next(); found !== undefined; found = yield* below.next()) yield emit(found);
  }
}

/** `**` also stands for no directory at all. */
function skipDeep(rest: Rest): Rest[] {
  return rest[0]?.kind === "deep" ? [rest, ...skipDeep(rest.slice(1))] : [rest];
}

interface Candidate {
  readonly name: string;
  /** Not known when only the name was asked for. */
  readonly type: FileType | undefined;
}

/** The names in a directory that may match: all of them only when some pattern leaves the name open. */
function* candidates(scope: Scope, directory: VPath, rests: readonly Rest[]): Flow<Candidate[]> {
  const named = new Set<string>();
  for (const [segment] of rests) {
    if (segment?.kind === "name") named.add(segment.name);
    else return yield* listed(scope, directory);
  }
  const found: Candidate[] = [];
  for (const name of named) {
    const type = yield* typeOf(scope, joinPath(directory, name), false);
    if (type !== undefined) found.push({ name, type });
  }
  return found;
}

function* listed(scope: Scope, directory: VPath): Flow<Candidate[]> {
  try {
    return [...(yield* listAll(scope, directory, false))];
  } catch (reason) {
    if (isVfsError(reason, "ENOENT", "ENOTDIR", "EACCES")) return [];
    throw reason;
  }
}

/** What is left of a pattern behind one more name; nothing when the name does not match. */
function step(rest: Rest, name: string, type: FileType | undefined): Rest[] {
  const [segment, ...further] = rest;
  switch (segment?.kind) {
    case "deep":
      // As in the shell, `**` neither follows links nor goes into hidden directories.
      if (name.startsWith(".")) return [];
      if (type === "directory") return [rest];
      return further.length === 0 ? [further] : [];
    case "name":
      return segment.name === name ? [further] : [];
    case "match":
      return segment.matches(name) ? [further] : [];
    default:
      return [];
  }
}

function* isDirectory(
  scope: Scope,
  path: VPath,
  type: FileType | undefined,
  next: readonly Rest[],
): Flow<boolean> {
  if (type !== "symlink") return type === "directory";
  // A link is followed where its name was matched, not where `**` came by.
  return next.some((rest) => rest.length > 0) && (yield* typeOf(scope, path, true)) === "directory";
}

function* typeOf(scope: Scope, path: VPath, follow: boolean): Flow<FileType | undefined> {
  try {
    return (yield* wait(scope.send("stat", path, { follow }))).type;
  } catch (reason) {
    if (isVfsError(reason, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw reason;
  }
}
