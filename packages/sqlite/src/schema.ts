/** What the header of our files says that they are: "vfs1". */
export const APPLICATION_ID = 0x76667331;

/** The newest schema that this version reads and writes; `user_version` of the file. */
export const SCHEMA_VERSION = 3;

/** The branch that everything lives on. */
export const MAIN_BRANCH = 0;

/** The directory that everything lies below. */
export const ROOT_INO = 1;

/** The directory that is none: its name `''` tells the shape. */
export const SHAPE_PARENT = 0;

/** The first number for what is no directory. */
const FIRST_NUMBER = 2 ** 32;

/** A block is what is read and written as one row; what of a file is no whole block lies in its inode's row. */
export const BLOCK_BYTES = 8192;

/** So many blocks make a chunk: what contents share, and what is copied before one of them is written. */
export const CHUNK_BLOCKS = 32;

/** The types of inodes, by their number in the file. The last is content on its way, which no name leads to. */
export const TYPES = ["file", "directory", "symlink", "scratch"] as const;

const DIRECTORY_TYPE = TYPES.indexOf("directory");

/**
 * The schema, and why it is so. Times are of better-sqlite3 13.2 on a two-core machine, in microseconds.
 *
 * - `dentry` holds the live names, clustered by directory: a step of a path is one seek in one tree, a listing one
 *   range scan, and the type is there without a look at the inode. Names that are gone, but that a snapshot may ask
 *   for, move to `dentry_past`; so history costs live reads nothing. One table with a partial index on `died IS NULL`
 *   does the same with two trees to write for each new name: 57 a new file against 49, in a batch 14 against 12.
 * - `inode` has one live row each, older versions in `inode_past`. Its key is `branch * 2^40 + number`, so that it is
 *   SQLite's own integer key (a WITHOUT ROWID table of two columns spills every row above 1 KiB).
 * - `tail`, the last column, holds the `size % BLOCK_BYTES` bytes that fill no block: the whole of a small file.
 *   Small writes and appends so touch one row; with a table of their own they cost 47 against 37. As the last column it
 *   is not read by who asks for the others.
 * - Whole blocks lie in `block`, their number is `chunk * CHUNK_BLOCKS + n`; `chunk` tells which chunk is the nth of a
 *   content. A block that was never written is zeros and has no row. With 8 KiB a random read of 4 KiB takes 10 (with
 *   64 KiB: 40) while streams are as fast as with any other size, the disk being what they wait for.
 * - A content belongs to one inode version. A copy gets a content of its own with the same chunks: one row for each
 *   256 KiB. `shared` counts, for the few chunks that are in several contents, how many others there are.
 * - What changes a name changes the times of its directory, and each page that a transaction writes costs 7 to 10. So
 *   what changes of a directory with its names (its times, and its links, which count the directories in it) lies
 *   before them, as the name `''` of itself, mostly on the page of the new name: a new file changes that page and the
 *   one of its inode. In `inode` a directory's row has these too, as they were when it was made. History moves such a
 *   row to `dentry_past` like a name.
 * - The name `''` in directory 0, which there is not, lies before those of the root, and its `born` is the shape of the
 *   branch: the revision at which a directory was last moved or removed. Until the next one, what is known of where
 *   directories lie stays true. A rename in the root so takes one page.
 * - `branch` has what is given out so far, by the range, so that a change need not write here: up to `revision`, which
 *   grows with every change and is never used twice; from `next` on no inode, content or chunk has a number, from
 *   `nextDirectory` on no directory (these have their own, below 2^32). Row 0 holds them for the whole file.
 * - `branch` also counts bytes and files. Who writes much writes them later, and is listed in `uncounted` until then.
 *   Who finds somebody else there, be it one that was killed, counts anew and one further in `counted`: see tally.ts.
 * - `change` is the history for who watches, kept from revision `logFrom` on and until `logUntilMs`: see feed.ts.
 * - `held` lists the inodes without a name that a `session` has open: see sessions.ts.
 * - `born` is for snapshots: see {@link VERSION_2}. `base` and `forked` are for branches, which there are none of yet.
 *
 * All numbers are integers of at most 53 bits; times are milliseconds since 1970 and may have a fraction.
 */
