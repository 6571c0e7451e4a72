import { wait, type Flow } from "@vfs/core";
import type { Files } from "./files.ts";
import { kindOf, text } from "./show.ts";

/** A time that nobody would have set by chance, a second for each file. */
const STAMP_SECONDS = 1_111_111_111;
// Of a larger file only the beginning and the end are read.
const WHOLE_BYTES = 2 << 20;
const PART_BYTES = 4096;

/** Gives everything in the tree a time of its own. */
export function* stampAll(files: Files): Flow<readonly string[]> {
  const found = yield* namesBelow(files, "/");
  for (const [at, path] of found.entries())
    yield* wait(files.lutimes(path, STAMP_SECONDS, STAMP_SECONDS + at));
  return found;
}

function* namesBelow(files: Files, directory: string): Flow<string[]> {
  const found = [directory];
  for (const name of (yield* wait(files.readdir(directory))).toSorted()) {
    const path = directory === "/" ? `/${name}` : `${directory}/${name}`;
    const stat = yield* wait(files.lstat(path));
    if (stat.isDirectory()) found.push(...(yield* namesBelow(files, path)));
    else found.push(path);
  }
  return found;
}

/** When a sequence ran, in ms since 1970: which times were set, and which came by themselves. */
export interface Times {
  readonly startMs: number;
  /** When everything was stamped last. */
  readonly stampedMs: number | undefined;
}

/**
 * All that can be known of a tree, a line for each name: kind, bits, links, size, content, and what its times tell.
 * Files with several names have the first of them in common.
 */
export function* picture(files: Files, times: Times): Flow<string[]> {
  const lines: string[] = [];
  const firstNames = new Map<number, string>();
  for (const path of yield* namesBelow(files, "/")) {
    const stat = yield* wait(files.lstat(path));
    const kind = kindOf(stat);
    const first = firstNames.get(stat.ino) ?? path;
    firstNames.set(stat.ino, first);
    const about = [JSON.stringify(path), kind, stat.mode.toString(8), `${stat.nlink} links`];
    if (first !== path) about.push(`same as ${JSON.stringify(first)}`);
    if (kind !== "directory") about.push(`${stat.size} bytes`);
    if (kind === "symlink") about.push(`-> ${JSON.stringify(yield* wait(files.readlink(path)))}`);
    if (kind === "file") about.push(JSON.stringify(yield* contentOf(files, path, stat.size)));
    lines.push([...about, whenChanged(stat, times)].join(" "));
  }
  return lines;
}

function* contentOf(files: Files, path: string, size: number): Flow<string> {
  if (size <= WHOLE_BYTES) return text(yield* wait(files.readFile(path)));
  const start = text(yield* wait(files.readFile(path, { start: 0, end: PART_BYTES })));
  return start + text(yield* wait(files.readFile(path, { start: size - PART_BYTES, end: size })));
}

function whenChanged(stat: { mtimeMs: number; ctimeMs: number }, { startMs, stampedMs }: Times): string {
  // The kernel's clock is some ms behind.
  const isNow = stat.mtimeMs > startMs - 1000 && stat.mtimeMs < Date.now() + 1000;
  // Node hands times to the kernel in whole microseconds.
  const mtime = isNow ? "now" : `${Math.round(stat.mtimeMs * 100) / 100} ms`;
  if (stampedMs === undefined) return mtime;
  return `${mtime} ${stat.ctimeMs > stampedMs ? "changed" : "unchanged"}`;
}
