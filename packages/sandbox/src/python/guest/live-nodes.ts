import type { WireStat } from "../../protocol.ts";
import type { Attr, FsNode } from "./emscripten.ts";

/** The type bits of a mode. */
export const TYPE_BITS = { file: 0o100000, directory: 0o040000, symlink: 0o120000, other: 0o010000 } as const;
export const TYPE_MASK = 0o170000;

const FIRST_DEVICE = 2;

/** Where a node lies, from the root of its mount, and in front of it which mount that is. */
export function pathOf(node: FsNode): string {
  const names: string[] = [];
  let at = node;
  for (; at.parent !== at; at = at.parent) names.push(at.name);
  return `${at.prefix ?? ""}/${names.toReversed().join("/")}`;
}

/** Where something in a directory lies. */
export function childOf(parent: FsNode, name: string): string {
  const directory = pathOf(parent);
  return directory.endsWith("/") ? `${directory}${name}` : `${directory}/${name}`;
}

/** What Emscripten is told of a file. */
export function attrOf(stat: WireStat, path: string): Attr {
  const [type, mode, size, mtimeMs, atimeMs, ctimeMs, ino, nlink, uid, gid, dev = 0] = stat;
  const bytes = type === "directory" ? 4096 : size;
  return {
    // Those below are Emscripten's own.
    dev: FIRST_DEVICE + dev,
    // SQLite takes a file whose number changes for another file.
    ino: ino === 0 ? hash(path) : ino,
    mode: TYPE_BITS[type] | mode,
    nlink,
    uid,
    gid,
    rdev: 0,
    size: bytes,
    atime: time(atimeMs),
    mtime: time(mtimeMs),
    ctime: time(ctimeMs),
    blksize: 65_536,
    blocks: Math.ceil(bytes / 512),
  };
}

/** Whether a mode is that of a directory. */
export function isDirectory(mode: number): boolean {
  return (mode & TYPE_MASK) === TYPE_BITS.directory;
}

/** Whether a mode is that of a symbolic link. */
export function isLink(mode: number): boolean {
  return (mode & TYPE_MASK) === TYPE_BITS.symlink;
}

/** A time with fractions of a millisecond: all that is ever asked of it. */
function time(ms: number): { getTime(): number } {
  return { getTime: () => ms };
}

function hash(text: string): number {
  let value = 7;
  for (let i = 0; i < text.length; i++) value = (value * 31 + text.charCodeAt(i)) | 0;
  return (value >>> 0) + 1;
}
