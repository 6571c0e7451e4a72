import type { Stats, Vfs } from "@vfs/core";
import { sameContent } from "./same-content.ts";
import { byPath, excludedBy, survey } from "./survey.ts";

/** A file, or what a directory has at a path below it. */
export interface Compared {
  readonly path: string;
  readonly stats: Stats;
}

/** Something that two trees do not have in common. */
export interface Difference {
  /** Below the trees; empty for the trees themselves. */
  readonly path: string;
  /** What the first tree has; undefined where it has nothing. */
  readonly a: Compared | undefined;
  readonly b: Compared | undefined;
}

/** Where a tree begins, and what is there. */
export type Root = Compared;

interface CompareOptions {
  readonly exclude?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What two trees, or two files, do not have in common, in path order. Of a directory that only one has nothing more is told. */
export async function* differences(
  vfs: Vfs,
  a: Root,
  b: Root,
  options: CompareOptions,
): AsyncIterable<Difference> {
  const { exclude = [], signal } = options;
  if (!a.stats.isDirectory() || !b.stats.isDirectory()) {
    if (!(await isSame(vfs, a, b, signal))) yield { path: "", a, b };
    return;
  }
  const isExcluded = excludedBy(exclude);
  const [one, other] = await Promise.all([
    survey(vfs, a.path, { exclude: isExcluded, signal }),
    survey(vfs, b.path, { exclude: isExcluded, signal }),
  ]);
  let apart: string | undefined;
  for (const path of [...new Set([...one.keys(), ...other.keys()])].sort(byPath)) {
    signal?.throwIfAborted();
    if (apart !== undefined && path.startsWith(`${apart}/`)) continue;
    const [left, right] = [compared(a, path, one.get(path)), compared(b, path, other.get(path))];
    if (left !== undefined && right !== undefined && (await isSame(vfs, left, right, signal))) continue;
    if (left?.stats.isDirectory() !== true || right?.stats.isDirectory() !== true) apart = path;
    yield { path, a: left, b: right };
  }
}

function compared({ path: root }: Root, path: string, stats: Stats | undefined): Compared | undefined {
  return stats === undefined ? undefined : { path: `${root === "/" ? "" : root}/${path}`, stats };
}

async function isSame(vfs: Vfs, a: Compared, b: Compared, signal: AbortSignal | undefined): Promise<boolean> {
  if (a.stats.type !== b.stats.type) return false;
  if (a.stats.isSymbolicLink()) return (await vfs.readlink(a.path)) === (await vfs.readlink(b.path));
  return a.stats.type !== "file" || sameContent(vfs, a, b, signal);
}
