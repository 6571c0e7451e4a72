import {
  checkAccess,
  checkEnter,
  checkLeave,
  isBelow,
  isWithin,
  nameOf,
  parentOf,
  VfsError,
  WRITE,
  type RenameOptions,
  type VPath,
  type Who,
} from "@vfs/core";
import { DIRECTORY, type Inode } from "./inodes.ts";
import type { Store } from "./store.ts";

/**
 * Moves a name, with the rules of rename(2).
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/functions/rename.html
 */
export function rename(
  store: Store,
  path: VPath,
  to: VPath,
  { noReplace = false }: RenameOptions,
  who: Who,
): void {
  const { walker, names, naming, inodes, past } = store;
  // In the order of Linux, which decides what is told of when more than one thing is wrong.
  const parent = walker.parent(path, who);
  const targetParent = walker.parent(to, who);
  const inode = walker.need(path);
  if (isBelow(path, to)) throw new VfsError("ENOTEMPTY");
  const target = walker.find(to);
  // No link lies on either path, so a directory has one path only.
  if (inode.type === DIRECTORY && isWithin(parentOf(to), path))
    throw new VfsError("EINVAL", { hint: "a directory cannot be moved into itself" });
  if (target !== undefined && noReplace) throw new VfsError("EEXIST");
  // Two names of one file, or one name twice: nothing is to be done.
  if (target?.id === inode.id) return;
  if (who !== undefined) {
    const directory = walker.owned(targetParent);
    checkLeave(who, walker.owned(parent), inode);
    if (target === undefined) checkEnter(who, directory);
    else checkLeave(who, directory, target);
  }
  if (target !== undefined) checkKinds(inode, target);
  // Its `..` changes.
  if (inode.type === DIRECTORY && parent !== targetParent) checkAccess(who, inode, WRITE, "directory");
  if (target !== undefined) {
    if (target.type === DIRECTORY && !names.isEmpty(target.id)) throw new VfsError("ENOTEMPTY");
    naming.remove(targetParent, nameOf(to), target.type);
    store.unname(target);
  }
  naming.move(parent, nameOf(path), targetParent, nameOf(to), inode.type);
  inodes.stamp(inode);
  if (inode.type === DIRECTORY) store.reshape();
  if (store.feed.active) store.feed.tell("renamed", inode.type, to, path, target !== undefined);
  for (const end of [path, to]) past.note(end, inode.type === DIRECTORY);
}

/** Fails when what moves cannot take the place of what is there. */
function checkKinds(inode: Inode, target: Inode): void {
  if (inode.type === DIRECTORY && target.type !== DIRECTORY) throw new VfsError("ENOTDIR");
  if (inode.type !== DIRECTORY && target.type === DIRECTORY) throw new VfsError("EISDIR");
}
