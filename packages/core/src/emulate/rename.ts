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
 * `rename` for a provider that has none (or none for directories): copies, then removes. When the copy fails it is
 * taken away again and the original is untouched. The caller holds the locks of both paths.
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
  if (source.type !== "directory" && provider.caps.rename !== "none" && provider.rename !== undefined)
    return yield* wait(provider.rename(path, to, options, ctx));
  yield* checkReplace(provider, source, target, to, ctx);
  try {
    yield* copyNode(store, path, to, source, target, ctx);
  } catch (reason) {
    if (target === undefined) yield* removeNode(provider, to, source, ctx, true);
    throw reason;
  }
  yield* removeNode(provider, path, source, ctx, false);
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
