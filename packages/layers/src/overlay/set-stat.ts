import {
  permitted,
  wait,
  type Context,
  type Flow,
  type StatChanges,
  type StatOptions,
  type VPath,
} from "@vfs/core";
import type { Draft } from "./draft.ts";
import type { Inode } from "./inode.ts";
import type { Union } from "./union.ts";

/** Changes attributes. They are kept in the journal: of a large file of the lower nothing is copied for them. */
export function* change(
  union: Union,
  inode: Inode,
  changes: StatChanges,
  draft: Draft,
  ctx: Context,
): Flow<void> {
  const { mode = 0o644, uid = 0, gid = 0, type, content } = inode.state;
  const allowed = permitted(ctx.identity, { mode, uid, gid }, type, changes);
  const { mtimeMs, contentType, meta } = allowed;
  const state = draft.edit(inode);
  if (mtimeMs !== undefined) {
    state.mtimeMs = mtimeMs;
    if (content !== undefined) state.mtimeOf = (yield* wait(union.contents.stat(content, ctx))).mtimeMs;
  }
  for (const key of ["mode", "uid", "gid", "atimeMs"] as const)
    if (allowed[key] !== undefined) state[key] = allowed[key];
  if (contentType !== undefined) state.contentType = contentType ?? undefined;
  if (meta !== undefined) state.meta = Object.freeze({ ...meta });
  state.ctimeMs = draft.nowMs;
}

/** Changes the attributes of what lies at a path. */
export function* setStat(
  union: Union,
  path: VPath,
  changes: StatChanges,
  { follow = false }: StatOptions,
  draft: Draft,
  ctx: Context,
): Flow<void> {
  const found = yield* union.need(path, follow, ctx);
  yield* change(union, yield* union.adopt(path, found, draft, ctx), changes, draft, ctx);
}
