import { Breather } from "../breather.ts";
import { Dirent } from "../dirent.ts";
import { wait, type Flow } from "../flow.ts";
import { joinPath, stripPrefix, type VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import type { Entry } from "../stat.ts";
import { asWhole, listBelow, transplant } from "./walk.ts";

/** Takes in what one listing of `directory` gave. With a recursive listing names have slashes in them. */
type Visit = (directory: VPath, items: readonly Entry[], recursive: boolean) => void;

/** The names of everything below `root`, relative to it. */
export function* namesBelow(scope: Scope, root: VPath): Flow<string[]> {
  const names: string[] = [];
  yield* readTree(scope, root, (directory, items) => {
    const prefix = directory === root ? "" : `${stripPrefix(directory, root).slice(1)}/`;
    for (const { name } of items) names.push(prefix + name);
  });
  return names;
}

/**
 * Everything below `root` with its type.
 *
 * @param asked What the caller calls `root`.
 */
export function* entriesBelow(scope: Scope, root: VPath, asked: VPath): Flow<Dirent[]> {
  const entries: Dirent[] = [];
  yield* readTree(scope, root, (directory, items, recursive) => {
    const parent = scope.shown(transplant(directory, root, asked));
    for (const { name, type } of items)
      entries.push(recursive ? toDirent(parent, name, type) : new Dirent(name, parent, type));
  });
  return entries;
}

function toDirent(parent: string, name: string, type: Entry["type"]): Dirent {
  const cut = name.lastIndexOf("/");
  if (cut < 0) return new Dirent(name, parent, type);
  const between = name.slice(0, cut);
  return new Dirent(name.slice(cut + 1), parent === "/" ? `/${between}` : `${parent}/${between}`, type);
}

/** As a walk, but listing by listing: a step of its own for each entry costs more than the entry. */
function* readTree(caller: Scope, root: VPath, visit: Visit): Flow<void> {
  const scope = caller.onRealPaths();
  const breather = new Breather(scope.ctx);
  const open: VPath[] = [root];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const at = directory;
    const below: VPath[] = [];
    const recursive = asWhole(scope, at, "listRecursive");
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const args = { recursive, cursor };
      const page = yield* listBelow(() => scope.send("list", at, args), at === root ? 0 : 1);
      visit(at, page.items, recursive);
      if (!recursive)
        for (const { name, type } of page.items) if (type === "directory") below.push(joinPath(at, name));
      ({ cursor } = page);
    }
    // In reverse, so that the first directory is gone into first.
    for (const next of below.toReversed()) open.push(next);
    yield* wait(breather.pause());
  }
}
