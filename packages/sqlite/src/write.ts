import {
  checkEnter,
  inherit,
  modeAfterWrite,
  nameOf,
  permitted,
  ROOT,
  VfsError,
  type Stat,
  type StatChanges,
  type VPath,
  type Who,
  type WriteOptions,
} from "@vfs/core";
import { checkReplace } from "./conditions.ts";
import { DIRECTORY, FILE, toStat, toType, type Inode } from "./inodes.ts";
import type { Store } from "./store.ts";

const SET_GID = 0o2000;
const DEFAULT_FILE_MODE = 0o644;

/** Gives a file new content in one step; the inode stays, with its number, its links and its handles. */
export function replace(store: Store, path: VPath, data: Uint8Array, options: WriteOptions, who: Who): Stat {
  const found = checkReplace(store, path, options, who);
  if (found === undefined) return toStat(create(store, path, data, options, who));
  store.changing(found, path);
  store.contents.assign(found, data);
  contentChanged(store, found, who);
  describe(store, found, options);
  store.tell("changed", FILE, path);
  return toStat(found);
}

/** Notes that `who` has changed the content of a file. */
export function contentChanged({ inodes }: Store, inode: Inode, who: Who): void {
  const mode = modeAfterWrite(who, inode);
  if (mode === inode.mode) return;
  inode.mode = mode;
  inodes.update(inode);
}

/** A row for something new in a directory, which `who` puts there. */
export function makeIn(
  { walker, inodes }: Store,
  parent: number,
  type: number,
  mode: number,
  who: Who,
): Inode {
  const directory = walker.owned(parent);
  if (who === undefined && (directory.mode & SET_GID) === 0) return inodes.make(type, mode);
  checkEnter(who, directory);
  const owned = inherit(who, directory, mode, type === DIRECTORY);
  return Object.assign(inodes.make(type, owned.mode), { uid: owned.uid, gid: owned.gid });
}

/** Makes a file with some content. There must be nothing at `path`, which was looked up for `who`. */
export function create(store: Store, path: VPath, data: Uint8Array, options: WriteOptions, who: Who): Inode {
  const { walker, inodes, contents } = store;
  const parent = walker.parent(path);
  const inode = makeIn(store, parent, FILE, options.mode ?? DEFAULT_FILE_MODE, who);
  if (data.length > 0) inode.mode = modeAfterWrite(who, inode);
  const tail = contents.fill(inode, data);
  const { mtimeMs, contentType, meta } = options;
  setAttributes(inode, { mtimeMs, contentType, meta });
  inodes.insert(inode, tail);
  name(store, parent, path, inode);
  store.tally.add(inode.size, 0);
  return inode;
}

/** Makes something that is no file at a name that is free. */
export function addNew(store: Store, path: VPath, type: number, mode: number, who: Who, text = ""): void {
  const { walker, inodes } = store;
  if (path === ROOT || walker.find(path, who) !== undefined) throw new VfsError("EEXIST");
  const parent = walker.parent(path);
  const inode = makeIn(store, parent, type, mode, who);
  const tail = text === "" ? null : encoder.encode(text);
  inode.size = tail?.length ?? 0;
  inodes.insert(inode, tail);
  name(store, parent, path, inode);
}

function name(store: Store, parent: number, path: VPath, inode: Inode): void {
  store.naming.add(parent, nameOf(path), inode);
  store.tally.add(0, 1);
  store.tell("created", inode.type, path);
}

/** Sets what a write may say of a file beside its content. */
export function describe(store: Store, inode: Inode, { mtimeMs, contentType, meta }: WriteOptions): void {
  if (mtimeMs === undefined && contentType === undefined && meta === undefined) return;
  setAttributes(inode, { mtimeMs, contentType, meta });
  store.inodes.update(inode);
}

/** Changes the attributes of an inode, found at `path`, as `who` may, and writes it. */
export function change(
  store: Store,
  inode: Inode,
  path: VPath | undefined,
  changes: StatChanges,
  who: Who,
): void {
  setAttributes(inode, permitted(who, inode, toType(inode.type), changes));
  store.changing(inode, path);
  inode.ctimeMs = store.tally.nowMs;
  store.inodes.update(inode);
  const { mode, uid, gid } = changes;
  // What others remember of the directory does not hold any more.
  if (inode.type === DIRECTORY && (mode ?? uid ?? gid) !== undefined) store.reshape();
}

/** Changes the attributes of an inode, which is written by somebody else. */
function setAttributes(inode: Inode, changes: StatChanges): void {
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