const VERSION_1 = `
CREATE TABLE branch(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  base INTEGER,
  forked INTEGER,
  root INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  next INTEGER NOT NULL,
  nextDirectory INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  files INTEGER NOT NULL,
  counted INTEGER NOT NULL DEFAULT 0,
  logFrom INTEGER NOT NULL DEFAULT 0,
  logUntilMs REAL NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE uncounted(
  store INTEGER PRIMARY KEY
) STRICT;
CREATE TABLE change(
  revision INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  type INTEGER NOT NULL,
  path TEXT NOT NULL,
  oldPath TEXT
) STRICT;
CREATE TABLE snapshot(
  id INTEGER PRIMARY KEY,
  branch INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  name TEXT NOT NULL,
  createdMs REAL NOT NULL
) STRICT;
CREATE TABLE dentry(
  branch INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  name TEXT NOT NULL,
  ino INTEGER NOT NULL,
  type INTEGER NOT NULL,
  born INTEGER NOT NULL,
  nlink INTEGER,
  mtimeMs REAL,
  ctimeMs REAL,
  PRIMARY KEY(branch, parent, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE dentry_past(
  branch INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  name TEXT NOT NULL,
  ino INTEGER NOT NULL,
  type INTEGER NOT NULL,
  born INTEGER NOT NULL,
  died INTEGER NOT NULL,
  nlink INTEGER,
  mtimeMs REAL,
  ctimeMs REAL,
  PRIMARY KEY(branch, parent, name, born)
) STRICT, WITHOUT ROWID;
CREATE TABLE inode(
  id INTEGER PRIMARY KEY,
  ${inodeColumns()}
) STRICT;
CREATE TABLE inode_past(
  past INTEGER PRIMARY KEY,
  id INTEGER NOT NULL,
  died INTEGER NOT NULL,
  ${inodeColumns()}
) STRICT;
CREATE INDEX inode_past_of ON inode_past(id, born);
CREATE TABLE chunk(
  content INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY(content, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE shared(
  id INTEGER PRIMARY KEY,
  others INTEGER NOT NULL
) STRICT;
CREATE TABLE block(
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
CREATE TABLE session(
  id INTEGER PRIMARY KEY,
  machine TEXT NOT NULL,
  pid INTEGER NOT NULL,
  beatMs REAL NOT NULL
) STRICT;
CREATE TABLE held(
  ino INTEGER NOT NULL,
  session INTEGER NOT NULL,
  PRIMARY KEY(ino, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_by ON held(session);
INSERT INTO branch(id, name, base, forked, root, revision, next, nextDirectory, bytes, files)
  VALUES(${MAIN_BRANCH}, 'main', NULL, NULL, ${ROOT_INO}, 1, ${FIRST_NUMBER}, ${ROOT_INO + 1}, 0, 0);
INSERT INTO inode
  SELECT ${ROOT_INO}, 1, ${DIRECTORY_TYPE}, 493, 0, 0, 2, 0, 1, now, now, now, now, NULL, NULL, NULL, NULL
  FROM (SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now);
INSERT INTO dentry
  SELECT ${MAIN_BRANCH}, id, '', id, type, born, nlink, mtimeMs, ctimeMs FROM inode
  UNION ALL SELECT ${MAIN_BRANCH}, ${SHAPE_PARENT}, '', ${SHAPE_PARENT}, ${DIRECTORY_TYPE}, 1, NULL, NULL, NULL;
`;

/**
 * Snapshots. A row of `snapshot` is the state after everything up to its revision, and that is all that taking one
 * writes. Whoever changes a row of `dentry` or `inode` whose `born` is no later than the newest snapshot first copies it
 * to the past, once: the live row is born anew with that. A row of the past was there from `born` on until before
 * `died`; what there was at a revision are the live rows that were born by then, and those of the past that had not
 * died. Each change since a snapshot is thus paid once, by who makes it, and reading the live rows never costs more.
 *
 * - A past inode has its tail with it, and the content that it had: the live one gets another one before its blocks
 *   change. `died` is the key, for it grows with each row and is never the same twice, so that what came to the past
 *   between two snapshots is one range. A file of blocks so has one content for all its versions with the same blocks.
 * - `altered` has the paths at which something was changed while the snapshot `since` was the newest, `tree` where all
 *   below may be another. A path is the one that it had then: what moved with a directory above it lies below both ends
 *   of that move, which are told as trees.
 * - `dropped` has the snapshots that are gone, but whose rows of the past are not all cleared away yet, and from where
 *   on: so that giving back much needs no transaction of seconds, and goes on after a crash.
 */
