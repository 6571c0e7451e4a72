import type { Stats } from "@vfs/core";
import type { TreeEntry } from "../tree-entry.ts";

/** What a file looked like when its content was last read, and what that was. */
export interface Seen {
  readonly etag: string | undefined;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  /** When it was looked at, by the clock here. */
  readonly atMs: number;
  readonly atimeMs: number;
  readonly content: readonly string[];
  readonly lists: true | undefined;
}

type Row = [
  path: string,
  etag: string | null,
  ino: number,
  size: number,
  mtimeMs: number,
  ctimeMs: number,
  atMs: number,
  atimeMs: number,
  content: readonly string[],
  lists: 0 | 1,
];

/** What of the last snapshot can be used again, so that only what changed is read. */
export interface StatIndex {
  readonly files: ReadonlyMap<string, Seen>;
  /** Objects of the directories. */
  readonly objects: readonly string[];
}

export const NO_INDEX: StatIndex = { files: new Map(), objects: [] };

// No clock of a file system is coarser (FAT has 2 s).
const TICK_MS = 2000;

/**
 * Whether a file is the one that was seen, by all that its store tells of it. One that was changed just before it was
 * read may be changed again in the same tick of the clock, unless the store has etags.
 */
export function isAsSeen(seen: Seen, stat: Stats): boolean {
  return (
    seen.size === stat.size &&
    seen.mtimeMs === stat.mtimeMs &&
    seen.ctimeMs === stat.ctimeMs &&
    seen.ino === stat.ino &&
    seen.etag === stat.etag &&
    (stat.etag !== undefined || seen.atMs - Math.max(stat.mtimeMs, stat.ctimeMs) > TICK_MS)
  );
}

export function toSeen(
  stat: Stats,
  atMs: number,
  { content = [], lists }: Pick<TreeEntry, "content" | "lists">,
): Seen {
  const { etag, ino, size, mtimeMs, ctimeMs, atimeMs } = stat;
  return { etag, ino, size, mtimeMs, ctimeMs, atMs, atimeMs, content, lists };
}

export function formatIndex({ files, objects }: StatIndex): string {
  const rows = Array.from(files, ([path, seen]): Row => {
    const { etag = null, ino, size, mtimeMs, ctimeMs, atMs, atimeMs, content, lists } = seen;
    return [path, etag, ino, size, mtimeMs, ctimeMs, atMs, atimeMs, content, lists === true ? 1 : 0];
  });
  return JSON.stringify({ objects, files: rows });
}

/** An index that cannot be read is none: everything is read again. */
export function parseIndex(text: string): StatIndex {
  try {
    const { objects, files } = JSON.parse(text) as { objects: string[]; files: Row[] };
    const entries = files.map(
      ([path, etag, ino, size, mtimeMs, ctimeMs, atMs, atimeMs, content, lists]): [string, Seen] => [
        path,
        {
          etag: etag ?? undefined,
          ino,
          size,
          mtimeMs,
          ctimeMs,
          atMs,
          atimeMs,
          content,
          lists: lists === 1 ? true : undefined,
        },
      ],
    );
    return { objects, files: new Map(entries) };
  } catch {
    return NO_INDEX;
  }
}

/** The index without what needs objects that are going away. */
export function withOnly({ files, objects }: StatIndex, stays: (hash: string) => boolean): StatIndex {
  return {
    objects: objects.filter(stays),
    files: new Map([...files].filter(([, { content }]) => content.every(stays))),
  };
}
