import { Breather } from "../breather.ts";
import { emit, Pull, wait, type Emitter, type Flow } from "../flow.ts";
import type { Bytes } from "../bytes.ts";
import type { GrepMatch, GrepOptions, GrepPattern } from "../options.ts";
import type { Scope } from "../scope.ts";
import { searcherFor, type Wanted } from "../searcher.ts";
import { chunks } from "./chunks.ts";
import { Choice, failureOf, filesIn } from "./grep-files.ts";
import { LineSearch, type Hit } from "./line-search.ts";
import { readAhead, type Read } from "./read-ahead.ts";

// As git and ripgrep do: a NUL byte near the beginning tells that a file is not text.
const SNIFFED_BYTES = 8192;

export function* grep(
  scope: Scope,
  path: string,
  pattern: GrepPattern,
  options: GrepOptions = {},
): Emitter<GrepMatch> {
  checkCounts(options);
  const { recursive = true, maxResults = Infinity, concurrency, signal, onError, invert = false } = options;
  const asked = scope.until(signal);
  const inner = asked.onRealPaths();
  const wanted = searcherFor(pattern, options);
  const choice = new Choice(options);
  const onFailure = failureOf(onError);
  const text = invert || wanted.text === undefined || !isPlain(wanted.text) ? undefined : wanted.text;
  const candidates = filesIn({ scope: asked, choice, recursive, text, onFailure }, asked.path(path));
  const files = new Pull(readAhead(inner, candidates, concurrency));
  const breather = new Breather(inner.ctx, 1);
  let left = maxResults;
  try {
    for (let file = yield* files.next(); file !== undefined && left > 0; file = yield* files.next()) {
      const matches = new Pull(matchesIn(inner, file, wanted, options, left));
      try {
        for (let match = yield* matches.next(); match !== undefined; match = yield* matches.next()) {
          left--;
          yield emit(match);
        }
      } catch (reason) {
        // What happens to one file need not end the search.
        onFailure(reason);
      } finally {
        yield* matches.end();
      }
      if (left === 0) return;
      yield* wait(breather.pause());
    }
  } finally {
    yield* files.end();
  }
}

/** Whether a text has the same bytes wherever it is: what is no UTF-8 becomes U+FFFD when it is read. */
function isPlain(text: string): boolean {
  return text.isWellFormed() && !text.includes("\ufffd");
}

const COUNTS = [
  "before",
  "after",
  "maxResults",
  "maxPerFile",
  "maxFileBytes",
  "concurrency",
] as const satisfies readonly (keyof GrepOptions)[];

function checkCounts(options: GrepOptions): void {
  for (const name of COUNTS) {
    const value = options[name];
    const least = name === "concurrency" ? 1 : 0;
    if (value !== undefined && !(value >= least && (Number.isInteger(value) || value === Infinity)))
      throw new RangeError(`${name} must be a whole number of at least ${least}, got ${value}`);
  }
}

function* matchesIn(
  scope: Scope,
  file: Read,
  wanted: Wanted,
  options: GrepOptions,
  left: number,
): Emitter<GrepMatch> {
  if (file.failure !== undefined) throw file.failure.reason;
  const { maxPerFile = Infinity, filesOnly = false, binary = "skip", maxFileBytes = Infinity } = options;
  if (yield* isLarger(scope, file, maxFileBytes)) return;
  const most = filesOnly ? 1 : Math.min(maxPerFile, left);
  const content = new Pull(contentOf(scope, file));
  try {
    let bytes = yield* content.next();
    const isBinary = bytes?.subarray(0, SNIFFED_BYTES).includes(0) ?? false;
    if (isBinary && binary === "skip") return;
    const named = isBinary && binary === "name";
    const search = new LineSearch(wanted, named ? {} : options, named ? Math.min(1, most) : most);
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    for (; bytes !== undefined && !search.done; bytes = yield* content.next()) {
      search.feed(decoder.decode(bytes, { stream: true }));
      for (const hit of search.found.splice(0)) yield emit(toMatch(file, hit, options, named));
    }
    search.feed(decoder.decode());
    search.end();
    for (const hit of search.found) yield emit(toMatch(file, hit, options, named));
  } finally {
    yield* content.end();
  }
}

function* isLarger(scope: Scope, { path, size }: Read, most: number): Flow<boolean> {
  if (most === Infinity) return false;
  return (size ?? (yield* wait(scope.send("stat", path, {}))).size) > most;
}

/** The content of a file, the first chunk at least as long as what is looked at to tell text from other things. */
function* contentOf(scope: Scope, { path, data }: Read): Emitter<Bytes> {
  if (data === undefined) yield* chunks(scope, path, {});
  else yield emit(data);
}

function toMatch(
  { shown }: Read,
  { line, column, length, text, before, after }: Hit,
  options: GrepOptions,
  named: boolean,
): GrepMatch {
  if (named) return { path: shown, line, column, length, text: "", binary: true };
  const match = { path: shown, line, column, length, text };
  if (options.before === undefined && options.after === undefined) return match;
  return { ...match, before, after };
}
