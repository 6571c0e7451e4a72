import {
  nameOf,
  ROOT,
  VfsError,
  type Stat,
  type StatChanges,
  type VPath,
  type WriteOptions,
} from "@vfs/core";
import { checkReplace } from "./conditions.ts";
import { DIRECTORY, FILE, toStat, type Inode } from "./inodes.ts";
import type { Store } from "./store.ts";

const DEFAULT_FILE_MODE = 0o644;

/** Gives a file new content in one step; the inode stays, with its number, its links and its handles. */
export function replace(store: Store, path: VPath, data: Uint8Array, options: WriteOptions): Stat {
  const found = checkReplace(store, path, options);
  if (found === undefined) return toStat(create(store, path, data, options));
  store.contents.assign(found, data);
  describe(store, found, options);
  return toStat(found);
}

/** Makes a file with some content. There must be nothing at `path`. */
export function create(store: Store, path: VPath, data: Uint8Array, options: WriteOptions): Inode {
  const { walker, inodes, contents } = store;
  const parent = walker.parent(path);
  const inode = inodes.make(FILE, options.mode ?? DEFAULT_FILE_MODE);
  const tail = contents.fill(inode, data);
  setAttributes(inode, options);
  inodes.insert(inode, tail);
  name(store, parent, path, inode);
  store.tally.count(inode.size, 0);
  return inode;
}

/** Makes something that is no file at a name that is free. */
export function addNew(store: Store, path: VPath, type: number, mode: number, text = ""): void {
  const { walker, inodes } = store;
  if (path === ROOT || walker.find(path) !== undefined) throw new VfsError("EEXIST");
  const parent = walker.parent(path);
  // A set-gid directory hands its bit down.
  const inherited = type === DIRECTORY ? (inodes.get(parent)?.mode ?? 0) & 0o2000 : 0;
  const inode = inodes.make(type, mode | inherited);
  const tail = text === "" ? null : encoder.encode(text);
  inode.size = tail?.length ?? 0;
  inodes.insert(inode, tail);
  name(store, parent, path, inode);
}

function name(store: Store, parent: number, path: VPath, inode: Inode): void {
  store.names.add(parent, nameOf(path), inode);
  store.tally.count(0, 1);
}

/** Sets what a write may say of a file beside its content. */
export function describe(store: Store, inode: Inode, { mtimeMs, contentType, meta }: WriteOptions): void {
  if (mtimeMs === undefined && contentType === undefined && meta === undefined) return;
  setAttributes(inode, { mtimeMs, contentType, meta });
  store.inodes.update(inode);
}

/** Changes the attributes of an inode, which is written by somebody else. */
export function setAttributes(inode: Inode, changes: StatChanges): void {
  const { mode, uid, gid, atimeMs, mtimeMs, contentType, meta } = changes;
  if (mode !== undefined) inode.mode = mode;
  if (uid !== undefined) inode.uid = uid;
  if (gid !== undefined) inode.gid = gid;
  if (atimeMs !== undefined) inode.atimeMs = atimeMs;
  if (mtimeMs !== undefined) inode.mtimeMs = mtimeMs;
  if (contentType !== undefined) inode.contentType = contentType;
  if (meta !== undefined) inode.meta = JSON.stringify(meta);
}

const encoder = new TextEncoder();
