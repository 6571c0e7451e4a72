import { collectAll, Pull, run, wait, type Flow } from "../flow.ts";
import type { Awaitable } from "../awaitable.ts";
import type { DiskUsage, LookOptions, TreeNode, TreeOptions } from "../options.ts";
import { nameOf, parentOf, stripPrefix, type VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { byName } from "./directories.ts";
import { resolveTree, transplant, walk, type Walked } from "./walk.ts";

export function du(scope: Scope, path = ".", options: LookOptions = {}): Awaitable<DiskUsage> {
  return run(diskUsage(scope.until(options.signal), scope.path(path), options.onError));
}

function* diskUsage(scope: Scope, path: VPath, onError: LookOptions["onError"]): Flow<DiskUsage> {
  const stat = yield* wait(scope.send("stat", path, { follow: true }));
  if (stat.type !== "directory") return { bytes: stat.size, files: 1, directories: 0 };
  return yield* measure(scope, yield* resolveTree(scope, path, true), onError);
}

/** Adds up what lies below a directory. */
export function* measure(scope: Scope, directory: VPath, onError?: LookOptions["onError"]): Flow<DiskUsage> {
  let bytes = 0;
  let files = 0;
  let directories = 0;
  const found = new Pull(walk(scope, directory, { stat: true, onError }));
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
  const stat = yield* wait(scope.send("stat", root, { follow: true }));
  if (stat.type !== "directory") return leaf(scope, root, stat);
  const real = yield* resolveTree(scope, root, true);
  const children = new Map<VPath, Walked[]>();
  for (const walked of yield* collectAll(walk(scope, real, { stat: true, maxDepth, onError }))) {
    const siblings = children.get(parentOf(walked.path));
    if (siblings === undefined) children.set(parentOf(walked.path), [walked]);
    else siblings.push(walked);
  }
  const node = (path: VPath, self: Stat): TreeNode => {
    const shown = transplant(path, real, root);
    if (self.type !== "directory") return leaf(scope, shown, self);
    const below = (children.get(path) ?? [])
      .map((walked) => node(walked.path, walked.stat as Stat))
      .sort(byName);
    return { ...leaf(scope, shown, self), size: 0, children: below };
  };
  return node(real, stat);
}

function leaf(scope: Scope, path: VPath, { type, size }: Stat): TreeNode {
  return { name: nameOf(stripPrefix(path, scope.ctx.root)), path: scope.shown(path), type, size };
}
