/** How large things may be in a store; what is absent has no limit of its own. */
export interface Limits {
  readonly fileBytes?: number;
  readonly nameBytes?: number;
  readonly pathBytes?: number;
}

/**
 * What a provider can do itself, as plain frozen data. Core emulates what is missing where that can be done honestly
 * and refuses the rest with `ENOTSUP`. The conformance kit runs what is declared and fails a provider that lies.
 */
export interface Capabilities {
  /** Has `write`, `mkdir` and `remove`. */
  readonly write: boolean;
  /** Never returns a promise to a caller whose `ctx.sync` is true. */
  readonly sync: boolean;
  /** `real`: a file needs its directory. `implied`: a directory is there as soon as something lies below it. */
  readonly directories: "real" | "implied";
  /**
   * What a file keeps when `write` replaces its content: `inode` (its number, its links, mode and attributes),
   * `attributes` (mode and attributes only), or `nothing`.
   */
  readonly keeps: "inode" | "attributes" | "nothing";
  /** Has `open`: files with an identity of their own, which outlive their name. Needs `rename`. */
  readonly open: boolean;
  /** Has `append`, and no append is ever lost to another. */
  readonly append: boolean;
  /** Has `truncate`. */
  readonly truncate: boolean;
  /** Has `patch`: pieces of a large file are written without the rest of it. Needs `ifMatch`. */
  readonly patch: boolean;
  /** Has `rename`, of files only or of whole trees. */
  readonly rename: "none" | "file" | "tree";
  /** Has `copy`, of files only or of whole trees. */
  readonly copy: "none" | "file" | "tree";
  /** `remove` takes `recursive`. */
  readonly removeTree: boolean;
  /** Has `readStream`. */
  readonly readStream: boolean;
  /** Has `writeStream`: a source of any length in bounded memory. */
  readonly writeStream: boolean;
  /** `list` takes `recursive`. */
  readonly listRecursive: boolean;
  /** `list` can put a stat beside each entry at no further cost, or at less than a `stat` of each would have. */
  readonly listStat: boolean;
  /** Has `find`. */
  readonly find: boolean;
  /** Has `scan`. */
  readonly scan: boolean;
  /** Has `writeMany`: many small files at less than writing each would cost. Needs `write`, and no `meta`. */
  readonly writeMany: boolean;
  /** Keeps permission bits, and `setStat` changes them. */
  readonly modes: boolean;
  /** Keeps `uid` and `gid`, and `setStat` changes them. */
  readonly owners: boolean;
  /**
   * Checks what `ctx.identity` may do, in its own walk and with the rules of `identity.ts`, and gives what it creates
   * to it. Without this only root comes through: everybody else is told `ENOTSUP` by core. Needs `modes` and `owners`,
   * and `open`, `append`, `truncate` and `rename` `tree` of its own: what core puts together has other rights.
   */
  readonly permissions: boolean;
  /** Which times `setStat` can set. Every provider reports `mtimeMs`. */
  readonly times: "none" | "modify" | "all";
  /** Keeps `contentType` and `meta`. */
  readonly meta: boolean;
  /** Has `symlink` and `readlink`, and raises a `LinkMet` for each link in the middle of a path. */
  readonly symlinks: boolean;
  /** Has `link`. */
  readonly links: boolean;
  /** `stat` gives a stable `ino` and a true `nlink`. */
  readonly inodes: boolean;
  /** `stat` gives an `etag`. */
  readonly etag: boolean;
  /** Honours `ifMatch` on read, write and remove, against writers elsewhere too. */
  readonly ifMatch: boolean;
  /** Honours `ifNoneMatch: "*"` on write, against writers elsewhere too. */
  readonly ifNoneMatch: boolean;
  /**
   * Has `watch`, which also tells what others do to the store. `changes`: it tells what happened. `paths`: it tells where,
   * and core looks what. With `none` core looks again and again.
   */
  readonly watch: "none" | "paths" | "changes";
  /** Has `changes`: a history with revisions that never go back. */
  readonly changes: boolean;
  /** Has `snapshots`: it keeps states of the whole store, at no cost that grows with it. */
  readonly snapshots: boolean;
  /** Has `usage`. */
  readonly usage: boolean;
  /** Has `statfs`. */
  readonly statfs: boolean;
  /** `a` and `A` are two names. */
  readonly caseSensitive: boolean;
  readonly limits: Limits;
}

const NOTHING: Capabilities = {
  write: false,
  sync: false,
  directories: "real",
  keeps: "nothing",
  open: false,
  append: false,
  truncate: false,
  patch: false,
  rename: "none",
  copy: "none",
  removeTree: false,
  readStream: false,
  writeStream: false,
  listRecursive: false,
  listStat: false,
  find: false,
  scan: false,
  writeMany: false,
  modes: false,
  owners: false,
  permissions: false,
  times: "none",
  meta: false,
  symlinks: false,
  links: false,
  inodes: false,
  etag: false,
  ifMatch: false,
  ifNoneMatch: false,
  watch: "none",
  changes: false,
  snapshots: false,
  usage: false,
  statfs: false,
  caseSensitive: true,
  limits: Object.freeze({}),
};

/** Fills in "no" for every ability that is not named, and freezes the result. */
export function capabilities(declared: Partial<Capabilities>): Capabilities {
  const { limits = NOTHING.limits, ...abilities } = declared;
  return Object.freeze({ ...NOTHING, ...abilities, limits: Object.freeze({ ...limits }) });
}
