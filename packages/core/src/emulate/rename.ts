import { attempt, type Awaitable } from "../awaitable.ts";
import { withoutSignal, type Context } from "../context.ts";
import { VfsError } from "../error.ts";
import { run, wait, type Flow } from "../flow.ts";
import { isBelow, joinPath, type VPath } from "../path.ts";
import type { Provider, RenameOptions } from "../provider.ts";
import type { Entry, Stat } from "../stat.ts";
import type { Store } from "../store.ts";
import { ofDirectory } from "./attributes.ts";
import { copyFile } from "./copy.ts";
import { readOnlyStore, statOrNothing } from "./store-calls.ts";

/** Steps that put back what was done so far, the last one first. */
type Undo = (() => Awaitable<void>)[];

/**
 * `rename` for a provider that has none: copies, then removes; when the copy fails it is taken away again and the
 * original is untouched. For one that renames only files: moves a directory file by file. The caller holds the locks
 * of both paths.
 */
export function* rename(
  store: Store,
  path: VPath,
  to: VPath,
  options: RenameOptions,
  ctx: Context,
): Flow<void> {
  const { provider } = store;
  const source = yield* wait(provider.stat(path, {}, ctx));
  if (isBelow(to, path)) {
    if (source.type !== "directory") throw new VfsError("ENOTDIR");
    throw new VfsError("EINVAL", { hint: "a directory cannot be moved into itself" });
  }
  const target = yield* wait(statOrNothing(provider, to, ctx, false));
  if (target !== undefined && options.noReplace) throw new VfsError("EEXIST");
  if (path === to) return;
  if (isBelow(path, to)) throw new VfsError("ENOTEMPTY");
  if (source.type !== "directory" && provider.rename !== undefined)
    return yield* wait(provider.rename(path, to, options, ctx));
  yield* checkReplace(provider, source, target, to, ctx);
  const undo: Undo = [];
  const safe = withoutSignal(ctx);
  try {
    if (target !== undefined && target.type !== "file") yield* takeAway(provider, to, target, undo, ctx);
    if (provider.caps.rename === "file") return yield* moveTree(provider, path, to, source, undo, ctx);
    if (target?.type !== "file") undo.push(() => removeCopy(store, to, source, safe));
    yield* copyNode(store, path, to, source, ctx);
  } catch (reason) {
    for (const step of undo.toReversed()) yield* wait(attempt(step, nothing));
    throw reason;
  }
  // From here on the copy is whole: what cannot be removed is there twice, not lost.
  yield* removeNode(provider, path, source, safe);
}

/** What stands in the way of putting something back matters less than why it had to be. */
function nothing(): void {}

/** What rename(2) says about replacing `target` by `source`. */
function* checkReplace(
  provider: Provider,
  source: Stat,
  target: Stat | undefined,
  to: VPath,
  ctx: Context,
): Flow<void> {
  if (target === undefined) return;
  if (source.type !== "directory") {
    if (target.type === "directory") throw new VfsError("EISDIR");
    return;
  }
  if (target.type !== "directory") throw new VfsError("ENOTDIR");
  const { items } = yield* wait(provider.list(to, { limit: 1 }, ctx));
  if (items.length > 0) throw new VfsError("ENOTEMPTY");
}

/** Makes room where a link or an empty directory is in the way: they are replaced, not followed nor filled. */
function* takeAway(provider: Provider, path: VPath, target: Stat, undo: Undo, ctx: Context): Flow<void> {
  const safe = withoutSignal(ctx);
  if (target.type === "directory") {
    yield* wait(provider.remove?.(path, { kind: "directory" }, ctx));
    undo.push(() => provider.mkdir?.(path, { mode: target.mode }, safe));
    return;
  }
  const text = yield* wait(provider.readlink?.(path, ctx));
  yield* wait(provider.remove?.(path, { kind: "file" }, ctx));
  undo.push(() => (text === undefined ? undefined : provider.symlink?.(path, text, safe)));
}

