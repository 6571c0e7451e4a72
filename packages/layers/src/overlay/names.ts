import {
  isBelow,
  nameOf,
  parentOf,
  ROOT,
  VfsError,
  wait,
  type Context,
  type FileType,
  type Flow,
  type RemoveOptions,
  type RenameOptions,
  type VPath,
} from "@vfs/core";
import { checkMatch } from "./conditions.ts";
import type { Draft } from "./draft.ts";
import type { Inode } from "./inode.ts";
import { allOf } from "./listing.ts";
import { dropTree } from "./tree-removal.ts";
import type { Found, Union } from "./union.ts";

/** Makes a directory or a link at a name that is free. */
export function* makeNew(
  union: Union,
  path: VPath,
  type: "directory" | "symlink",
  mode: number,
  target: string | undefined,
  draft: Draft,
  ctx: Context,
): Flow<void> {
  if (path === ROOT || (yield* union.look(path, false, ctx)) !== undefined) throw new VfsError("EEXIST");
  const parent = yield* union.directory(parentOf(path), draft, ctx);
  draft.enter(parent, nameOf(path), draft.create(type, parent, mode, ctx, target));
}

/** Makes `to` one more name of the file at `path`. */
export function* link(union: Union, path: VPath, to: VPath, draft: Draft, ctx: Context): Flow<void> {
  const found = yield* union.need(path, false, ctx);
  if (to === ROOT || (yield* union.look(to, false, ctx)) !== undefined) throw new VfsError("EEXIST");
  if (typeOf(found) === "directory") {
    yield* union.directory(parentOf(to), draft, ctx);
    throw new VfsError("EPERM", { hint: "a directory has one name only" });
  }
  const parent = yield* union.directory(parentOf(to), draft, ctx);
  draft.enter(parent, nameOf(to), yield* union.adopt(path, found, draft, ctx));
}

export function* remove(
  union: Union,
  path: VPath,
  { kind, recursive = false, ifMatch }: RemoveOptions,
  draft: Draft,
  ctx: Context,
): Flow<void> {
  const found = yield* union.need(path, false, ctx);
  const type = typeOf(found);
  if (kind === "file" && type === "directory") throw new VfsError("EISDIR", { hint: "use rmdir or rm" });
  if (kind === "directory" && type !== "directory") throw new VfsError("ENOTDIR");
  if (ifMatch !== undefined)
    checkMatch("inode" in found ? yield* wait(union.stat(found.inode, ctx)) : found.stat, ifMatch);
  if (type === "directory" && !recursive) yield* checkEmpty(union, path, ctx);
  yield* takeAway(union, path, found, draft, ctx);
}

/** Takes a name away, with all that is below it. */
function* takeAway(
  union: Union,
  path: VPath,
  found: NonNullable<Found>,
  draft: Draft,
  ctx: Context,
): Flow<void> {
  const parent = yield* union.directory(parentOf(path), draft, ctx);
  const type = typeOf(found);
  if (type === "directory") {
    if ("inode" in found) yield* dropTree(union, found.inode, found.inode.state.lower, draft, ctx);
    else yield* dropTree(union, undefined, found.at.lower, draft, ctx);
  } else {
    const inode = yield* counted(union, path, found, draft, ctx);
    if (inode !== undefined) draft.unlink(inode);
  }
  draft.leave(parent, nameOf(path), type, isOver(parent, nameOf(path)));
}

/** The inode of a file that is losing a name, if anybody can tell: through another name, or because it is open. */
function* counted(
  union: Union,
  path: VPath,
  found: NonNullable<Found>,
  draft: Draft,
  ctx: Context,
): Flow<Inode | undefined> {
  if ("inode" in found) return found.inode;
  const { at, stat } = found;
  if ((stat.nlink ?? 1) < 2 && union.tree.findOpen(at.lower) === undefined) return undefined;
  return yield* union.adopt(path, found, draft, ctx);
}

/**
 * Moves a name, with the rules of rename(2). A directory that is partly in the lower keeps what shows through it: nothing
 * below it is copied.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/functions/rename.html
 */
export function* rename(
  union: Union,
  path: VPath,
  to: VPath,
  { noReplace = false }: RenameOptions,
  draft: Draft,
  ctx: Context,
): Flow<void> {
  // In the order of Linux, which decides what is told of when more than one thing is wrong.
  const found = yield* union.look(path, false, ctx);
  if (found === undefined) yield* union.need(parentOf(path), false, ctx);
  const target = yield* union.look(to, false, ctx);
  if (target === undefined) yield* union.need(parentOf(to), false, ctx);
  if (found === undefined) throw new VfsError("ENOENT");
  const type = typeOf(found);
  if (isBelow(path, to)) throw new VfsError("ENOTEMPTY");
  if (type === "directory" && isBelow(to, path))
    throw new VfsError("EINVAL", { hint: "a directory cannot be moved into itself" });
  if (target !== undefined && noReplace) throw new VfsError("EEXIST");
  if (path === to || (target !== undefined && isSame(found, target))) return;
  if (target !== undefined) {
    const onto = typeOf(target);
    if (type === "directory" && onto !== "directory") throw new VfsError("ENOTDIR");
    if (type !== "directory" && onto === "directory") throw new VfsError("EISDIR");
    if (onto === "directory") yield* checkEmpty(union, to, ctx);
    yield* takeAway(union, to, target, draft, ctx);
  }
  const inode = yield* union.adopt(path, found, draft, ctx);
  const from = yield* union.directory(parentOf(path), draft, ctx);
  const into = yield* union.directory(parentOf(to), draft, ctx);
  draft.move(
    from,
    nameOf(path),
    isOver(from, nameOf(path)),
    into,
    nameOf(to),
    overAt(into, to, target),
    inode,
  );
}

/** Whether two names stand for one file. */
function isSame(a: NonNullable<Found>, b: NonNullable<Found>): boolean {
  if ("inode" in a) return "inode" in b && a.inode === b.inode;
  if ("inode" in b) return false;
  if (a.at.lower === b.at.lower) return true;
  return (a.stat.nlink ?? 1) > 1 && a.stat.ino !== undefined && a.stat.ino === b.stat.ino;
}

/** Whether the lower has a name too that is in the tree, or is about to be put there. */
function isOver(parent: Inode, name: string): boolean {
  return parent.entries?.get(name)?.over ?? true;
}

/** The same for a name to which something is moved. */
function overAt(parent: Inode, to: VPath, target: Found): boolean {
  return parent.entries?.get(nameOf(to))?.over ?? target !== undefined;
}

function typeOf(found: NonNullable<Found>): FileType {
  return "inode" in found ? found.inode.state.type : found.stat.type;
}

function* checkEmpty(union: Union, path: VPath, ctx: Context): Flow<void> {
  if ((yield* allOf(union, path, ctx)).length > 0) throw new VfsError("ENOTEMPTY");
}
