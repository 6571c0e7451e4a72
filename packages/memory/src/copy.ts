import { VfsError, type CopyOptions, type VPath } from "@vfs/core";
import type { Inode } from "./inode.ts";
import { namesOf } from "./lookup.ts";
import { isInside, type Tree } from "./tree.ts";

/** Copies a directory with everything in it onto a free name; contents are shared until one of the two is written. */
export function copyTree(
  tree: Tree,
  source: Inode,
  to: VPath,
  { preserveTimestamps = false }: CopyOptions,
): void {
  const parent = tree.parent(to);
  if (tree.find(to) !== undefined) throw new VfsError("EEXIST");
  if (isInside(parent, source))
    throw new VfsError("EINVAL", { hint: "a directory cannot be copied into itself" });
  // Built apart, so that nobody sees half of it.
  const top = cloneNode(tree, source, preserveTimestamps);
  const open: [Inode, Inode][] = [[source, top]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [from, into] = pair;
    for (const entry of namesOf(from).all()) {
      const { node } = entry;
      const copy = cloneNode(tree, node, preserveTimestamps);
      tree.addLike(into, entry, copy);
      if (node.type === "directory") open.push([node, copy]);
    }
    if (preserveTimestamps) into.change({ mtimeMs: from.mtimeMs }, into.ctimeMs);
  }
  // What it has by now are the directories in it.
  const below = top.nlink;
  top.nlink = 0;
  tree.addAt(to, top);
  top.nlink += below;
}

/** A node like another one, made by root: others copy trees file by file. */
function cloneNode(tree: Tree, node: Inode, preserveTimestamps: boolean): Inode {
  const copy = tree.makeInode(node.type, node.mode, node.target);
  if (node.type === "file") copy.content = node.content.share();
  const { uid, gid, contentType, meta, mtimeMs, atimeMs } = node;
  copy.change(
    { uid, gid, contentType, meta, ...(preserveTimestamps ? { mtimeMs, atimeMs } : {}) },
    copy.ctimeMs,
  );
  return copy;
}
