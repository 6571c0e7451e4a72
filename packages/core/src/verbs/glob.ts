import { isVfsError } from "../error.ts";
import { emit, Pull, wait, type Emitter, type Flow } from "../flow.ts";
import { pathPatterns, type Segment } from "../glob.ts";
import type { GlobOptions } from "../options.ts";
import { joinPath, parentOf, stripPrefix, type VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import type { FileType } from "../stat.ts";
import { asWhole, listAll, walk } from "./walk.ts";

/** How far a pattern has come: what is left of it. */
interface Rest {
  readonly pattern: readonly Segment[];
  /** The step that the next name is compared with. */
  readonly at: number;
}

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
    const rests = patterns
      .filter((text) => text.startsWith("/") === absolute)
      .flatMap(pathPatterns)
      .map((steps): Rest => ({ pattern: steps, at: 0 }));
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
  const last = patterns.length === 1 ? lastOf(patterns[0]) : undefined;
  if (last !== undefined && asWhole(scope.onRealPaths(), directory, "find"))
    return yield* everywhere(scope, directory, last);
  const rests = distinct(patterns.flatMap(skipDeep));
  if (rests.some(isDone)) yield emit(directory);
  const open = rests.filter((rest) => !isDone(rest));
  if (open.length === 0) return;
  for (const { name, type } of yield* candidates(scope, directory, open)) {
    const next = open.flatMap((rest) => step(rest, name, type));
    if (next.length === 0) continue;
    const path = joinPath(directory, name);
    const goesOn = next.some((rest) => !isDone(rest)) && (yield* isDirectory(scope, path, type));
    if (!goesOn) {
      if (next.flatMap(skipDeep).some(isDone)) yield emit(path);
      continue;
    }
    const below = new Pull(expand(scope, path, next));
    for (let found = yield* below.next(); found !== undefined; found = yield* below.next()) yield emit(found);
  }
}

/** What a pattern wants of a last name, when it is all that is left but for `**`. */
function lastOf(rest: Rest | undefined): Exclude<Segment, { kind: "deep" }> | undefined {
  if (rest === undefined || rest.at !== rest.pattern.length - 2 || stepOf(rest)?.kind !== "deep")
    return undefined;
  const last = rest.pattern.at(-1);
  return last?.kind === "deep" ? undefined : last;
}

/** `**` and one name, searched for by the store. */
function* everywhere(
  scope: Scope,
  directory: VPath,
  last: Exclude<Segment, { kind: "deep" }>,
): Emitter<VPath> {
  const exactly = last.kind === "name";
  const name = exactly ? last.name.replaceAll(/[*?[\]{}\\]/g, "\\$&") : last.text;
  const found = new Pull(walk(scope, directory, { query: { name } }));
  for (let walked = yield* found.next(); walked !== undefined; walked = yield* found.next()) {
    if (exactly ? last.name !== walked.name : !last.matches(walked.name)) continue;
    // As in the shell, `**` does not go into hidden directories.
    const above = stripPrefix(parentOf(walked.path), directory);
    if (!above.includes("/.")) yield emit(walked.path);
  }
}

/** `**` also stands for no directory at all. */
function skipDeep(rest: Rest): Rest[] {
  return stepOf(rest)?.kind === "deep" ? [rest, ...skipDeep(further(rest))] : [rest];
}

function stepOf({ pattern, at }: Rest): Segment | undefined {
  return pattern[at];
}

function further({ pattern, at }: Rest): Rest {
  return { pattern, at: at + 1 };
}

function isDone({ pattern, at }: Rest): boolean {
  return at === pattern.length;
}

/** Each only once: `**` leads to the same rest in many ways, and each of those again in many. */
function distinct(rests: readonly Rest[]): Rest[] {
  const seen = new Map<readonly Segment[], Set<number>>();
  return rests.filter(({ pattern, at }) => {
    const known = seen.get(pattern) ?? new Set();
    seen.set(pattern, known);
    return !known.has(at) && known.add(at);
  });
}

interface Candidate {
  readonly name: string;
  /** Not known when only the name was asked for. */
  readonly type: FileType | undefined;
}

/** The names in a directory that may match: all of them only when some pattern leaves the name open. */
function* candidates(scope: Scope, directory: VPath, rests: readonly Rest[]): Flow<Candidate[]> {
  const named = new Set<string>();
  for (const segment of rests.map(stepOf)) {
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
  const segment = stepOf(rest);
  switch (segment?.kind) {
    case "deep":
      // As in the shell, `**` neither follows links nor goes into hidden directories.
      if (name.startsWith(".")) return [];
      if (type === "directory") return [rest];
      return isDone(further(rest)) ? [further(rest)] : [];
    case "name":
      return segment.name === name ? [further(rest)] : [];
    case "match":
      return segment.matches(name) ? [further(rest)] : [];
    default:
      return [];
  }
}

function* isDirectory(scope: Scope, path: VPath, type: FileType | undefined): Flow<boolean> {
  if (type !== "symlink") return type === "directory";
  // A link is followed where its name was matched; `**` has not come this far.
  return (yield* typeOf(scope, path, true)) === "directory";
}

function* typeOf(scope: Scope, path: VPath, follow: boolean): Flow<FileType | undefined> {
  try {
    return (yield* wait(scope.send("stat", path, { follow }))).type;
  } catch (reason) {
    if (isVfsError(reason, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw reason;
  }
}
