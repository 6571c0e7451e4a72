import { VfsError } from "./error.ts";
import { isBelow, parentOf, type VPath } from "./path.ts";
import type { FileType } from "./stat.ts";

/** What became of a name: `changed` is the content or an attribute of what it stands for. */
export type ChangeKind = "created" | "changed" | "removed" | "renamed";

/** Something that happened in a store. */
export interface StoreChange {
  readonly kind: ChangeKind;
  /** The name that it is about; of `renamed` the new one. */
  readonly path: VPath;
  /** Of `renamed`: the name before. */
  readonly oldPath?: VPath | undefined;
  /** Of `renamed`: there was something under the new name, which is gone. */
  readonly replaces?: boolean | undefined;
  readonly type?: FileType | undefined;
  /** Where it stands in the history of the store, with `caps.changes`. Grows with each change. */
  readonly revision?: number | undefined;
}

/** A part of the history of a store. */
export interface ChangesPage {
  /** In the order in which they happened, each with its `revision`. */
  readonly changes: readonly StoreChange[];
  /** Go on from here: all that happened up to it is told. */
  readonly revision: number;
  /** There is more already. */
  readonly more: boolean;
}

/** What a directory, and perhaps the whole tree below it, has of the changes of a store. */
export interface Sight {
  readonly base: VPath;
  readonly recursive: boolean;
}

/** Whether a path is the one that is looked at, or lies in it. */
export function isInSight(path: VPath, { base, recursive }: Sight): boolean {
  return path === base || (isBelow(path, base) && (recursive || parentOf(path) === base));
}

/**
 * A change as it looks from one place: what is moved out of sight is gone, and what is moved into it has come.
 *
 * @returns Undefined when nothing of it is in sight.
 */
export function changeInSight(change: StoreChange, sight: Sight): StoreChange | undefined {
  const { path, oldPath, type, replaces, revision } = change;
  if (oldPath === undefined) return isInSight(path, sight) ? change : undefined;
  if (isInSight(path, sight)) {
    if (isInSight(oldPath, sight)) return change;
    return { kind: replaces === true ? "changed" : "created", path, type, revision };
  }
  if (isInSight(oldPath, sight)) return { kind: "removed", path: oldPath, type, revision };
  // With a directory above it, everything is moved away.
  if (isBelow(sight.base, oldPath)) return { kind: "removed", path: sight.base, type: undefined, revision };
  return undefined;
}

/** What a store says that is asked for changes it no longer knows, or never knew. */
export function historyLost(): VfsError {
  return new VfsError("ESTALE", {
    reason: "precondition",
    hint: "the changes since that revision are no longer known: call changes() for the revision of now, look at everything anew, and go on from there",
  });
}
