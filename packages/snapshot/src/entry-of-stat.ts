import type { Capabilities, Stats } from "@vfs/core";
import type { TreeEntry } from "./tree-entry.ts";

/** What the store keeps of a name, and nothing that it only makes up. */
export function withAttributes(
  entry: Omit<TreeEntry, "mtimeMs">,
  stat: Stats,
  caps: Capabilities,
  atimeMs?: number,
): TreeEntry {
  const { name, type, size, group, content, lists, tree, target, at, version } = entry;
  return {
    name,
    type,
    size,
    mode: caps.modes && type !== "symlink" ? stat.mode & 0o7777 : undefined,
    uid: caps.owners ? stat.uid : undefined,
    gid: caps.owners ? stat.gid : undefined,
    mtimeMs: stat.mtimeMs,
    // Only of files. A directory is read by each snapshot: its time of access would make every snapshot another one.
    atimeMs: caps.times === "all" ? atimeMs : undefined,
    contentType: stat.contentType,
    meta: metaOf(stat.meta),
    group,
    content,
    lists,
    tree,
    target,
    at,
    version,
  };
}

function metaOf(meta: Stats["meta"]): Stats["meta"] | undefined {
  const entries = Object.entries(meta);
  return entries.length === 0 ? undefined : Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
