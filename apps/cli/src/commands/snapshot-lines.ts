import type { SnapshotDiff } from "@vfs/snapshot";

/** One line a difference: A added, M modified, D deleted, R renamed. */
export function lines({
  added,
  changed,
  removed,
  renamed,
}: SnapshotDiff): (readonly [string, string, string?])[] {
  const all = [
    ...added.map(({ path, patch }) => ["A", path, patch] as const),
    ...changed.map(({ path, what, patch }) => ["M", `${path} (${what.join(", ")})`, patch] as const),
    ...removed.map(({ path, patch }) => ["D", path, patch] as const),
    ...renamed.map(({ path, from }) => ["R", `${from} -> ${path}`, undefined] as const),
  ];
  return all
    .toSorted(([, a], [, b]) => (a < b ? -1 : 1))
    .map(([letter, path, patch]) => [letter, path, patch ?? ""]);
}
