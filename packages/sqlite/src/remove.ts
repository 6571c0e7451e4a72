import {
  checkLeave,
  checkWholeTree,
  joinPath,
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
  const { walker, names, naming, past } = store;
  if (path === ROOT) throw new VfsError("EBUSY");
  const inode = walker.need(path, who);
  if (who !== undefined) checkLeave(who, walker.owned(walker.parent(path)), inode);
  if (kind === "file" && inode.type === DIRECTORY) throw new VfsError("EISDIR", { hint: "use rmdir or rm" });
  if (kind === "directory" && inode.type !== DIRECTORY) throw new VfsError("ENOTDIR");
  if (ifMatch !== undefined) checkMatch(inode, ifMatch);
  const isDirectory = inode.type === DIRECTORY;
  if (isDirectory && !recursive && !names.isEmpty(inode.id)) throw new VfsError("ENOTEMPTY");
  if (isDirectory && recursive) checkWholeTree(who);
  naming.remove(walker.parent(path), nameOf(path), inode.type);
  const gone: Gone[] = [{ path, ino: inode.id, type: inode.type }];
  if (isDirectory) {
    removeContents(store, gone);
    store.reshape();
  }
  store.unname(inode);
  past.note(path, isDirectory && recursive);
  // A directory goes after what was in it.
  if (store.feed.active) for (const one of gone.toReversed()) store.feed.tell("removed", one.type, one.path);
}

/** What is taken away. */
interface Gone {
  readonly path: VPath;
  readonly ino: number;
  readonly type: number;
}

/** Takes away everything below a directory that has no name any more; notes it in `gone` when that is of interest. */
function removeContents(store: Store, gone: Gone[]): void {
  const { names, naming, inodes, tally, feed } = store;
  const directories = [...gone];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    const children = names.children(directory.ino);
    if (children.length === 0) continue;
    naming.removeAll(directory.ino);
    for (const { ino, type, name } of children) {
      const path = feed.active ? joinPath(directory.path, name) : directory.path;
      if (feed.active) gone.push({ path, ino, type });
      if (type === DIRECTORY) {
        directories.push({ path, ino, type });
        inodes.delete({ id: ino, type });
        tally.add(0, -1);
      } else {
        const inode = inodes.get(ino);
        if (inode !== undefined) store.unname(inode);
      }
    }
  }
}