/** Moves a directory by moving each file in it. */
function* moveTree(
  provider: Provider,
  path: VPath,
  to: VPath,
  source: Stat,
  undo: Undo,
  ctx: Context,
): Flow<void> {
  const safe = withoutSignal(ctx);
  yield* wait(provider.mkdir?.(to, { mode: source.mode }, ctx));
  undo.push(() => provider.remove?.(to, { kind: "directory" }, safe));
  for (const entry of yield* children(provider, path, ctx)) {
    const from = joinPath(path, entry.name);
    const target = joinPath(to, entry.name);
    if (entry.type === "directory") {
      yield* moveTree(provider, from, target, yield* wait(provider.stat(from, {}, ctx)), undo, ctx);
      continue;
    }
    yield* wait(provider.rename?.(from, target, {}, ctx));
    undo.push(() => provider.rename?.(target, from, {}, safe));
  }
  yield* finishDirectory(provider, to, source, ctx);
  yield* wait(provider.remove?.(path, { kind: "directory" }, ctx));
  undo.push(() => provider.mkdir?.(path, { mode: source.mode }, safe));
}

/** Gives a directory that stands for another one what that had; last, because what is put into it changes its time. */
function* finishDirectory(provider: Provider, path: VPath, original: Stat, ctx: Context): Flow<void> {
  const changes = ofDirectory(provider.caps, original);
  if (changes !== undefined) yield* wait(provider.setStat?.(path, changes, {}, ctx));
}

function* copyNode(store: Store, path: VPath, to: VPath, source: Stat, ctx: Context): Flow<void> {
  const { provider } = store;
  if (source.type === "file") return yield* copyFile(store, path, to, { preserveTimestamps: true }, ctx);
  if (source.type === "symlink") return yield* copyLink(provider, path, to, ctx);
  if (source.type !== "directory")
    throw new VfsError("ENOTSUP", { reason: "unsupported", hint: "a special file" });
  if (provider.mkdir === undefined) throw readOnlyStore(provider);
  yield* wait(provider.mkdir(to, { mode: source.mode }, ctx));
  for (const entry of yield* children(provider, path, ctx)) {
    const child = yield* wait(provider.stat(joinPath(path, entry.name), {}, ctx));
    yield* copyNode(store, joinPath(path, entry.name), joinPath(to, entry.name), child, ctx);
  }
  yield* finishDirectory(provider, to, source, ctx);
}

function* copyLink(provider: Provider, path: VPath, to: VPath, ctx: Context): Flow<void> {
  if (provider.readlink === undefined || provider.symlink === undefined) throw new VfsError("ENOTSUP");
  // A file in the way is replaced; it was not taken away before, because a copy of it could not be put back.
  const target = yield* wait(statOrNothing(provider, to, ctx, false));
  const text = yield* wait(provider.readlink(path, ctx));
  if (target !== undefined) yield* wait(provider.remove?.(to, { kind: "file" }, ctx));
  yield* wait(provider.symlink(to, text, ctx));
}

function* children(provider: Provider, path: VPath, ctx: Context): Flow<Entry[]> {
  const found: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page = yield* wait(provider.list(path, { cursor }, ctx));
    for (const entry of page.items) found.push(entry);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

function removeCopy(store: Store, path: VPath, node: Stat, ctx: Context): Awaitable<void> {
  return run(removeIfThere(store.provider, path, node, ctx));
}

function* removeIfThere(provider: Provider, path: VPath, node: Stat, ctx: Context): Flow<void> {
  const there = yield* wait(statOrNothing(provider, path, ctx, false));
  if (there !== undefined) yield* removeNode(provider, path, node, ctx);
}

function* removeNode(provider: Provider, path: VPath, node: Stat, ctx: Context): Flow<void> {
  if (provider.remove === undefined) throw readOnlyStore(provider);
  if (node.type !== "directory") return yield* wait(provider.remove(path, { kind: "file" }, ctx));
  if (provider.caps.removeTree)
    return yield* wait(provider.remove(path, { kind: "directory", recursive: true }, ctx));
  for (const entry of yield* children(provider, path, ctx)) {
    const child = yield* wait(provider.stat(joinPath(path, entry.name), {}, ctx));
    yield* removeNode(provider, joinPath(path, entry.name), child, ctx);
  }
  yield* wait(provider.remove(path, { kind: "directory" }, ctx));
}
