import type { SnapshotRecord } from "./catalog.ts";
import type { Version } from "./options.ts";
import { lookUp, sameContent, type Tree, type TreeEntry } from "./tree-entry.ts";

/** The versions of what is at a path in snapshots that are told oldest first; newest first. */
export async function versionsOf(
  records: readonly SnapshotRecord[],
  path: string,
  open: (root: TreeEntry) => Tree,
): Promise<Version[]> {
  const versions: (Found & { version: Version })[] = [];
  for (const { name, createdMs, root } of records) {
    const tree = open(root);
    const entry = await lookUp(tree, path);
    const last = versions.at(-1);
    if (last !== undefined && (await isSame(last, { tree, entry }))) {
      last.version = { ...last.version, snapshots: [...last.version.snapshots, name] };
      continue;
    }
    // Before it was there for the first time there was no version of it.
    if (last === undefined && entry === undefined) continue;
    const { type = "missing", size = 0, mtimeMs } = entry ?? {};
    versions.push({ version: { snapshots: [name], createdMs, type, size, mtimeMs }, entry, tree });
  }
  return versions.map(({ version }) => version).toReversed();
}

/** What is at a path of a tree, if anything. */
interface Found {
  readonly tree: Tree;
  readonly entry: TreeEntry | undefined;
}

async function isSame({ tree, entry: a }: Found, { tree: other, entry: b }: Found): Promise<boolean> {
  if (a === undefined || b === undefined) return a === b;
  if (a.type !== b.type || a.mode !== b.mode) return false;
  // One that a store keeps by itself tells of its names by its time only.
  if (a.type === "directory") return a.tree === b.tree && (a.tree !== undefined || a.mtimeMs === b.mtimeMs);
  return a.target === b.target && sameContent({ tree, entry: a }, { tree: other, entry: b });
}
