import {
  checkAccess,
  checkEnter,
  linkMet,
  READ,
  VfsError,
  WRITE,
  type VPath,
  type Who,
  type WriteOptions,
} from "@vfs/core";
import { DIRECTORY, FILE, SYMLINK, toEtag, toType, type Inode } from "./inodes.ts";
import type { Store } from "./store.ts";

/** The inode of a file whose content is wanted. */
export function fileOnly(inode: Inode): Inode {
  if (inode.type !== FILE) throw new VfsError(inode.type === DIRECTORY ? "EISDIR" : "EINVAL");
  return inode;
}

/** The inode of a file whose content `who` wants to read. */
export function readable(inode: Inode, who: Who): Inode {
  if (who !== undefined) checkAccess(who, inode, READ, toType(inode.type));
  return fileOnly(inode);
}

/** The inode of a file whose content `who` wants to change. */
export function writable(inode: Inode, who: Who): Inode {
  if (who !== undefined) checkAccess(who, fileOnly(inode), WRITE);
  return fileOnly(inode);
}

/** Fails with `ESTALE` when a file has another version than the caller believes. */
export function checkMatch(inode: Inode, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && toEtag(inode) !== ifMatch)
    throw stale(`the file's etag is ${toEtag(inode)} by now`);
}

export function stale(hint: string): VfsError {
  return new VfsError("ESTALE", { reason: "precondition", hint });
}

/** Fails when a write with these conditions would; answers what it would replace. */
export function checkReplace(
  { walker }: Store,
  path: VPath,
  { ifMatch, ifNoneMatch }: Pick<WriteOptions, "ifMatch" | "ifNoneMatch">,
  who: Who,
): Inode | undefined {
  const found = walker.find(path, who);
  if (found !== undefined && ifNoneMatch !== undefined)
    throw new VfsError("EEXIST", { reason: "precondition" });
  if (found?.type === SYMLINK) throw linkMet(path, path, walker.target(found));
  if (found !== undefined) {
    checkMatch(writable(found, who), ifMatch);
  } else if (ifMatch !== undefined) throw stale("there is no such file any more");
  else if (who !== undefined) checkEnter(who, walker.owned(walker.parent(path)));
  return found;
}
