import { capabilities, type Capabilities } from "@vfs/core";

/**
 * What a sandbox can do.
 *
 * - `ifMatch` is false: no command looks at a file and replaces it in one step, so that a program in the sandbox could
 *   always come between.
 * - `watch`: the daemon tells in which directory something happened, not what became of it.
 * - `owners`: the kernel of the sandbox decides, and says `EPERM` to whoever is not root.
 *
 * @param root Of the mount: what it takes of the longest path that the kernel knows.
 */
export function capsOf(root: string): Capabilities {
  return capabilities({
    write: true,
    keeps: "attributes",
    open: true,
    append: true,
    truncate: true,
    rename: "tree",
    copy: "tree",
    removeTree: true,
    readStream: true,
    writeStream: true,
    listRecursive: true,
    listStat: true,
    find: true,
    scan: true,
    writeMany: true,
    modes: true,
    owners: true,
    times: "all",
    symlinks: true,
    links: true,
    inodes: true,
    etag: true,
    ifNoneMatch: true,
    watch: "paths",
    usage: true,
    statfs: true,
    limits: { nameBytes: 255, pathBytes: PATH_BYTES - root.length },
  });
}

// What the kernel takes, less the NUL at its end and the name of an unfinished file.
const PATH_BYTES = 4095 - 40;
