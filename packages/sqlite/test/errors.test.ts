import { isVfsError, VfsError } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { toVfsError } from "../src/errors.ts";

describe("sqlite › errors", () => {
  it("of SQLite › become codes of POSIX, with the cause and without its text", () => {
    const expected: Record<string, string> = {
      SQLITE_BUSY: "EBUSY",
      SQLITE_BUSY_RECOVERY: "EBUSY",
      SQLITE_LOCKED: "EBUSY",
      SQLITE_FULL: "ENOSPC",
      SQLITE_READONLY: "EROFS",
      SQLITE_READONLY_DBMOVED: "EROFS",
      SQLITE_CANTOPEN: "EIO",
      SQLITE_CORRUPT: "EIO",
      SQLITE_CORRUPT_INDEX: "EIO",
      SQLITE_NOTADB: "EIO",
      SQLITE_IOERR_WRITE: "EIO",
      SQLITE_NOMEM: "ENOMEM",
      SQLITE_TOOBIG: "EFBIG",
      SQLITE_PERM: "EACCES",
      SQLITE_CONSTRAINT_UNIQUE: "EIO",
      SQLITE_OF_THE_FUTURE: "EIO",
    };
    for (const [result, code] of Object.entries(expected)) {
      const cause = new Database.SqliteError("unable to open /home/ada/secret.db", result);
      const error = toVfsError(cause);
      expect(isVfsError(error) && error.code, result).toBe(code);
      expect((error as VfsError).cause).toBe(cause);
      expect((error as VfsError).retryable, result).toBe(code === "EBUSY");
      expect((error as VfsError).message).not.toContain("secret");
    }
  });

  it("of others › pass as they are", () => {
    const own = new VfsError("ENOENT");
    const other = new TypeError("wrong");
    for (const error of [own, other, "text", undefined, null, { code: 5 }])
      expect(toVfsError(error)).toBe(error);
  });
});
