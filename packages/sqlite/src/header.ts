import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ERRNO, VfsError, type ErrorCode } from "@vfs/core";
import { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";

const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";

/**
 * Looks at a file before SQLite does, which may already write to what it opens. A file that is not there, or is empty,
 * is fine: it becomes ours.
 *
 * @throws VfsError `EIO` for a file that is no database or is cut off, `EINVAL` for the database of another program,
 * `ENOTSUP` for one of a newer version; `ENOENT` when the directory of the file is not there. The file is unchanged.
 * @see https://sqlite.org/fileformat2.html#the_database_header
 */
export function checkFile(path: string): void {
  const found = readHeader(path);
  if (found === undefined || found.fileBytes === 0) return;
  const { header, fileBytes } = found;
  if (header.length < HEADER_BYTES || header.toString("latin1", 0, MAGIC.length) !== MAGIC)
    throw new VfsError("EIO", { hint: "the file is no SQLite database" });
  if (header.readUInt32BE(68) !== APPLICATION_ID)
    throw new VfsError("EINVAL", { hint: "the file is the SQLite database of another program" });
  checkVersion(header.readUInt32BE(60));
  // What is not in the file may still be in the log beside it.
  if (hasLog(path)) return;
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const counted = header.readUInt32BE(24) === header.readUInt32BE(92);
  if (counted && header.readUInt32BE(28) * pageBytes > fileBytes)
    throw new VfsError("EIO", { hint: "the database file is cut off" });
}

/**
 * Refuses a schema that this version does not know.
 *
 * @throws VfsError `ENOTSUP`.
 */
export function checkVersion(version: number): void {
  if (version <= SCHEMA_VERSION) return;
  throw new VfsError("ENOTSUP", {
    reason: "unsupported",
    hint: `the file has schema ${version}, this version of @vfs/sqlite knows ${SCHEMA_VERSION}: update it`,
  });
}

function readHeader(path: string): { header: Buffer; fileBytes: number } | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw cannotOpen(error);
    if (!existsSync(dirname(path)))
      throw new VfsError("ENOENT", { hint: "the directory of the database file is not there", cause: error });
    return undefined;
  }
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    const length = readSync(descriptor, header, 0, HEADER_BYTES, 0);
    return { header: header.subarray(0, length), fileBytes: fstatSync(descriptor).size };
  } catch (error) {
    throw cannotOpen(error);
  } finally {
    closeSync(descriptor);
  }
}

function hasLog(path: string): boolean {
  return ["-wal", "-journal"].some(
    (suffix) => (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0) > 0,
  );
}

function cannotOpen(error: unknown): VfsError {
  const code = codeOf(error);
  return new VfsError(code in ERRNO ? (code as ErrorCode) : "EIO", {
    hint: "the database file cannot be opened",
    cause: error,
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}
