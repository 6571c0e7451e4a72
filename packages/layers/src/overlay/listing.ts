import {
  joinPath,
  VfsError,
  wait,
  type Context,
  type Entry,
  type Flow,
  type ListOptions,
  type Page,
  type VPath,
} from "@vfs/core";
import { Inode, type Dentry } from "./inode.ts";
import type { Union } from "./union.ts";

// A cursor: what the lower's pages give, and behind them where in the names that the lower does not have.
const LOWER = "lower:";
const OWN = "own:";

/**
 * Lists a directory of both. First come the names that the lower has, each once and where the lower has it, whatever it
 * stands for by now; then all others, in the order in which they came. So a name that is touched while somebody lists does
 * not come twice.
 */
export function* list(union: Union, path: VPath, options: ListOptions, ctx: Context): Flow<Page<Entry>> {
  const found = union.tree.walk(path);
  if (found === undefined) throw new VfsError("ENOENT");
  if (!(found instanceof Inode)) {
    const page = yield* wait(union.ofLower(path, found, () => union.lower.list(found.lower, options, ctx)));
    return options.stat === true && union.tree.hasLinked
      ? yield* corrected(union, found.lower, page, ctx)
      : page;
  }
  const { type } = found.state;
  if (type !== "directory") yield* union.need(path, true, ctx);
  if (type !== "directory") throw new VfsError("ENOTDIR");
  return yield* listBoth(union, found, options, ctx);
}

function* listBoth(union: Union, directory: Inode, options: ListOptions, ctx: Context): Flow<Page<Entry>> {
  const { cursor, limit = Infinity, stat = false } = options;
  const { lower } = directory.state;
  const items: Entry[] = [];
  if (lower !== undefined && (cursor === undefined || cursor.startsWith(LOWER))) {
    let from = cursor?.slice(LOWER.length);
    do {
      const left = limit === Infinity ? undefined : limit - items.length;
      const given = { cursor: from, limit: left, stat };
      const raw = yield* wait(union.lower.list(lower, given, ctx));
      const page = stat && union.tree.hasLinked ? yield* corrected(union, lower, raw, ctx) : raw;
      for (const entry of page.items) {
        const own = directory.entries?.get(entry.name);
        if (own === undefined) items.push(entry);
        else if (own.inode !== undefined && !isOwn(union, directory, own))
          items.push(yield* toEntry(union, entry.name, own.inode, stat, ctx));
      }
      from = page.cursor;
      if (from !== undefined && items.length >= limit) return { items, cursor: LOWER + from };
    } while (from !== undefined);
    if (items.length >= limit) return hasOwn(union, directory, 0) ? { items, cursor: `${OWN}0` } : { items };
  }
  const passed = cursor?.startsWith(OWN) === true ? parseOrder(cursor) : 0;
  // Others may change the directory while a stat is waited for.
  for (const entry of Array.from(directory.entries?.values() ?? [])) {
    const { name, inode, order } = entry;
    if (order <= passed || inode === undefined || !isOwn(union, directory, entry)) continue;
    items.push(yield* toEntry(union, name, inode, stat, ctx));
    if (items.length >= limit)
      return hasOwn(union, directory, order) ? { items, cursor: `${OWN}${order}` } : { items };
  }
  return { items };
}

/** Whether there are more names that the lower does not have. */
function hasOwn(union: Union, directory: Inode, passed: number): boolean {
  for (const entry of directory.entries?.values() ?? [])
    if (entry.order > passed && isOwn(union, directory, entry)) return true;
  return false;
}

/** Whether a name is not listed where the lower has it; which names that has is not known while it is written. */
function isOwn({ tree }: Union, { state }: Inode, { inode, over }: Dentry): boolean {
  return inode !== undefined && (!over || state.lower === undefined || tree.committing);
}

function parseOrder(cursor: string): number {
  const order = Number(cursor.slice(OWN.length));
  if (!Number.isSafeInteger(order))
    throw new VfsError("EINVAL", { hint: "the cursor is none that a listing gave" });
  return order;
}

function* toEntry(union: Union, name: string, inode: Inode, withStat: boolean, ctx: Context): Flow<Entry> {
  const { type } = inode.state;
  if (!withStat) return { name, type };
  return { name, type, stat: yield* wait(union.stat(inode, ctx)) };
}

/** A page of the lower, in which files are as they are known under other names. */
function* corrected(union: Union, lower: VPath, page: Page<Entry>, ctx: Context): Flow<Page<Entry>> {
  const items: Entry[] = [];
  for (const entry of page.items) {
    const { name, stat } = entry;
    const inode = stat === undefined ? undefined : union.tree.find(joinPath(lower, name), stat);
    items.push(inode?.attached === true ? yield* toEntry(union, name, inode, true, ctx) : entry);
  }
  return { ...page, items };
}

/** Everything in a directory. */
export function* allOf(union: Union, path: VPath, ctx: Context): Flow<Entry[]> {
  const all: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<Entry> = yield* list(union, path, { cursor }, ctx);
    for (const entry of page.items) all.push(entry);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}
