import type { SnapshotRecord } from "./catalog.ts";
import type { Version } from "./options.ts";
import { lookUp, sameContent, type Tree, type TreeEntry } from "./tree-entry.ts";

/** The versions of what is at a path in snapshots that are told oldest first; newest first. */
export async function versionsOf(
  records: readonly SnapshotRecord[],
  path: string,
  open: (root: TreeEntry) => Tree,
): Promise<Version[]> {
  const versions: { version: Version; entry: TreeEntry | undefined }[] = [];
  for (const { name, createdMs, root } of records) {
    const entry = await lookUp(open(root), path);
    const last = versions.at(-1);
    if (last !== undefined && isSame(last.entry, entry)) {
      last.version = { ...last.version, snapshots: [...last.version.snapshots, name] };
      continue;
    }
    // Before it was there for the first time there was no version of it.
    if (last === undefined && entry === undefined) continue;
    const { type = "missing", size = 0, mtimeMs } = entry ?? {};
    versions.push({ version: { snapshots: [name], createdMs, type, size, mtimeMs }, entry });
  }
  return versions.map(({ version }) => version).toReversed();
}

function isSame(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.type !== b.type || a.mode !== b.mode) return false;
  if (a.type === "directory") return a.tree === b.tree;
  return a.target === b.target && sameContent(a, b);
}
