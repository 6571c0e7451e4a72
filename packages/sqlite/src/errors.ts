import { VfsError, isVfsError, type ErrorCode, type VfsErrorOptions } from "@vfs/core";

const BLOCKED: VfsErrorOptions = {
  reason: "transient",
  retryable: true,
  hint: "another process keeps writing to the database",
};

/** What the primary result codes of SQLite mean for a file. Every other one is `EIO`. */
const CODES: Readonly<Record<string, readonly [ErrorCode, Omit<VfsErrorOptions, "cause">]>> = {
  BUSY: ["EBUSY", BLOCKED],
  LOCKED: ["EBUSY", BLOCKED],
  FULL: ["ENOSPC", {}],
  READONLY: ["EROFS", { hint: "the database cannot be written" }],
  PERM: ["EACCES", {}],
  AUTH: ["EACCES", {}],
  CANTOPEN: ["EIO", { hint: "the database cannot be opened" }],
  NOMEM: ["ENOMEM", {}],
  TOOBIG: ["EFBIG", {}],
  CORRUPT: ["EIO", { hint: "the database is damaged" }],
  NOTADB: ["EIO", { hint: "the file is no SQLite database" }],
};

/**
 * Whatever went wrong, as a `VfsError`. What is one already, and what does not come from SQLite, passes unchanged.
 * SQLite's own texts stay in `cause`: they may name the file.
 *
 * @see https://sqlite.org/rescode.html
 */
export function toVfsError(error: unknown): unknown {
  if (isVfsError(error)) return error;
  const result = resultCode(error);
  if (result === undefined) return error;
  const [code, options] = CODES[result] ?? ["EIO", { hint: "the database failed" }];
  return new VfsError(code, { ...options, cause: error });
}

/** The failure of a transaction, for one of the calls that were in it: always a new `VfsError`. */
export function toFailure(error: unknown): unknown {
  if (isVfsError(error)) {
    const { code, reason, retryable, hint, cause } = error;
    return new VfsError(code, { reason, retryable, hint, cause });
  }
  return resultCode(error) === undefined ? undone(error) : toVfsError(error);
}

/** One call failed after it had changed something: for itself and for the others of its transaction. */
export function undone(cause: unknown): VfsError {
  return new VfsError("EIO", { hint: "the transaction was undone", cause });
}

/** Somebody else holds a lock for longer than we wait. */
export function busy(): VfsError {
  return new VfsError("EBUSY", BLOCKED);
}

/** Whether somebody else holds a lock that we need. */
export function isBusy(error: unknown): boolean {
  const result = resultCode(error);
  return result === "BUSY" || result === "LOCKED";
}

/** Whether there is no room for what a transaction writes. */
export function isFull(error: unknown): boolean {
  return resultCode(error) === "FULL";
}

/** Whether nothing can be written now, though it can be read. */
export function isUnwritable(error: unknown): boolean {
  return isVfsError(error, "ENOSPC", "EROFS", "EBUSY");
}

/** What is called after the store was closed. */
export function closed(): VfsError {
  return new VfsError("EBADF", { hint: "the store is closed" });
}

/** What is called after somebody took the log away. */
export function logLost(): VfsError {
  return new VfsError("EIO", {
    hint:
      "the database's log was removed by another process, because something in this one opened and closed its " +
      "files beside SQLite: open the store anew, and keep other readers in this process away from them",
  });
}

/** The primary result code: `BUSY` of `SQLITE_BUSY_SNAPSHOT`. */
function resultCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? /^SQLITE_([A-Z]+)/.exec(error.code)?.[1] : undefined;
}
