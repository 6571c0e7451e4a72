import {
  checkLeave,
  checkWholeTree,
  nameOf,
  ROOT,
  VfsError,
  type RemoveOptions,
  type VPath,
  type Who,
} from "@vfs/core";
import { checkMatch } from "./conditions.ts";
import { DIRECTORY } from "./inodes.ts";
import type { Store } from "./store.ts";

/** Takes a name away: of a file or link, of an empty directory, or of a directory with everything in it. */
export function remove(
  store: Store,
  path: VPath,
  { kind, recursive = false, ifMatch }: RemoveOptions,
  who: Who,
): void {
  const { walker, names } = store;
  if (path === ROOT) throw new VfsError("EBUSY");
  const inode = walker.need(path, who);
  if (who !== undefined) checkLeave(who, walker.owned(walker.parent(path)), inode);
  if (kind === "file" && inode.type === DIRECTORY) throw new VfsError("EISDIR", { hint: "use rmdir or rm" });
  if (kind === "directory" && inode.type !== DIRECTORY) throw new VfsError("ENOTDIR");
  if (ifMatch !== undefined) checkMatch(inode, ifMatch);
  const isDirectory = inode.type === DIRECTORY;
  if (isDirectory && !recursive && !names.isEmpty(inode.id)) throw new VfsError("ENOTEMPTY");
  if (isDirectory && recursive) checkWholeTree(who);
  names.remove(walker.parent(path), nameOf(path), inode.type);
  if (isDirectory) {
    removeContents(store, inode.id);
    store.reshape();
  }
  store.unname(inode);
}

/** Takes away everything below a directory that has no name any more. */
function removeContents(store: Store, top: number): void {
  const { names, inodes, tally } = store;
  const directories = [top];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    const children = names.children(directory);
    if (children.length === 0) continue;
    names.removeAll(directory);
    for (const { ino, type } of children) {
      if (type === DIRECTORY) {
        directories.push(ino);
        inodes.delete(ino);
        tally.count(0, -1);
      } else {
        const inode = inodes.get(ino);
        if (inode !== undefined) store.unname(inode);
      }
    }
  }
}
