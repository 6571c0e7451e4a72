import type { Dirent } from "../dirent.ts";
import { emit, Pull, wait, type Emitter } from "../flow.ts";
import { nameMatcher } from "../glob.ts";
import type { FindOptions } from "../options.ts";
import type { Scope } from "../scope.ts";
import { shownDirent } from "./directories.ts";
import { resolveTree, walk } from "./walk.ts";

export function* find(scope: Scope, path: string, options: FindOptions = {}): Emitter<Dirent> {
  const { name, type, recursive = true, maxDepth, stat = false, signal } = options;
  const inner = scope.until(signal);
  const root = inner.path(path);
  // A file is a tree of itself, of which nothing lies below.
  if ((yield* wait(inner.send("stat", root, { follow: true }))).type !== "directory") return;
  const real = yield* resolveTree(inner, root, true);
  const matches = name === undefined ? undefined : nameMatcher(name);
  const found = new Pull(walk(inner, real, { maxDepth: recursive ? maxDepth : 1, stat }));
  for (let walked = yield* found.next(); walked !== undefined; walked = yield* found.next()) {
    if (type !== undefined && walked.type !== type) continue;
    if (matches === undefined || matches(walked.name)) yield emit(shownDirent(inner, walked, real, root));
  }
}
