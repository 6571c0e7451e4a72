import { joinPath, wait, type Context, type Flow, type VPath } from "@vfs/core";
import type { Draft } from "./draft.ts";
import type { Inode } from "./inode.ts";
import type { Union } from "./union.ts";

/**
 * Takes a directory away with everything in it. What lies in the lower needs no whiteouts of its own, for there is no way
 * to it any more; it is gone through only for files that have other names, or are open.
 *
 * @param inode The directory, if it was touched.
 * @param lower What shows through it.
 */
export function* dropTree(
  union: Union,
  inode: Inode | undefined,
  lower: VPath | undefined,
  draft: Draft,
  ctx: Context,
): Flow<void> {
  for (const { inode: child } of inode?.entries?.values() ?? []) {
    if (child === undefined) continue;
    if (child.state.type === "directory") yield* dropTree(union, child, child.state.lower, draft, ctx);
    else draft.unlink(child);
  }
  if (lower !== undefined) yield* dropLower(union, lower, inode, draft, ctx);
  if (inode !== undefined) draft.unlink(inode);
}

function* dropLower(
  union: Union,
  lower: VPath,
  over: Inode | undefined,
  draft: Draft,
  ctx: Context,
): Flow<void> {
  const { caps } = union.lower;
  if (!(caps.inodes && caps.links)) return dropOpen(union, lower, draft);
  let cursor: string | undefined;
  do {
    const page = yield* wait(union.lower.list(lower, { cursor, stat: caps.listStat }, ctx));
    for (const { name, type, stat: known } of page.items) {
      if (over?.entries?.has(name) === true) continue;
      const path = joinPath(lower, name);
      if (type === "directory") {
        yield* dropLower(union, path, undefined, draft, ctx);
        continue;
      }
      const stat = known ?? (yield* wait(union.lower.stat(path, {}, ctx)));
      const inode = (stat.nlink ?? 1) > 1 ? yield* union.stand(path, stat, ctx) : union.tree.findOpen(path);
      if (inode !== undefined) draft.unlink(inode);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** Where no file has several names, only those matter that are open. */
function dropOpen(union: Union, lower: VPath, draft: Draft): void {
  for (const inode of union.tree.within(lower))
    if (!inode.attached && inode.state.type === "file") draft.unlink(inode);
}
