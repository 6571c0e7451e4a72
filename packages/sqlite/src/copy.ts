import {
  checkAccess,
  checkWholeTree,
  copied,
  isOwner,
  isWithin,
  joinPath,
  modeAfterWrite,
  nameOf,
  parentOf,
  READ,
  VfsError,
  type CopyOptions,
  type VPath,
  type Who,
} from "@vfs/core";
import { checkReplace, fileOnly } from "./conditions.ts";
import { DIRECTORY, FILE, toType, type Inode } from "./inodes.ts";
import type { Store } from "./store.ts";
import { makeIn } from "./write.ts";

/** Copies a file over `to`, or a tree onto a free name. Blocks are shared until one of the two is written. */
export function copy(store: Store, path: VPath, to: VPath, options: CopyOptions, who: Who): void {
  const source = store.walker.follow(path, who);
  if (who !== undefined) checkAccess(who, source, READ, toType(source.type));
  if (source.type !== DIRECTORY) return copyFile(store, fileOnly(source), path, to, options, who);
  if (options.recursive !== true) throw new VfsError("EISDIR");
  checkWholeTree(who);
  copyTree(store, source, path, to, options);
}

function copyFile(store: Store, source: Inode, path: VPath, to: VPath, options: CopyOptions, who: Who): void {
  const { inodes, contents, walker } = store;
  const target = checkReplace(store, to, options, who);
  if (path === to) return;
  if (target === undefined) {
    clone(store, source, walker.parent(to), nameOf(to), options, who);
    store.tell("created", FILE, to);
    return;
  }
  store.changing(target, to);
  // Two names of one file: it has that content already.
  if (target.id !== source.id) contents.take(target, { ...source, content: contents.share(source) });
  const { mode, contentType, meta, mtimeMs, atimeMs } = source;
  const times = options.preserveTimestamps ? { mtimeMs, atimeMs } : {};
  // What was copied into somebody else's file keeps the mode that they gave it.
  const owners = isOwner(who, target)
    ? { mode: modeAfterWrite(who, { ...target, mode }), ...times }
    : { mode: modeAfterWrite(who, target) };
  Object.assign(target, owners, { contentType, meta });
  inodes.update(target);
  store.tell("changed", FILE, to);
}

function copyTree(store: Store, source: Inode, path: VPath, to: VPath, options: CopyOptions): void {
  const { walker, names, inodes, feed, past } = store;
  if (walker.find(to) !== undefined) throw new VfsError("EEXIST");
  // No link lies on either path, so a directory has one path only.
  if (isWithin(parentOf(to), path))
    throw new VfsError("EINVAL", { hint: "a directory cannot be copied into itself" });
  const top = clone(store, source, walker.parent(to), nameOf(to), options);
  if (feed.active) feed.tell("created", DIRECTORY, to);
  past.note(to, true);
  const open: [Inode, Inode, VPath][] = [[source, top, to]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [from, into, directory] = pair;
    for (const { name, ino } of names.children(from.id)) {
      const node = inodes.get(ino);
      if (node === undefined) continue;
      const child = clone(store, node, into.id, name, options);
      const at = feed.active ? joinPath(directory, name) : directory;
      if (feed.active) feed.tell("created", node.type, at);
      if (node.type === DIRECTORY) open.push([node, child, at]);
    }
    // What was put into it has changed its times.
    if (options.preserveTimestamps) {
      const filled = inodes.get(into.id);
      if (filled !== undefined) inodes.update({ ...filled, mtimeMs: from.mtimeMs, atimeMs: from.atimeMs });
    }
  }
}

/** A new inode like `source`, in the database and under a name. */
function clone(
  store: Store,
  source: Inode,
  directory: number,
  name: string,
  options: CopyOptions,
  who?: Who,
): Inode {
  const { inodes, naming, contents, tally } = store;
  const { type, size, mtimeMs, atimeMs, contentType, meta } = source;
  const made = makeIn(store, directory, type, source.mode, who);
  const owned = copied(who, source, made);
  const inode: Inode = {
    ...made,
    ...owned,
    contentType,
    meta,
    content: contents.share(source),
    version: type === FILE ? tally.revise() : 0,
    ...(options.preserveTimestamps ? { mtimeMs, atimeMs } : {}),
  };
  if (type === FILE) inode.mode = modeAfterWrite(who, inode);
  inodes.clone(source.id, inode);
  // The row that was copied tells whose the original is.
  if (inode.uid !== source.uid || inode.gid !== source.gid || inode.mode !== source.mode)
    inodes.update(inode);
  naming.add(directory, name, inode);
  tally.add(type === FILE ? size : 0, 1);
  return inode;
}
