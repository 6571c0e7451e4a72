import { differs, metaDiffers, modeDiffers, ownerDiffers, type Keeping } from "./restore/plan.ts";
import {
  childPath,
  contentKey,
  sameContent,
  walk,
  type FileIn,
  type Placed,
  type Tree,
  type TreeEntry,
} from "./tree-entry.ts";

/** What of a name is another. */
export type Difference = "type" | "content" | "target" | "links" | "mode" | "owner" | "times" | "meta";

export interface DiffEntry {
  /** Below the top of the tree. */
  readonly path: string;
  readonly type: TreeEntry["type"];
  /** Bytes of a file; of `removed` those that it had. */
  readonly size: number;
  /** A unified text diff, where it was asked for. */
  readonly patch?: string | undefined;
}

/** What is different in the second tree. All lists are in path order. */
export interface SnapshotDiff {
  readonly added: readonly DiffEntry[];
  readonly changed: readonly (DiffEntry & { readonly what: readonly Difference[] })[];
  readonly removed: readonly DiffEntry[];
  /** Files that have another name with the same content. */
  readonly renamed: readonly (DiffEntry & { readonly from: string })[];
}

export interface DiffOptions {
  /** Add a unified text diff to each file that is text. */
  readonly text?: boolean | undefined;
  /** Only this path, and what is below it. */
  readonly path?: string | undefined;
  /** Larger files get no text diff; 1 MiB unless told. */
  readonly maxTextBytes?: number | undefined;
  /** Read every file of the tree of now, whatever its stat says. */
  readonly deep?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ALL: Keeping = { modes: true, owners: true, times: "all", meta: true };

/** Compares two trees; what is the same object in both is not looked into. */
export async function compare(
  a: Tree,
  b: Tree,
  from: TreeEntry | undefined,
  to: TreeEntry | undefined,
  path: string,
): Promise<SnapshotDiff> {
  const added: Placed[] = [];
  const removed: Placed[] = [];
  const changed: (DiffEntry & { what: Difference[] })[] = [];
  const whole = async (tree: Tree, entry: TreeEntry, at: string, into: Placed[]): Promise<void> => {
    into.push({ path: at, entry });
    if (entry.type === "directory") for await (const placed of walk(tree, entry, at)) into.push(placed);
  };
  const one = async (
    before: TreeEntry | undefined,
    after: TreeEntry | undefined,
    at: string,
  ): Promise<void> => {
    if (after === undefined) return before && whole(a, before, at, removed);
    if (before === undefined) return whole(b, after, at, added);
    const what = await differences({ tree: a, entry: before }, { tree: b, entry: after });
    if (what.length > 0) changed.push({ ...told({ path: at, entry: after }), what });
    const children = async (tree: Tree, entry: TreeEntry): Promise<Map<string, TreeEntry>> =>
      new Map(entry.type === "directory" ? (await tree.list(entry)).map((child) => [child.name, child]) : []);
    if (before.tree !== undefined && before.tree === after.tree) return;
    const [old, young] = await Promise.all([children(a, before), children(b, after)]);
    for (const name of [...new Set([...old.keys(), ...young.keys()])].sort())
      await one(old.get(name), young.get(name), childPath(at, name));
  };
  await one(from, to, path);
  const { renamed, isRenamed } = renames(removed, added);
  return {
    added: added.filter((placed) => !isRenamed.has(placed)).map(told),
    changed,
    removed: removed.filter((placed) => !isRenamed.has(placed)).map(told),
    renamed,
  };
}

async function differences(old: FileIn, young: FileIn): Promise<Difference[]> {
  const [before, after] = [old.entry, young.entry];
  if (before.type !== after.type) return ["type"];
  const { mtimeMs } = before;
  const what: Difference[] = [];
  if (after.type === "file" && !(await sameContent(old, young))) what.push("content");
  if (before.target !== after.target) what.push("target");
  if (before.group !== after.group) what.push("links");
  if (modeDiffers(before, after, ALL)) what.push("mode");
  if (ownerDiffers(before, after, ALL)) what.push("owner");
  // Those of a directory say no more than what is told of what is in it; those of new content are no news.
  if (after.type !== "directory" && what[0] !== "content" && differs({ ...after, mtimeMs }, after, ALL))
    what.push("times");
  if (metaDiffers(before, after, ALL)) what.push("meta");
  return what;
}

/** Pairs what went with what came, by content; of several that fit, the one with the same name. */
function renames(
  removed: readonly Placed[],
  added: readonly Placed[],
): { renamed: SnapshotDiff["renamed"]; isRenamed: Set<Placed> } {
  const isRenamed = new Set<Placed>();
  const gone = new Map<string, Placed[]>();
  for (const placed of removed)
    if (placed.entry.type === "file" && placed.entry.size !== 0) {
      const key = contentKey(placed.entry);
      gone.set(key, [...(gone.get(key) ?? []), placed]);
    }
  const renamed = added.flatMap((placed) => {
    const candidates = placed.entry.type === "file" ? gone.get(contentKey(placed.entry)) : undefined;
    const from = candidates?.find(({ entry }) => entry.name === placed.entry.name) ?? candidates?.[0];
    if (candidates === undefined || from === undefined) return [];
    candidates.splice(candidates.indexOf(from), 1);
    isRenamed.add(from).add(placed);
    return [{ ...told(placed), from: from.path }];
  });
  return { renamed, isRenamed };
}

function told({ path, entry: { type, size = 0 } }: Placed): DiffEntry {
  return { path, type, size };
}
