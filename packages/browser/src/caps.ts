import { capabilities, type Capabilities } from "@vfs/core";

const ALL: Partial<Capabilities> = {
  write: true,
  keeps: "inode",
  open: true,
  append: true,
  truncate: true,
  rename: "tree",
  copy: "file",
  removeTree: true,
  readStream: true,
  writeStream: true,
  listStat: true,
  find: true,
  modes: true,
  owners: true,
  permissions: true,
  times: "all",
  meta: true,
  symlinks: true,
  links: true,
  inodes: true,
  etag: true,
  ifMatch: true,
  ifNoneMatch: true,
  watch: "changes",
  usage: true,
};

/** What a store can do that has its names in memory. */
export const STORE_CAPS: Capabilities = capabilities({ ...ALL, statfs: true });

/** The same of one that never waits. */
export const SYNC_CAPS: Capabilities = capabilities({ ...ALL, sync: true });
