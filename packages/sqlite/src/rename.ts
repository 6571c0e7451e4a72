import { isBelow, isWithin, nameOf, parentOf, VfsError, type RenameOptions, type VPath } from "@vfs/core";
import { DIRECTORY, type Inode } from "./inodes.ts";
import type { Store } from "./store.ts";

/**
 * Moves a name, with the rules of rename(2).
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/functions/rename.html
 */
export function rename(store: Store, path: VPath, to: VPath, { noReplace = false }: RenameOptions): void {
  const { walker, names, inodes, tally } = store;
  // In the order of Linux, which decides what is told of when more than one thing is wrong.
  const parent = walker.parent(path);
  const targetParent = walker.parent(to);
  const inode = walker.need(path);
  if (isBelow(path, to)) throw new VfsError("ENOTEMPTY");
  const target = walker.find(to);
  // No link lies on either path, so a directory has one path only.
  if (inode.type === DIRECTORY && isWithin(parentOf(to), path))
    throw new VfsError("EINVAL", { hint: "a directory cannot be moved into itself" });
  if (target !== undefined && noReplace) throw new VfsError("EEXIST");
  // Two names of one file, or one name twice: nothing is to be done.
  if (target?.id === inode.id) return;
  if (target !== undefined) {
    checkTarget(store, inode, target);
    names.remove(targetParent, nameOf(to), target.type);
    store.unname(target);
  }
  names.remove(parent, nameOf(path), inode.type);
  names.add(targetParent, nameOf(to), inode);
  inode.ctimeMs = tally.nowMs;
  inodes.update(inode);
  if (inode.type === DIRECTORY) store.reshape();
  if (store.feed.active) store.feed.tell("renamed", inode.type, to, path, target !== undefined);
}

/** Fails when what moves cannot take the place of what is there. */
function checkTarget({ names }: Store, inode: Inode, target: Inode): void {
  if (inode.type === DIRECTORY && target.type !== DIRECTORY) throw new VfsError("ENOTDIR");
  if (inode.type !== DIRECTORY && target.type === DIRECTORY) throw new VfsError("EISDIR");
  if (target.type === DIRECTORY && !names.isEmpty(target.id)) throw new VfsError("ENOTEMPTY");
}
