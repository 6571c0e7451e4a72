import {
  nameOf,
  parentOf,
  VfsError,
  wait,
  type Context,
  type CopyOptions,
  type Flow,
  type VPath,
} from "@vfs/core";
import { fileOnly } from "./conditions.ts";
import type { Draft } from "./draft.ts";
import type { Union } from "./union.ts";

/**
 * Copies a file over `to`. Of one whose content is still in the lower nothing is copied: both have it from there, until one
 * of them is written.
 */
export function* copy(
  union: Union,
  path: VPath,
  to: VPath,
  { ifNoneMatch, preserveTimestamps = false }: CopyOptions,
  draft: Draft,
  ctx: Context,
): Flow<void> {
  const { tree, contents } = union;
  const found = yield* union.need(path, true, ctx);
  fileOnly("inode" in found ? found.inode.state : found.stat);
  const target = yield* union.look(to, ifNoneMatch === undefined, ctx);
  if (target !== undefined && ifNoneMatch !== undefined)
    throw new VfsError("EEXIST", { reason: "precondition" });
  if (target !== undefined) fileOnly("inode" in target ? target.inode.state : target.stat);
  const original = "inode" in found ? found.inode : yield* union.stand(found.at.lower, found.stat, ctx);
  // One that only lends its content does not become part of the tree.
  draft.inodes.add(original);
  const stat = yield* wait(union.stat(original, ctx));
  const { mode, contentType, meta, mtimeMs, atimeMs } = stat;
  yield* union.journal.prepare(ctx);
  let inode;
  if (target === undefined) {
    const parent = yield* union.directory(parentOf(to), draft, ctx);
    inode = draft.create("file", parent, mode ?? 0o644, ctx);
    draft.enter(parent, nameOf(to), inode);
  } else {
    inode = yield* union.adopt(to, target, draft, ctx);
    // Under whichever of its names.
    if (inode === original) return;
  }
  const state = draft.edit(inode);
  const { content, source, size } = original.state;
  const number = tree.next++;
  if (content === undefined && source !== undefined) {
    if (state.content !== undefined) draft.unneeded.push(state.content);
    Object.assign(state, { content: undefined, source, size, etag: `o${number}` });
    state.mtimeMs = draft.nowMs;
    state.mtimeOf = undefined;
  } else {
    yield* contents.copy(content ?? 0, number, ctx);
    draft.replaceContent(inode, number);
  }
  inode.contentChanged();
  yield* union.reopen(inode, ctx);
  Object.assign(state, { mode, contentType, meta, ctimeMs: draft.nowMs });
  if (!preserveTimestamps) return;
  const kept =
    state.content === undefined ? undefined : (yield* wait(contents.stat(state.content, ctx))).mtimeMs;
  Object.assign(state, { mtimeMs, mtimeOf: kept, atimeMs });
}
