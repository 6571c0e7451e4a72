import { createTwoFilesPatch } from "diff";
import type { DiffEntry, SnapshotDiff } from "./diff.ts";
import type { TreeEntry } from "./tree-entry.ts";

/** One of two trees that are compared. */
export interface Side {
  readonly look: (path: string) => Promise<TreeEntry | undefined>;
  readonly read: (entry: TreeEntry, path: string) => Promise<Uint8Array>;
}

interface Sides {
  readonly before: Side;
  readonly after: Side;
  readonly maxTextBytes: number;
}

/** The same differences, with a unified diff for each file that is text and not too large. */
export async function withPatches(found: SnapshotDiff, sides: Sides): Promise<SnapshotDiff> {
  const added: DiffEntry[] = [];
  const removed: DiffEntry[] = [];
  const changed: SnapshotDiff["changed"][number][] = [];
  for (const entry of found.added)
    added.push({ ...entry, ...(await patchOf(entry.path, sides, false, true)) });
  for (const entry of found.removed)
    removed.push({ ...entry, ...(await patchOf(entry.path, sides, true, false)) });
  for (const entry of found.changed)
    changed.push(
      entry.what.includes("content")
        ? { ...entry, ...(await patchOf(entry.path, sides, true, true)) }
        : entry,
    );
  return { ...found, added, removed, changed };
}

async function patchOf(
  path: string,
  { before, after, maxTextBytes }: Sides,
  hasOld: boolean,
  hasNew: boolean,
): Promise<Pick<DiffEntry, "patch">> {
  const contents: Uint8Array[] = [];
  for (const side of [hasOld ? before : undefined, hasNew ? after : undefined]) {
    const entry = await side?.look(path);
    if (side !== undefined && (entry?.type !== "file" || (entry.size ?? 0) > maxTextBytes)) return {};
    contents.push(side === undefined || entry === undefined ? NO_BYTES : await side.read(entry, path));
  }
  const patch = textPatch(path, contents[0], contents[1]);
  return patch === undefined ? {} : { patch };
}

// Two texts that have nothing in common take longest to compare.
const MOST_EDITS = 20_000;
const NO_BYTES = new Uint8Array(0);

/** A unified diff of two texts; undefined where one is no text. */
function textPatch(
  path: string,
  before: Uint8Array = NO_BYTES,
  after: Uint8Array = NO_BYTES,
): string | undefined {
  const [old, young] = [textOf(before), textOf(after)];
  if (old === undefined || young === undefined) return undefined;
  const options = { context: 3, maxEditLength: MOST_EDITS };
  return (
    createTwoFilesPatch(`a${path}`, `b${path}`, old, young, undefined, undefined, options) ??
    `--- a${path}\n+++ b${path}\n(too different to be shown)\n`
  );
}

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
