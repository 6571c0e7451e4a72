import { wait, type Context, type Flow, type Stat } from "@vfs/core";
import type { Draft } from "./draft.ts";
import type { Inode } from "./inode.ts";
import type { Union } from "./union.ts";

export interface CopyUpOptions {
  /** How many bytes at the most: what is to be cut off need not be copied. */
  readonly length?: number | undefined;
  /** The content is only moved: its time stays. */
  readonly keepTime?: boolean | undefined;
}

/**
 * Brings the content of a file of the lower into the upper, as a stream where both can, and in one step: a file that half
 * arrived has no name yet. Attributes are in the journal already.
 */
export function* copyUp(
  union: Union,
  inode: Inode,
  options: CopyUpOptions,
  draft: Draft,
  ctx: Context,
): Flow<void> {
  const { state } = inode;
  if (state.content !== undefined) return;
  const content = union.tree.next++;
  const stat = yield* fill(union, content, inode, options.length ?? Infinity, ctx);
  const { mtimeMs } = draft.edit(inode);
  draft.replaceContent(inode, content);
  inode.contentChanged();
  if (!options.keepTime) return;
  const moved = draft.edit(inode);
  moved.mtimeMs = mtimeMs;
  moved.mtimeOf = stat.mtimeMs;
}

function* fill(union: Union, content: number, { state }: Inode, length: number, ctx: Context): Flow<Stat> {
  const { lower, upper, contents } = union;
  const { source, size } = state;
  const none = new Uint8Array(0);
  if (source === undefined || length === 0 || size === 0)
    return yield* wait(contents.write(content, none, { owned: true }, ctx));
  if (lower.readStream === undefined || upper.writeStream === undefined) {
    const data = yield* wait(lower.read(source, { length }, ctx));
    return yield* wait(contents.write(content, data, { owned: true }, ctx));
  }
  const stream = yield* wait(lower.readStream(source, { length }, ctx));
  return yield* wait(contents.writeStream(content, stream, { size: Math.min(size, length) }, ctx));
}
