import type { ErrorCode } from "@vfs/core";

/** How glibc words what went wrong. */
const WORDS: readonly (readonly [text: string, code: ErrorCode])[] = [
  ["No such file or directory", "ENOENT"],
  ["File exists", "EEXIST"],
  ["Not a directory", "ENOTDIR"],
  ["Is a directory", "EISDIR"],
  ["Directory not empty", "ENOTEMPTY"],
  ["Permission denied", "EACCES"],
  ["Operation not permitted", "EPERM"],
  ["No space left on device", "ENOSPC"],
  ["Disk quota exceeded", "EDQUOT"],
  ["Read-only file system", "EROFS"],
  ["File name too long", "ENAMETOOLONG"],
  ["Too many levels of symbolic links", "ELOOP"],
  ["Invalid cross-device link", "EXDEV"],
  ["File too large", "EFBIG"],
  ["Too many open files", "EMFILE"],
  ["Too many links", "EMLINK"],
  ["Device or resource busy", "EBUSY"],
  ["Text file busy", "EBUSY"],
  ["Invalid argument", "EINVAL"],
  ["No such device or address", "ENXIO"],
  ["Operation not supported", "ENOTSUP"],
  ["Input/output error", "EIO"],
  ["Cannot allocate memory", "ENOMEM"],
];

/** The code of what a tool said last, undefined for words that are not known. */
export function codeOf(stderr: string): ErrorCode | undefined {
  const said = stderr.trimEnd();
  return WORDS.find(([text]) => said.endsWith(text))?.[1];
}
