import { resolve } from "node:path";
import Database from "better-sqlite3";
import { isBusy, toVfsError } from "./errors.ts";
import { checkFile, checkOwner, versionOf } from "./owner.ts";
import { APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION } from "./schema.ts";

/** An open database. */
export type Handle = Database.Database;

/** How long a caller that cannot do anything else waits for a lock that another process holds. */
export const PATIENCE_MS = 5000;

/** A file that is not kept: the tables are in memory. */
export const IN_MEMORY = ":memory:";

// Each page of a commit is written as a whole. Rates against pages of 8 KiB, in turns on a quiet machine: appends 1.12,
// single writes 1.33 and renames 1.45; but streams in 0.78, random reads 0.84, batches of small files 0.92.
const PAGE_BYTES = 4096;

// Pages in the log before they go to the database. Going there waits for the disk three times. The log (32 MiB) is used
// again from its beginning.
const CHECKPOINT_PAGES = 8000;

// One large transaction must not leave its log behind for ever.
const KEPT_LOG_BYTES = 64 << 20;

/**
 * Opens a database of ours, or makes one where there is nothing yet.
 *
 * @throws VfsError as {@link checkFile} and {@link checkOwner} do; `EIO` for a file that is no database or is damaged; `EBUSY` when another process does not let us.
 */
export function openDatabase(file: string): Handle {
  const path = file === IN_MEMORY ? file : resolve(file);
  let database: Handle | undefined;
  try {
    if (path !== IN_MEMORY) checkFile(path, PATIENCE_MS);
    database = new Database(path, { timeout: PATIENCE_MS });
    checkOwner(database);
    // Has an effect only on a file in which nothing is yet.
    database.pragma(`page_size = ${PAGE_BYTES}`);
    migrate(database);
    configure(database);
    return database;
  } catch (error) {
    database?.close();
    throw toVfsError(error);
  }
}

/** Brings the schema up to date. The first time this happens before there is a log, so that the header tells whose file it is. */
function migrate(database: Handle): void {
  if (versionOf(database) === SCHEMA_VERSION) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    // Asked again: another process may have been faster.
    for (let version = versionOf(database); version < SCHEMA_VERSION; version++)
      database.exec(MIGRATIONS[version] ?? "");
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
    database.exec("COMMIT");
  } finally {
    if (database.inTransaction) database.exec("ROLLBACK");
  }
}

function configure(database: Handle): void {
  useLog(database);
  database.pragma("synchronous = NORMAL");
  database.pragma("trusted_schema = OFF");
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.pragma(`journal_size_limit = ${KEPT_LOG_BYTES}`);
}

/** Turns on the write-ahead log. The one step for which SQLite does not wait until others are gone. */
function useLog(database: Handle): void {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      database.pragma("journal_mode = WAL");
      // The log is made when the database is first looked at; see log.ts.
      versionOf(database);
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > end) throw error;
      pause(5);
    }
  }
}

/** Blocks the thread. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
