import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { ERRNO, VfsError, type ErrorCode } from "@vfs/core";
import { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";

/**
 * Looks whether a file can be opened for writing, which already changes one whose log was left behind: SQLite brings it
 * up to date. A file that is not there, or is empty, is fine: it becomes ours.
 *
 * SQLite looks itself. To open and close the file by other means would give up the locks that this process may hold on
 * it already.
 *
 * @throws VfsError `ENOENT` when the directory of the file is not there, `EISDIR`; as {@link checkOwner}, and what
 * SQLite throws, for a file that is somebody else's and has a log beside it.
 * @see https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export function checkFile(path: string, patienceMs: number): void {
  if (sizeOf(path) === 0 || sizeOf(`${path}-wal`) === 0) return;
  const database = new Database(path, { readonly: true, timeout: patienceMs });
  try {
    checkOwner(database);
  } finally {
    database.close();
  }
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

/** In bytes; 0 for a file that is not there. */
function sizeOf(path: string): number {
  let size: number | undefined;
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw new VfsError("EISDIR", { hint: "the database file is a directory" });
    size = found?.size;
  } catch (error) {
    throw cannotOpen(error);
  }
  if (size === undefined && !existsSync(dirname(path)))
    throw new VfsError("ENOENT", { hint: "the directory of the database file is not there" });
  return size ?? 0;
}

function cannotOpen(error: unknown): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (error instanceof Error && "syscall" in error && code in ERRNO)
    return new VfsError(code as ErrorCode, { hint: "the database file cannot be opened", cause: error });
  return error;
}
