import {
  checkAccess,
  checkEnter,
  checkLeave,
  isBelow,
  VfsError,
  WRITE,
  type FileType,
  type RenameOptions,
  type VPath,
  type Who,
} from "@vfs/core";
import { isInside, type Tree } from "./tree.ts";

/**
 * Moves a name, with the rules of rename(2).
 *
 * @returns What it was that got another name, and whether that replaced something; undefined when nothing was to be done.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/functions/rename.html
 */
export function rename(
  tree: Tree,
  path: VPath,
  to: VPath,
  { noReplace = false }: RenameOptions,
  who: Who,
): { readonly type: FileType; readonly replaces: boolean } | undefined {
  // In the order of Linux, which decides what is told of when more than one thing is wrong.
  const parent = tree.parent(path, who);
  const targetParent = tree.parent(to, who);
  const entry = tree.need(path);
  const { node } = entry;
  if (isBelow(path, to)) throw new VfsError("ENOTEMPTY");
  const target = tree.find(to);
  if (node.type === "directory" && isInside(targetParent, node))
    throw new VfsError("EINVAL", { hint: "a directory cannot be moved into itself" });
  if (target !== undefined && noReplace) throw new VfsError("EEXIST");
  // Two names of one file, or one name twice: nothing is to be done.
  if (target?.node === node) return undefined;
  checkLeave(who, parent, node);
  if (target === undefined) checkEnter(who, targetParent);
  else checkLeave(who, targetParent, target.node);
  if (target !== undefined) checkReplace(node.type === "directory", target.node.type === "directory");
  // Its `..` changes.
  if (node.type === "directory" && parent !== targetParent) checkAccess(who, node, WRITE, "directory");
  if (target !== undefined) {
    if (target.node.names !== undefined && target.node.names.size > 0) throw new VfsError("ENOTEMPTY");
    tree.drop(targetParent, target);
  }
  tree.move(parent, entry, targetParent, to);
  return { type: node.type, replaces: target !== undefined };
}

function checkReplace(fromDirectory: boolean, ontoDirectory: boolean): void {
  if (fromDirectory && !ontoDirectory) throw new VfsError("ENOTDIR");
  if (!fromDirectory && ontoDirectory) throw new VfsError("EISDIR");
}
