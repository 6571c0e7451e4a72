import {
  checkAccess,
  linkMet,
  READ,
  VfsError,
  WRITE,
  type OpenOptions,
  type VPath,
  type Who,
} from "@vfs/core";
import { fileOnly } from "./conditions.ts";
import { SqliteFile } from "./file.ts";
import { FILE, SYMLINK, toType } from "./inodes.ts";
import type { Store } from "./store.ts";
import { contentChanged, create } from "./write.ts";

/** Opens a file for `who`, or creates it. In a transaction. */
export function openFile(store: Store, path: VPath, { flags, mode }: OpenOptions, who: Who): SqliteFile {
  const { walker, contents } = store;
  const found = walker.find(path, who);
  if (found !== undefined && flags.create && flags.exclusive) throw new VfsError("EEXIST");
  if (found?.type === SYMLINK) throw linkMet(path, path, walker.target(found));
  if (found === undefined && !flags.create) throw new VfsError("ENOENT");
  if (found !== undefined && who !== undefined) {
    const writes = flags.write || flags.truncate;
    // A directory that is to be written is told so first.
    if (writes || flags.create) fileOnly(found);
    checkAccess(who, found, (flags.read ? READ : 0) | (writes ? WRITE : 0), toType(found.type));
  }
  const inode = fileOnly(found ?? create(store, path, new Uint8Array(0), { mode }, who));
  if (flags.truncate && found !== undefined) {
    store.changing(inode, path);
    contents.truncate(inode, 0);
    contentChanged(store, inode, who);
    store.tell("changed", FILE, path);
  }
  return new SqliteFile(store, inode.id, path);
}
