import type { Dirent } from "../dirent.ts";
import { emit, type Emitter } from "../flow.ts";
import { nameMatcher } from "../glob.ts";
import type { FindOptions } from "../options.ts";
import type { FindQuery } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { beginWalk } from "./begin-walk.ts";
import { shownDirent } from "./directories.ts";
import type { Walked } from "./walk.ts";

export function* find(scope: Scope, path: string, options: FindOptions = {}): Emitter<Dirent> {
  const { recursive = true, maxDepth, stat = false, signal, onError } = options;
  const { name, type, minBytes, maxBytes, modifiedSinceMs, modifiedBeforeMs } = options;
  const query: FindQuery = { name, type, minBytes, maxBytes, modifiedSinceMs, modifiedBeforeMs };
  const inner = scope.until(signal);
  const root = inner.path(path);
  // Before anything is asked: a pattern that makes no sense is the caller's mistake, whatever is there.
  const fits = fitting(query);
  const depth = recursive ? maxDepth : Math.min(1, maxDepth ?? 1);
  const wanted = { maxDepth: depth, stat: stat || fits.needsStat, needs: fits.byName, query, onError };
  const begun = yield* beginWalk(inner, root, wanted);
  // A file is a tree of itself, of which nothing lies below.
  if (!("found" in begun)) return;
  const { found, root: real } = begun;
  for (let walked = yield* found.next(); walked !== undefined; walked = yield* found.next())
    if (fits.matches(walked)) yield emit(shownDirent(inner, walked, real, root));
}

interface Fitting {
  readonly needsStat: boolean;
  /** Whether it fits as far as a listing tells. */
  readonly byName: (walked: Walked) => boolean;
  readonly matches: (walked: Walked) => boolean;
}

function fitting(query: FindQuery): Fitting {
  const { name, type, minBytes, maxBytes, modifiedSinceMs, modifiedBeforeMs } = query;
  const called = name === undefined ? undefined : nameMatcher(name);
  const needsStat = [minBytes, maxBytes, modifiedSinceMs, modifiedBeforeMs].some((at) => at !== undefined);
  const inRange = ({ size, mtimeMs }: Stat): boolean =>
    size >= (minBytes ?? 0) &&
    size <= (maxBytes ?? Infinity) &&
    mtimeMs >= (modifiedSinceMs ?? -Infinity) &&
    mtimeMs < (modifiedBeforeMs ?? Infinity);
  const byName = (walked: Walked): boolean =>
    (type === undefined || walked.type === type) && (called === undefined || called(walked.name));
  return {
    needsStat,
    byName,
    matches: (walked) =>
      byName(walked) && (!needsStat || (walked.stat !== undefined && inRange(walked.stat))),
  };
}
