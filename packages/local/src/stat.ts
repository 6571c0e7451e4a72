import type { Stats } from "node:fs";
import type { Stat } from "@vfs/core";
import { typeOf } from "./host/values.ts";

/** What the host says of a file, in the words of core. */
export function toStat(stats: Stats): Stat {
  const type = typeOf(stats);
  return {
    type,
    size: type === "file" || type === "symlink" ? stats.size : 0,
    mtimeMs: stats.mtimeMs,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    nlink: stats.nlink,
    ino: stats.ino,
    atimeMs: stats.atimeMs,
    ctimeMs: stats.ctimeMs,
    birthtimeMs: stats.birthtimeMs,
    etag: type === "file" ? etagOf(stats) : undefined,
  };
}

/** What is known anyway of a file that was written, for whoever does not look at it. */
export function toUnseen({ size, mtimeMs }: Stats): Stat {
  return { type: "file", size, mtimeMs };
}

/**
 * What changes with every change of a file's content: the kernel sets `ctime` then, and nobody can set it back.
 *
 * It is as fine as the kernel's clock for files. Since Linux 6.13 that is fine enough to tell any two changes apart
 * that somebody looked between (ext4, xfs, btrfs, tmpfs); before, it ticks every 1 to 10 ms.
 *
 * @see https://docs.kernel.org/filesystems/multigrain-ts.html
 */
function etagOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${ino}-${size}-${mtimeMs}-${ctimeMs}`;
}
