import type { Awaitable } from "../awaitable.ts";
import type { Context } from "../context.ts";
import { VfsError } from "../error.ts";
import { wait, type Flow } from "../flow.ts";
import { isBelow, joinPath, type VPath } from "../path.ts";
import type { Provider, RenameOptions } from "../provider.ts";
import type { Entry, Stat } from "../stat.ts";
import type { Store } from "../store.ts";
import { copyFile } from "./copy.ts";
import { readOnlyStore, statOrNothing } from "./store-calls.ts";

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
  if (source.type !== "directory" && provider.rename !== undefined)
    return yield* wait(provider.rename(path, to, options, ctx));
  yield* checkReplace(provider, source, target, to, ctx);
  if (provider.caps.rename === "file") return yield* moveTree(provider, path, to, source, target, ctx);
  // A link at the new name is replaced, not followed.
  const link = target?.type === "symlink" ? yield* takeLink(provider, to, ctx) : undefined;
  const free = target === undefined || link !== undefined;
  try {
    yield* copyNode(store, path, to, source, free ? undefined : target, ctx);
  } catch (reason) {
    if (free) yield* removeNode(provider, to, source, ctx, true);
    if (link !== undefined) yield* wait(provider.symlink?.(to, link, ctx));
    throw reason;
  }
  yield* removeNode(provider, path, source, ctx, false);
}

/** Moves a directory by moving each file in it; when that fails half-way, everything is put back. */
function* moveTree(
  provider: Provider,
  path: VPath,
  to: VPath,
  source: Stat,
  target: Stat | undefined,
  ctx: Context,
): Flow<void> {
  const done: (() => Awaitable<void>)[] = [];
  try {
    if (target === undefined) {
      yield* wait(provider.mkdir?.(to, { mode: source.mode }, ctx));
      done.push(() => provider.remove?.(to, { kind: "directory" }, ctx));
    }
    yield* moveChildren(provider, path, to, done, ctx);
    yield* wait(provider.remove?.(path, { kind: "directory" }, ctx));
  } catch (reason) {
    for (const undo of done.toReversed()) yield* wait(undo());
    throw reason;
  }
}

function* moveChildren(
  provider: Provider,
  path: VPath,
  to: VPath,
  done: (() => Awaitable<void>)[],
  ctx: Context,
): Flow<void> {
  for (const entry of yield* children(provider, path, ctx)) {
    const from = joinPath(path, entry.name);
    const target = joinPath(to, entry.name);
    if (entry.type !== "directory") {
      yield* wait(provider.rename?.(from, target, {}, ctx));
      done.push(() => provider.rename?.(target, from, {}, ctx));
      continue;
    }
    const { mode } = yield* wait(provider.stat(from, {}, ctx));
    yield* wait(provider.mkdir?.(target, { mode }, ctx));
    done.push(() => provider.remove?.(target, { kind: "directory" }, ctx));
    yield* moveChildren(provider, from, target, done, ctx);
    yield* wait(provider.remove?.(from, { kind: "directory" }, ctx));
    done.push(() => provider.mkdir?.(from, { mode }, ctx));
  }
}

/** Takes a link away; answers its text. */
function* takeLink(provider: Provider, path: VPath, ctx: Context): Flow<string | undefined> {
  const text = yield* wait(provider.readlink?.(path, ctx));
  yield* wait(provider.remove?.(path, { kind: "file" }, ctx));
  return text;
}

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

function* copyNode(
  store: Store,
  path: VPath,
  to: VPath,
  source: Stat,
  target: Stat | undefined,
  ctx: Context,
): Flow<void> {
  const { provider } = store;
  if (source.type === "file") return yield* copyFile(store, path, to, { preserveTimestamps: true }, ctx);
  if (source.type === "symlink") return yield* copyLink(provider, path, to, target, ctx);
  if (source.type !== "directory")
    throw new VfsError("ENOTSUP", { reason: "unsupported", hint: "a special file" });
  if (provider.mkdir === undefined) throw readOnlyStore(provider);
  if (target === undefined) yield* wait(provider.mkdir(to, { mode: source.mode }, ctx));
  for (const entry of yield* children(provider, path, ctx)) {
    const child = yield* wait(provider.stat(joinPath(path, entry.name), {}, ctx));
    yield* copyNode(store, joinPath(path, entry.name), joinPath(to, entry.name), child, undefined, ctx);
  }
}

function* copyLink(
  provider: Provider,
  path: VPath,
  to: VPath,
  target: Stat | undefined,
  ctx: Context,
): Flow<void> {
  if (provider.readlink === undefined || provider.symlink === undefined) throw new VfsError("ENOTSUP");
  const text = yield* wait(provider.readlink(path, ctx));
  if (target !== undefined) yield* wait(provider.remove?.(to, { kind: "file" }, ctx));
  yield* wait(provider.symlink(to, text, ctx));
}

function* children(provider: Provider, path: VPath, ctx: Context): Flow<Entry[]> {
  const found: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page = yield* wait(provider.list(path, { cursor }, ctx));
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

function* removeNode(
  provider: Provider,
  path: VPath,
  node: Stat,
  ctx: Context,
  mayBeGone: boolean,
): Flow<void> {
  if (provider.remove === undefined) throw readOnlyStore(provider);
  if (mayBeGone && (yield* wait(statOrNothing(provider, path, ctx, false))) === undefined) return;
  if (node.type !== "directory") return yield* wait(provider.remove(path, { kind: "file" }, ctx));
  if (provider.caps.removeTree)
    return yield* wait(provider.remove(path, { kind: "directory", recursive: true }, ctx));
  for (const entry of yield* children(provider, path, ctx)) {
    const child = yield* wait(provider.stat(joinPath(path, entry.name), {}, ctx));
    yield* removeNode(provider, joinPath(path, entry.name), child, ctx, false);
  }
  yield* wait(provider.remove(path, { kind: "directory" }, ctx));
}
