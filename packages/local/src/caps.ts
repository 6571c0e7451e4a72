import { capabilities, type Capabilities } from "@vfs/core";

const POSIX = process.platform !== "win32";

/**
 * What a directory of this host can do.
 *
 * - `ifMatch` is false: nothing can look at a file and replace it in one step here, so another process could always
 *   come between.
 * - `usage` is false: the host knows how full the disk is, not what is in the directory.
 * - `listStat` and `listRecursive` are false: each stat and each directory is one more call of the host anyway.
 * - `watch`: the kernel tells in which directory something happened, not what.
 * - `find` and `scan` are false: a walk of core's takes one call for each directory and one for each file that is read,
 *   several at once. Here it would take the same.
 * - `owners`: the host decides whether this process may change them, and says `EPERM`.
 */
export const CAPS: Capabilities = capabilities({
  statfs: true,
  write: true,
  sync: true,
  keeps: "attributes",
  open: true,
  append: true,
  truncate: true,
  rename: "tree",
  copy: "tree",
  removeTree: true,
  readStream: true,
  writeStream: true,
  modes: POSIX,
  owners: POSIX,
  times: "all",
  symlinks: true,
  links: true,
  inodes: true,
  etag: true,
  watch: "paths",
  ifNoneMatch: true,
  caseSensitive: POSIX && process.platform !== "darwin",
});
