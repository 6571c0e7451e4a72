import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import { ERRNO, VfsError, type ErrorCode } from "@vfs/core";
import { isDamaged, toVfsError } from "./errors.ts";
import { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";

/**
 * Looks whose file it is before SQLite opens it for writing, which may already change it. A file that is not there, or
 * is empty, is fine: it becomes ours.
 *
 * SQLite looks itself, but told that nobody changes the file, so that it neither locks it nor makes others beside it.
 * To open and close the file by other means would give up the locks that this process may hold on it already.
 *
 * @throws VfsError `EIO` for a file that is no database or is cut off, `EINVAL` for the database of another program,
 * `ENOTSUP` for one of a newer version; `ENOENT` when the directory of the file is not there. The file is unchanged.
 * @see https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export function checkFile(path: string): void {
  if (sizeOf(path) === 0) return;
  let database: Database.Database | undefined;
  try {
    database = new Database(`${pathToFileURL(path).href}?immutable=1`, { readonly: true });
    if (database.pragma("application_id", { simple: true }) !== APPLICATION_ID)
      throw new VfsError("EINVAL", { hint: "the file is the SQLite database of another program" });
    checkVersion(database);
  } catch (error) {
    // What is missing in the file may still be in the log beside it.
    if (!isDamaged(error) || !hasLog(path)) throw toVfsError(error);
  } finally {
    database?.close();
  }
}

/**
 * The schema that a database has.
 *
 * @throws VfsError `ENOTSUP` when this version does not know it.
 */
export function checkVersion(database: Database.Database): number {
  const version = database.pragma("user_version", { simple: true }) as number;
  if (version <= SCHEMA_VERSION) return version;
  throw new VfsError("ENOTSUP", {
    reason: "unsupported",
    hint: `the file has schema ${version}, this version of @vfs/sqlite knows ${SCHEMA_VERSION}: update it`,
  });
}

function sizeOf(path: string): number {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw new VfsError("EISDIR", { hint: "the database file is a directory" });
    if (found !== undefined) return found.size;
  } catch (error) {
    throw cannotOpen(error);
  }
  if (existsSync(dirname(path))) return 0;
  throw new VfsError("ENOENT", { hint: "the directory of the database file is not there" });
}

function hasLog(path: string): boolean {
  return ["-wal", "-journal"].some(
    (suffix) => (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0) > 0,
  );
}

function cannotOpen(error: unknown): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (error instanceof Error && "syscall" in error && code in ERRNO)
    return new VfsError(code as ErrorCode, { hint: "the database file cannot be opened", cause: error });
  return error;
}
