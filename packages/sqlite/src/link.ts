import { checkEnter, checkLink, nameOf, ROOT, VfsError, type VPath, type Who } from "@vfs/core";
import { DIRECTORY, toType } from "./inodes.ts";
import type { Store } from "./store.ts";

/** Makes `to` one more name of a file or link. */
export function link(store: Store, path: VPath, to: VPath, who: Who): void {
  const { walker, naming, inodes, tally, past } = store;
  const inode = walker.need(path, who);
  if (to === ROOT || walker.find(to, who) !== undefined) throw new VfsError("EEXIST");
  if (who !== undefined) {
    checkLink(who, inode, toType(inode.type));
    checkEnter(who, walker.owned(walker.parent(to)));
  }
  if (inode.type === DIRECTORY) throw new VfsError("EPERM", { hint: "a directory has one name only" });
  naming.add(walker.parent(to), nameOf(to), inode);
  inode.nlink++;
  inode.ctimeMs = tally.nowMs;
  inodes.update(inode);
  store.tell("created", inode.type, to);
  past.note(path);
}
