import type { Stats, Vfs } from "@vfs/core";
import { sameContent, sameChecksum, type Side } from "./same-content.ts";
import { byPath, type Excluded, type Survey } from "./survey.ts";

/** What is to be done, at a path below both directories. */
export type SyncStep =
  | { readonly action: "mkdir"; readonly path: string; readonly mode: number }
  | {
      readonly action: "copy";
      readonly path: string;
      readonly bytes: number;
      /** Why: there is nothing yet, or something else, or what is there differs in this. */
      readonly reason: "new" | "type" | "size" | "time" | "content";
    }
  /** With all that is in it. */
  | { readonly action: "remove"; readonly path: string }
  /** Something else is in the way, which only `delete` may remove. */
  | { readonly action: "conflict"; readonly path: string; readonly to: "file" | "directory" }
  /** A socket, a pipe or a device. */
  | { readonly action: "skip"; readonly path: string };

/** Two directories, and how they are compared. */
export interface Comparison {
  readonly vfs: Vfs;
  readonly from: string;
  readonly to: string;
  readonly source: Survey;
  readonly target: Survey;
  /** By content, and not by size and time. */
  readonly checksum: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What makes `to` what `from` is, parents first; what is the same is left out.
 *
 * @param mayRemove Whether what is in the way may be removed.
 */
export async function* steps(comparison: Comparison, mayRemove: boolean): AsyncIterable<SyncStep> {
  const { source, target, signal } = comparison;
  const blocked: string[] = [];
  for (const [path, stats] of [...source].sort(([a], [b]) => byPath(a, b))) {
    signal?.throwIfAborted();
    if (blocked.some((above) => path.startsWith(above))) continue;
    const there = target.get(path);
    const inWay = there !== undefined && stats.isDirectory() !== there.isDirectory();
    if (stats.type === "other") yield { action: "skip", path };
    // A copy replaces a file or a link, but no directory; and nothing is a directory but one.
    else if (inWay && !mayRemove) {
      blocked.push(`${path}/`);
      yield { action: "conflict", path, to: there.isDirectory() ? "directory" : "file" };
    } else {
      if (inWay) yield { action: "remove", path };
      const present = inWay ? undefined : there;
      const step = stats.isDirectory()
        ? newDirectory(path, stats, present)
        : await fileStep(comparison, path, stats, present);
      if (step !== undefined) yield step;
    }
  }
}

function newDirectory(path: string, { mode }: Stats, there: Stats | undefined): SyncStep | undefined {
  return there === undefined ? { action: "mkdir", path, mode: mode & 0o7777 } : undefined;
}

async function fileStep(
  comparison: Comparison,
  path: string,
  stats: Stats,
  there: Stats | undefined,
): Promise<SyncStep | undefined> {
  const copy = (reason: "new" | "type" | "size" | "time" | "content"): SyncStep => ({
    action: "copy",
    path,
    bytes: stats.size,
    reason,
  });
  if (there === undefined) return copy("new");
  if (there.type !== stats.type) return copy("type");
  if (stats.isSymbolicLink()) return (await sameLink(comparison, path)) ? undefined : copy("content");
  if (there.size !== stats.size) return copy("size");
  const same = await sameFile(comparison, path, stats, there);
  return same ? undefined : copy(comparison.checksum ? "content" : "time");
}

async function sameLink({ vfs, from, to }: Comparison, path: string): Promise<boolean> {
  const [one, other] = await Promise.all([vfs.readlink(`${from}/${path}`), vfs.readlink(`${to}/${path}`)]);
  return one === other;
}

/** Whether two files of one size are taken for the same. */
async function sameFile(
  { vfs, from, to, checksum, signal }: Comparison,
  path: string,
  stats: Stats,
  there: Stats,
): Promise<boolean> {
  const [one, other]: [Side, Side] = [
    { path: `${from}/${path}`, stats },
    { path: `${to}/${path}`, stats: there },
  ];
  if (checksum) return sameContent(vfs, one, other, signal);
  // What the stores know for sure goes before what the times suggest.
  const known = sameChecksum(stats, there) ?? sameEtag(stats, there);
  if (known !== undefined) return known;
  if (vfs.capabilities(other.path).times === "none") return there.mtimeMs >= stats.mtimeMs;
  // Stores keep times to the millisecond at least, some round them and some cut them off.
  return Math.abs(stats.mtimeMs - there.mtimeMs) < 1;
}

/**
 * An etag of S3 begins with a digest: the same digest is the same bytes, wherever they are, while another may come of
 * other parts or of encryption. The etags of other stores mean something in their own store only.
 */
function sameEtag({ etag: one = "" }: Stats, { etag: other = "" }: Stats): true | undefined {
  const digest = DIGEST.exec(one)?.[1];
  return digest !== undefined && digest === DIGEST.exec(other)?.[1] ? true : undefined;
}

const DIGEST = /^"?([0-9a-f]{32}(?:-\d+)?)"?(?:\.|$)/;

/** What is in `to` and not in `from`: the topmost of it, but for directories that hold something excluded. */
export function extras(source: Survey, all: Survey, isExcluded: Excluded): SyncStep[] {
  const kept = new Set<string>();
  for (const path of all.keys()) if (isExcluded(path)) for (const above of parents(path)) kept.add(above);
  const removed: string[] = [];
  for (const path of [...all.keys()].sort(byPath)) {
    const last = removed.at(-1);
    if (last !== undefined && path.startsWith(`${last}/`)) continue;
    if (!source.has(path) && !kept.has(path) && !isExcluded(path)) removed.push(path);
  }
  return removed.map((path) => ({ action: "remove", path }));
}

function parents(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, i) => names.slice(0, i + 1).join("/"));
}
