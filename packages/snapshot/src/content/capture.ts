import { isVfsError, type Bytes, type Capabilities, type Dirent, type Stats, type Vfs } from "@vfs/core";
import { withAttributes } from "../entry-of-stat.ts";
import { childPath, type TreeEntry } from "../tree-entry.ts";
import { keepContent, keepDirectory, type Keep, type KeepList } from "./pages.ts";
import { pieces } from "./pieces.ts";
import { isAsSeen, toSeen, type Seen, type StatIndex } from "./stat-index.ts";
import { inPool } from "../in-pool.ts";
import { survey, type Survey } from "./survey.ts";

export interface CaptureOptions {
  /** A view whose root is the top of the tree. */
  readonly top: Vfs;
  readonly leaveOut: string | undefined;
  readonly index: StatIndex;
  /** Read everything, whatever its stat says. */
  readonly deep: boolean;
  /** Keeps a piece of a file. */
  readonly keepPiece: Keep;
  /** Keeps a list of entries or of pieces. */
  readonly keepList: KeepList;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((bytes: number, totalBytes: number | undefined) => void) | undefined;
}

/** A tree as it was found. */
export interface Captured {
  readonly root: TreeEntry;
  readonly index: StatIndex;
  readonly files: number;
  readonly bytes: number;
  /** Files whose content was read. */
  readonly readFiles: number;
  /** What was found to change meanwhile. */
  readonly changed: ReadonlySet<string>;
  /** What is neither file, directory nor link. */
  readonly skipped: readonly string[];
  readonly survey: Survey;
}

// A file that keeps changing is taken as it was found the last time.
const LOOKS = 3;
const WHOLE_BYTES = 1 << 20;

/** Reads what changed of a tree, and keeps it as objects. */
export async function capture(options: CaptureOptions): Promise<Captured> {
  const { top, leaveOut, index, deep, signal, onProgress } = options;
  const found = await survey(top, leaveOut, signal);
  const work = new Work(options, found);
  const toRead: Dirent[] = [];
  let totalBytes = 0;
  for (const entries of found.values())
    for (const entry of entries) {
      if (entry.type === "other") work.skipped.push(entry.path);
      if (entry.type !== "file" || entry.stat === undefined) continue;
      const seen = deep ? undefined : index.files.get(entry.path);
      if (seen !== undefined && isAsSeen(seen, entry.stat)) {
        work.stats.set(entry.path, entry.stat);
        work.seen.set(entry.path, seen);
      } else {
        toRead.push(entry);
        totalBytes += entry.stat.size;
      }
    }
  let bytes = 0;
  await inPool(toRead, async (entry) => {
    signal?.throwIfAborted();
    await work.readFile(entry);
    bytes += work.stats.get(entry.path)?.size ?? 0;
    onProgress?.(bytes, totalBytes);
  });
  return { ...(await work.build()), readFiles: toRead.length, survey: found };
}

class Work {
  /** Of the files that are there, as they were when they were read. */
  readonly stats = new Map<string, Stats>();
  readonly seen = new Map<string, Seen>();
  /** What was read of a file that changed meanwhile need not be as long as its stat says. */
  readonly #sizes = new Map<string, number>();
  readonly changed = new Set<string>();
  readonly skipped: string[] = [];
  readonly #options: CaptureOptions;
  readonly #found: Survey;
  readonly #lists: string[] = [];
  #groups = new Map<string, string>();
  #files = 0;
  #bytes = 0;

  constructor(options: CaptureOptions, found: Survey) {
    this.#options = options;
    this.#found = found;
  }

