import { capabilities, type Capabilities } from "@vfs/core";

/**
 * What an overlay can do. Names, links, attributes and copies it keeps itself, whatever its stores can; for contents it
 * needs of the upper what it offers.
 *
 * - `permissions` is false: the rights on the way to what nobody touched are those of the lower, which checks none of the
 *   upper's.
 * - `removeTree`: a tree of the lower is gone with one whiteout.
 * - `find`, `scan`, `changes` and `usage` are false: they would be the lower's, corrected name by name.
 */
export function capsOf(lower: Capabilities, upper: Capabilities): Capabilities {
  return capabilities({
    write: true,
    sync: lower.sync && upper.sync,
    directories: "real",
    keeps: "inode",
    open: upper.open,
    append: upper.append,
    truncate: upper.truncate,
    rename: "tree",
    copy: "file",
    removeTree: true,
    readStream: lower.readStream && upper.readStream,
    writeStream: upper.writeStream,
    listStat: lower.listStat,
    modes: true,
    owners: true,
    times: "all",
    meta: true,
    symlinks: true,
    links: upper.open,
    inodes: lower.inodes,
    etag: lower.etag && upper.etag,
    ifMatch: lower.etag && upper.etag,
    ifNoneMatch: true,
    statfs: upper.statfs,
    limits: upper.limits.fileBytes === undefined ? {} : { fileBytes: upper.limits.fileBytes },
  });
}
