import { Breather } from "../breather.ts";
import { Dirent } from "../dirent.ts";
import { isVfsError } from "../error.ts";
import { wait, type Flow } from "../flow.ts";
import { joinPath, stripPrefix, type VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import type { Entry } from "../stat.ts";
import { asWhole, listAll, transplant } from "./walk.ts";

/** Takes in what one listing of `directory` gave. With a recursive listing names have slashes in them. */
type Visit = (directory: VPath, items: readonly Entry[]) => void;

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
  yield* readTree(scope, root, (directory, items) => {
    const parent = scope.shown(transplant(directory, root, asked));
    for (const { name, type } of items) entries.push(toDirent(parent, name, type));
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
  if (asWhole(scope, root, "listRecursive")) yield* readPages(scope, root, visit);
  else yield* readDirectories(scope, root, visit);
}

function* readPages(scope: Scope, root: VPath, visit: Visit): Flow<void> {
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = yield* wait(scope.send("list", root, { recursive: true, cursor }));
    visit(root, page.items);
    ({ cursor } = page);
  }
}

function* readDirectories(scope: Scope, root: VPath, visit: Visit): Flow<void> {
  const breather = new Breather(scope.ctx);
  const open: VPath[] = [root];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const items = yield* listIfThere(scope, directory, directory === root);
    visit(directory, items);
    // In reverse, so that the first directory is gone into first.
    for (let i = items.length - 1; i >= 0; i--) {
      const entry = items[i];
      if (entry?.type === "directory") open.push(joinPath(directory, entry.name));
    }
    yield* wait(breather.pause());
  }
}

/** What goes away meanwhile is passed over. */
function* listIfThere(scope: Scope, directory: VPath, isRoot: boolean): Flow<readonly Entry[]> {
  try {
    return yield* listAll(scope, directory, false);
  } catch (reason) {
    if (!isRoot && isVfsError(reason, "ENOENT", "ENOTDIR")) return [];
    throw reason;
  }
}
