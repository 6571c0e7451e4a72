import { Pull, run, type Flow } from "../flow.ts";
import type { Awaitable } from "../awaitable.ts";
import type { DiskUsage, LookOptions, TreeNode, TreeOptions } from "../options.ts";
import { nameOf, parentOf, stripPrefix, type VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { beginWalk } from "./begin-walk.ts";
import { byName } from "./directories.ts";
import { transplant, walk, type Walked } from "./walk.ts";

export function du(scope: Scope, path = ".", options: LookOptions = {}): Awaitable<DiskUsage> {
  return run(diskUsage(scope.until(options.signal), scope.path(path), options.onError));
}

function* diskUsage(scope: Scope, path: VPath, onError: LookOptions["onError"]): Flow<DiskUsage> {
  const begun = yield* beginWalk(scope, path, { stat: true, onError });
  if (!("found" in begun)) return { bytes: begun.size, files: 1, directories: 0 };
  return yield* sum(begun.found);
}

/** Adds up what lies below a directory. */
export function measure(scope: Scope, directory: VPath, onError?: LookOptions["onError"]): Flow<DiskUsage> {
  return sum(new Pull(walk(scope, directory, { stat: true, onError })));
}

function* sum(found: Pull<Walked>): Flow<DiskUsage> {
  let bytes = 0;
  let files = 0;
  let directories = 0;
  for (let walked = yield* found.next(); walked !== undefined; walked = yield* found.next()) {
    if (walked.type === "directory") {
      directories++;
      continue;
    }
    files++;
    bytes += walked.stat?.size ?? 0;
  }
  return { bytes, files, directories };
}

export function tree(scope: Scope, path = ".", options: TreeOptions = {}): Awaitable<TreeNode> {
  return run(buildTree(scope.until(options.signal), scope.path(path), options));
}

function* buildTree(scope: Scope, root: VPath, { maxDepth, onError }: TreeOptions): Flow<TreeNode> {
  const begun = yield* beginWalk(scope, root, {
    stat: true,
    maxDepth,
    onError,
    // Of a part of the tree, that is what a store may be asked for.
    query: maxDepth === undefined ? undefined : {},
  });
  if (!("found" in begun)) return leaf(scope, root, begun);
  const { found, root: real } = begun;
  const children = new Map<VPath, Walked[]>();
  for (let walked = yield* found.next(); walked !== undefined; walked = yield* found.next()) {
    const siblings = children.get(parentOf(walked.path));
    if (siblings === undefined) children.set(parentOf(walked.path), [walked]);
    else siblings.push(walked);
  }
  const node = (path: VPath, self: Pick<Stat, "type" | "size">): TreeNode => {
    const shown = transplant(path, real, root);
    if (self.type !== "directory") return leaf(scope, shown, self);
    const below = (children.get(path) ?? [])
      .map((walked) => node(walked.path, walked.stat as Stat))
      .sort(byName);
    return { ...leaf(scope, shown, self), size: 0, children: below };
  };
  return node(real, { type: "directory", size: 0 });
}

function leaf(scope: Scope, path: VPath, { type, size }: Pick<Stat, "type" | "size">): TreeNode {
  return { name: nameOf(stripPrefix(path, scope.ctx.root)), path: scope.shown(path), type, size };
}