  /** Reads a file until it did not change while it was read. */
  async readFile({ path, stat: listed }: Dirent): Promise<void> {
    const { top } = this.#options;
    let before = listed as Stats;
    for (let look = 1; ; look++) {
      try {
        const atMs = Date.now();
        const content = await this.#keepFile(path, before.size);
        const after = await top.lstat(path);
        const same = isSameVersion(before, after);
        if (!same) this.changed.add(path);
        if (!same && look < LOOKS && after.isFile()) {
          before = after;
          continue;
        }
        this.stats.set(path, before);
        this.#sizes.set(path, content.size);
        // What changed while it was read must be read again next time.
        this.seen.set(path, toSeen(before, same ? atMs : -Infinity, content));
        return;
      } catch (reason) {
        if (!isVfsError(reason, "ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "ESTALE")) throw reason;
        this.changed.add(path);
        if (look >= LOOKS || !isVfsError(reason, "ESTALE")) return;
      }
    }
  }

  async build(): Promise<Omit<Captured, "readFiles" | "survey">> {
    const { top } = this.#options;
    this.#groups = groupsOf(this.stats);
    const tree = await this.#directory("/");
    const stat = await top.lstat("/");
    const root = withAttributes({ name: "", type: "directory", tree }, stat, top.capabilities("/"));
    const { changed, skipped } = this;
    const index = { files: this.seen, objects: this.#lists };
    return { root, index, files: this.#files, bytes: this.#bytes, changed, skipped };
  }

  async #directory(path: string): Promise<string> {
    const found = (this.#found.get(path) ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    // What lies in a directory is on the store of the directory, but for what is mounted there.
    const caps = this.#options.top.capabilities(path);
    const trees = new Map<string, string>();
    const below = found.filter(({ type }) => type === "directory");
    await inPool(below, async ({ name }) => {
      trees.set(name, await this.#directory(childPath(path, name)));
    });
    const entries: TreeEntry[] = [];
    for (const { name, type, stat } of found) {
      if (stat === undefined) continue;
      const at = childPath(path, name);
      const tree = trees.get(name);
      let entry: TreeEntry | undefined;
      if (type === "file") entry = this.#file(name, at, caps);
      else if (type === "symlink") entry = await this.#symlink(name, at, stat, caps);
      else if (type === "directory")
        entry = withAttributes({ name, type, tree }, stat, this.#options.top.capabilities(at));
      if (entry !== undefined) entries.push(entry);
    }
    return keepDirectory(entries, this.#keepList);
  }

  #file(name: string, path: string, caps: Capabilities): TreeEntry | undefined {
    const seen = this.seen.get(path);
    const stat = this.stats.get(path);
    if (seen === undefined || stat === undefined) return undefined;
    const size = this.#sizes.get(path) ?? stat.size;
    this.#files++;
    this.#bytes += size;
    const { content, lists, atimeMs } = seen;
    const group = this.#groups.get(path);
    return withAttributes({ name, type: "file", size, group, content, lists }, stat, caps, atimeMs);
  }

  async #symlink(
    name: string,
    path: string,
    stat: Stats,
    caps: Capabilities,
  ): Promise<TreeEntry | undefined> {
    const target = await this.#options.top.readlink(path).catch((reason: unknown) => {
      if (!isVfsError(reason, "ENOENT", "EINVAL", "ENOTDIR")) throw reason;
      this.changed.add(path);
    });
    return target === undefined ? undefined : withAttributes({ name, type: "symlink", target }, stat, caps);
  }

  readonly #keepList: KeepList = async (text) => {
    const hash = await this.#options.keepList(text);
    this.#lists.push(hash);
    return hash;
  };

  async #keepFile(
    path: string,
    size: number,
  ): Promise<Pick<TreeEntry, "content" | "lists"> & { size: number }> {
    const { top, keepPiece, signal } = this.#options;
    const source =
      size <= WHOLE_BYTES ? [await top.readFile(path, { signal })] : top.readStream(path, { signal });
    return keepPieces(source, keepPiece, this.#options.keepList);
  }
}

/** Keeps the content of a file piece by piece. */
export async function keepPieces(
  source: AsyncIterable<Bytes> | Iterable<Bytes>,
  keepPiece: Keep,
  keepList: KeepList,
): Promise<Pick<TreeEntry, "content" | "lists"> & { size: number }> {
  const hashes: string[] = [];
  let size = 0;
  for await (const piece of pieces(source)) {
    size += piece.length;
    hashes.push(await keepPiece(piece));
  }
  return { size, ...(await keepContent(hashes, keepList)) };
}

function isSameVersion(a: Stats, b: Stats): boolean {
  return (
    a.ino === b.ino &&
    a.size === b.size &&
    a.mtimeMs === b.mtimeMs &&
    a.ctimeMs === b.ctimeMs &&
    a.etag === b.etag
  );
}

/** The first name of each file that has several here, by each of its names. */
function groupsOf(stats: ReadonlyMap<string, Stats>): Map<string, string> {
  const names = new Map<string, string[]>();
  for (const [path, { nlink, ino, dev }] of stats)
    if (nlink > 1 && ino !== 0) {
      const key = `${dev}:${ino}`;
      names.set(key, [...(names.get(key) ?? []), path]);
    }
  const groups = new Map<string, string>();
  for (const paths of names.values()) {
    if (paths.length < 2) continue;
    const [first = ""] = paths.sort((a, b) => (a < b ? -1 : 1));
    for (const path of paths) groups.set(path, first);
  }
  return groups;
}
