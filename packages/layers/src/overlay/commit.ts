import {
  joinPath,
  ROOT,
  run,
  unsupported,
  VfsError,
  wait,
  type Flow,
  type Provider,
  type VPath,
} from "@vfs/core";
import { Applying } from "./applying.ts";
import { OWN } from "./context.ts";
import { copyUp } from "./copy-up.ts";
import { differences, isAtHome, settleLinked, type OverlayChange } from "./diff.ts";
import type { Draft } from "./draft.ts";
import type { Inode } from "./inode.ts";
import { allOf } from "./listing.ts";
import type { Union } from "./union.ts";

/**
 * Applies all changes to `target`.
 *
 * To the lower itself that is done in an order in which the overlay looks the same at each moment, so that a crash in the
 * middle costs nothing but to begin anew:
 *
 * 1. What the lower has elsewhere (moved, or shared by a copy) is brought into the upper: no change depends on a place that
 *    another one overwrites.
 * 2. The journal notes that the lower is being written.
 * 3. The changes are applied. Each of them can be done twice, and what it puts into the lower is hidden by what is in the
 *    upper.
 * 4. The journal is emptied, in one step; then the contents are taken away.
 */
export async function commit(union: Union, target: Provider): Promise<void> {
  const { lower } = union;
  if (!target.caps.write)
    throw new VfsError("EROFS", { hint: `${target.name} cannot be written: commit to another store` });
  await union.alone(OWN, () => run(committing(union, target, target === lower)));
}

function* committing(union: Union, target: Provider, own: boolean): Flow<void> {
  yield* union.inOneStep(OWN, (draft) => settleLinked(union, ROOT, draft));
  const changes = yield* wait(collect(union));
  if (changes.some(({ type, kind }) => type === "symlink" && kind !== "removed") && !target.caps.symlinks)
    throw unsupported(`${target.name} has no symbolic links: remove them from the overlay first`);
  yield* bringUp(union, changes, own);
  // A file that was moved with its directory may have names elsewhere, which nobody has touched.
  yield* union.inOneStep(OWN, (draft) => settleLinked(union, ROOT, draft));
  const all = union.tree.hasLinked ? yield* wait(collect(union)) : changes;
  if (own) {
    yield* union.inOneStep(OWN, function* mark(draft) {
      draft.push({ committing: true });
      yield* wait(undefined);
    });
  }
  const applying = new Applying(union, target);
  yield* wait(applying.apply(all));
  if (own) yield* union.startAnew(applying.places, OWN);
}

async function collect(union: Union): Promise<OverlayChange[]> {
  const changes: OverlayChange[] = [];
  for await (const change of differences(union, true)) changes.push(change);
  return changes;
}

/** Brings into the upper what the lower has in another place. */
function* bringUp(union: Union, changes: readonly OverlayChange[], own: boolean): Flow<void> {
  for (const { kind, path, type } of changes) {
    if (kind === "removed") continue;
    yield* union.inOneStep(OWN, (draft) =>
      type === "directory" ? separate(union, path, draft) : bringUpFile(union, path, own, draft),
    );
  }
}

function* bringUpFile(union: Union, path: VPath, own: boolean, draft: Draft): Flow<void> {
  const found = yield* union.need(path, false, OWN);
  const inode = yield* union.adopt(path, found, draft, OWN);
  const { type, content, source } = inode.state;
  if (type !== "file" || content !== undefined || source === undefined || isAtHome(inode, path)) return;
  // Another store has it where it is.
  if (!own) return;
  // It is still where its content is, too.
  if (inode.state.lower === source && (yield* union.inodeAt(source, OWN)) === inode) return;
  yield* union.journal.prepare(OWN);
  yield* copyUp(union, inode, { keepTime: true }, draft, OWN);
}

/** Makes a directory that shows another one of the lower have everything itself. */
function* separate(union: Union, path: VPath, draft: Draft): Flow<void> {
  const found = yield* union.need(path, false, OWN);
  const directory = yield* union.adopt(path, found, draft, OWN);
  const { lower } = directory.state;
  if (lower === undefined || lower === path) return;
  for (const { name } of yield* allOf(union, path, OWN)) {
    const child = joinPath(path, name);
    const inode = yield* union.adopt(child, yield* union.need(child, false, OWN), draft, OWN);
    draft.own(directory, name, inode);
  }
  for (const [name, { inode }] of directory.entries ?? [])
    if (inode === undefined) draft.push({ entry: { in: directory.state.ino, name, gone: true } });
  draft.edit(directory).lower = undefined;
}

/** Gives all changes up. */
export async function discard(union: Union): Promise<void> {
  await union.alone(OWN, () => run(union.startAnew(new Map<Inode, VPath>(), OWN)));
}
