import { accessSync, constants, lstatSync, realpathSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { ERRNO, isVfsError, VfsError, type ErrorCode } from "@vfs/core";
import { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";

/**
 * Looks whether a file can be opened for writing, which already changes one whose log was left behind: SQLite brings it
 * up to date. A file that is not there, or is empty, is fine: it becomes ours.
 *
 * SQLite looks itself. To open and close the file by other means would give up the locks that this process may hold on
 * it already.
 *
 * @throws VfsError `EISDIR`; `ENOENT` and `ENOTDIR` when the file cannot be there; `EROFS` and `EACCES` when it cannot
 * be written; as {@link checkOwner}, and what SQLite throws, for a file that is somebody else's and has a log beside it.
 * @see https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export function checkFile(path: string, patienceMs: number): void {
  const file = find(path);
  if (file?.isDirectory()) throw new VfsError("EISDIR", { hint: "the database file is a directory" });
  if (file === undefined) {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined)
      throw new VfsError("ENOENT", { hint: "the database file is a link that leads nowhere" });
    return checkDirectory(path);
  }
  refused("the database file cannot be written", () => accessSync(path, constants.W_OK));
  const log = find(`${realpathSync(path)}-wal`);
  if (log === undefined) checkDirectory(realpathSync(path));
  if (file.size === 0 || log === undefined || log.size === 0) return;
  const database = new Database(path, { readonly: true, timeout: patienceMs });
  try {
    checkOwner(database);
  } finally {
    database.close();
  }
}

/** Fails unless a file can be made beside this one. */
function checkDirectory(path: string): void {
  const directory = dirname(path);
  if (find(directory) === undefined)
    throw new VfsError("ENOENT", { hint: "the directory of the database file is not there" });
  refused("the directory of the database file cannot be written", () =>
    accessSync(directory, constants.W_OK),
  );
}

/**
 * Refuses the database of another program. One that has nothing in it is nobody's.
 *
 * @throws VfsError `EINVAL`; `ENOTSUP` for one of a newer version of ours.
 */
export function checkOwner(database: Database.Database): void {
  if (numberOf(database, "page_count") > 0 && numberOf(database, "application_id") !== APPLICATION_ID)
    throw new VfsError("EINVAL", { hint: "the file is the SQLite database of another program" });
  versionOf(database);
}

/**
 * The schema that a database has, 0 for none yet.
 *
 * @throws VfsError `ENOTSUP` when this version does not know it.
 */
export function versionOf(database: Database.Database): number {
  const version = numberOf(database, "user_version");
  if (version <= SCHEMA_VERSION) return version;
  throw new VfsError("ENOTSUP", {
    reason: "unsupported",
    hint: `the file has schema ${version}, this version of @vfs/sqlite knows ${SCHEMA_VERSION}: update it`,
  });
}

function numberOf(database: Database.Database, pragma: string): number {
  return database.pragma(pragma, { simple: true }) as number;
}

/** Describes a file, or a directory; undefined when it is not there. */
function find(path: string): Stats | undefined {
  try {
    // Not with `throwIfNoEntry`, which takes a way through a file for one that is not there.
    return refused("the database file cannot be opened", () => statSync(path));
  } catch (error) {
    if (isVfsError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** What the system refuses has its code, but no path of the host. */
function refused<T>(hint: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!(error instanceof Error && "syscall" in error && code in ERRNO)) throw error;
    throw new VfsError(code as ErrorCode, { hint, cause: error });
  }
}
