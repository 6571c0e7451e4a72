import { joinPath, type StoreChange, type VPath, type WatchReport } from "@vfs/core";

/**
 * Tells only what is seen. What is moved out of sight is gone, and what is moved into it has come.
 *
 * @param base Where the store lies whose paths are reported.
 */
export function reportOfAllowed(
  report: WatchReport,
  base: VPath,
  isSeen: (path: VPath) => boolean,
): WatchReport {
  const sees = (path: VPath): boolean => isSeen(base === "/" ? path : at(base, path));
  return {
    lost: () => report.lost(),
    failed: (reason) => report.failed(reason),
    changes: (changes) => {
      const seen = changes.flatMap((change) => seenOf(change, sees));
      if (seen.length > 0) report.changes(seen);
    },
  };
}

function at(base: VPath, path: VPath): VPath {
  return path === "/" ? base : joinPath(base, path.slice(1));
}

function seenOf(change: StoreChange, sees: (path: VPath) => boolean): StoreChange[] {
  const { oldPath, path, replaces, ...rest } = change;
  if (oldPath === undefined) return sees(path) ? [change] : [];
  if (sees(path))
    return sees(oldPath) ? [change] : [{ ...rest, path, kind: replaces === true ? "changed" : "created" }];
  return sees(oldPath) ? [{ ...rest, path: oldPath, kind: "removed" }] : [];
}
