import { isVfsError } from "../error.ts";
import { emit, Pull, wait, type Emitter, type Flow } from "../flow.ts";
import { nameMatcher } from "../glob.ts";
import type { GrepMatch, GrepOptions } from "../options.ts";
import { nameOf, type VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import { lines } from "./lines.ts";
import { resolveTree, transplant, walk } from "./walk.ts";

/** Where in a line something begins, from 0; negative when it is not there. */
type Search = (line: string) => number;

export function* grep(
  scope: Scope,
  path: string,
  pattern: RegExp | string,
  options: GrepOptions = {},
): Emitter<GrepMatch> {
  const { name, recursive = true, maxResults = Infinity, signal } = options;
  const inner = scope.until(signal);
  const search = searchFor(pattern);
  const files = new Pull(filesIn(inner, inner.path(path), recursive, name));
  let left = maxResults;
  for (let file = yield* files.next(); file !== undefined && left > 0; file = yield* files.next()) {
    const text = new Pull(matchesIn(inner, file, search));
    try {
      for (let match = yield* text.next(); match !== undefined && left > 0; match = yield* text.next()) {
        yield emit(match);
        left--;
      }
    } finally {
      yield* text.end();
    }
  }
}

/** A file to search: where it is, and how the caller knows it. */
interface Candidate {
  readonly path: VPath;
  readonly shown: string;
}

function* filesIn(
  scope: Scope,
  root: VPath,
  recursive: boolean,
  name: string | undefined,
): Emitter<Candidate> {
  const matches = name === undefined ? undefined : nameMatcher(name);
  const { type } = yield* wait(scope.send("stat", root, { follow: true }));
  if (type !== "directory") {
    if (matches === undefined || matches(nameOf(root))) yield emit({ path: root, shown: scope.shown(root) });
    return;
  }
  const real = yield* resolveTree(scope, root, true);
  const found = new Pull(walk(scope, real, recursive ? {} : { maxDepth: 1 }));
  for (let walked = yield* found.next(); walked !== undefined; walked = yield* found.next()) {
    if (walked.type !== "file" || (matches !== undefined && !matches(walked.name))) continue;
    yield emit({ path: walked.path, shown: scope.shown(transplant(walked.path, real, root)) });
  }
}

function* matchesIn(scope: Scope, { path, shown }: Candidate, search: Search): Emitter<GrepMatch> {
  const all = new Pull(lines(scope, path));
  try {
    let number = 0;
    for (let line = yield* nextLine(all); line !== undefined; line = yield* nextLine(all)) {
      number++;
      const at = search(line.text);
      if (at >= 0) yield emit({ path: shown, line: number, column: at + 1, text: line.text });
    }
  } finally {
    yield* all.end();
  }
}

/** A file that goes away while others are searched is no longer there to be searched. */
function* nextLine(all: Pull<{ text: string }>): Flow<{ text: string } | undefined> {
  try {
    return yield* all.next();
  } catch (reason) {
    if (isVfsError(reason, "ENOENT")) return undefined;
    throw reason;
  }
}

function searchFor(pattern: RegExp | string): Search {
  if (typeof pattern === "string") return (line) => line.indexOf(pattern);
  // With `g` or `y` an expression remembers where it was, and every other line would be searched from there.
  const expression = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
  return (line) => line.search(expression);
}