const VERSION_2 = `
DROP TABLE snapshot;
DROP TABLE dentry_past;
DROP TABLE inode_past;
CREATE TABLE snapshot(
  revision INTEGER PRIMARY KEY,
  label TEXT NOT NULL,
  createdMs REAL NOT NULL,
  files INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;
CREATE TABLE dropped(
  revision INTEGER PRIMARY KEY,
  cleared INTEGER NOT NULL
) STRICT;
CREATE TABLE altered(
  since INTEGER NOT NULL,
  path TEXT NOT NULL,
  tree INTEGER NOT NULL,
  PRIMARY KEY(since, path, tree)
) STRICT, WITHOUT ROWID;
CREATE TABLE dentry_past(
  branch INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  name TEXT NOT NULL,
  ino INTEGER NOT NULL,
  type INTEGER NOT NULL,
  born INTEGER NOT NULL,
  died INTEGER NOT NULL,
  nlink INTEGER,
  mtimeMs REAL,
  ctimeMs REAL,
  PRIMARY KEY(branch, parent, name, born)
) STRICT, WITHOUT ROWID;
CREATE INDEX dentry_past_died ON dentry_past(died);
CREATE TABLE inode_past(
  died INTEGER PRIMARY KEY,
  id INTEGER NOT NULL,
  ${inodeColumns()}
) STRICT;
CREATE INDEX inode_past_of ON inode_past(id, born, version, size);
CREATE INDEX inode_past_content ON inode_past(content) WHERE content IS NOT NULL;
`;

const INODE_COLUMNS =
  "born, type, mode, uid, gid, nlink, size, version, atimeMs, mtimeMs, ctimeMs, birthtimeMs, contentType, meta, content, tail";

/**
 * The first change of a file after a snapshot costs the page of its inode and that of what is kept of it, and no others:
 * three pages where it were five with a row in `altered` and one in an index by inode (117 us beside 34 for a write
 * while there is no snapshot).
 *
 * - What is kept of an inode has the path at which it was changed then. So what differs between two snapshots are the
 *   paths of what came to the past between them, and those that were noted. Whoever clears such a row away while there
 *   is an older snapshot notes the path for that one. It stands before the tail, so that who reads it need not read that.
 * - A live row leads to the version before it: that died when the live one was born. `inode_older` has the others by
 *   inode: those before these, and all of inodes that are gone. So a second version of a file that is kept costs the
 *   page more that the first one does not.
 */
const VERSION_3 = `
CREATE TABLE inode_kept(
  died INTEGER PRIMARY KEY,
  id INTEGER NOT NULL,
  path TEXT,
  ${inodeColumns()}
) STRICT;
INSERT INTO inode_kept SELECT died, id, NULL, ${INODE_COLUMNS} FROM inode_past;
DROP TABLE inode_past;
ALTER TABLE inode_kept RENAME TO inode_past;
CREATE INDEX inode_past_content ON inode_past(content) WHERE content IS NOT NULL;
CREATE TABLE inode_older(
  id INTEGER NOT NULL,
  died INTEGER NOT NULL,
  born INTEGER NOT NULL,
  PRIMARY KEY(id, died)
) STRICT, WITHOUT ROWID;
INSERT INTO inode_older SELECT id, died, born FROM inode_past AS past
  WHERE NOT EXISTS (SELECT 1 FROM inode WHERE inode.id = past.id AND inode.born = past.died);
`;

function inodeColumns(): string {
  return `born INTEGER NOT NULL,
  type INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  gid INTEGER NOT NULL,
  nlink INTEGER NOT NULL,
  size INTEGER NOT NULL,
  version INTEGER NOT NULL,
  atimeMs REAL NOT NULL,
  mtimeMs REAL NOT NULL,
  ctimeMs REAL NOT NULL,
  birthtimeMs REAL NOT NULL,
  contentType TEXT,
  meta TEXT,
  content INTEGER,
  tail BLOB`;
}

/** What makes a file of schema `n` one of schema `n + 1`; the first makes it out of nothing. */
export const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3];
