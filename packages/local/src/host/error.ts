import { ERRNO, isVfsError, VfsError, type ErrorCode } from "@vfs/core";

/** What the host says in words that this project does not have. */
const OTHER_WORDS: Readonly<Record<string, ErrorCode>> = {
  EOPNOTSUPP: "ENOTSUP",
  ENOSYS: "ENOTSUP",
  ETXTBSY: "EBUSY",
  ENFILE: "EMFILE",
  ENODEV: "ENXIO",
  EOVERFLOW: "EFBIG",
  ERR_FS_FILE_TOO_LARGE: "EFBIG",
  // FreeBSD, for a link where none is to be followed.
  EFTYPE: "ELOOP",
};

const PASSING: ReadonlySet<string> = new Set<ErrorCode>(["EAGAIN", "EMFILE", "ENOMEM"]);

/**
 * What a failed call of the host is for the caller. The message has no path of the host; `cause` keeps it.
 *
 * @returns A VfsError: `EIO` for a code that is unknown here. What is no failure of the host comes back as it is.
 */
export function hostError(reason: unknown): unknown {
  const { code } = reason as { code?: unknown };
  if (!(reason instanceof Error) || typeof code !== "string" || isVfsError(reason)) return reason;
  if (code.startsWith("ERR_") && OTHER_WORDS[code] === undefined) return reason;
  const known = Object.hasOwn(ERRNO, code) ? (code as ErrorCode) : (OTHER_WORDS[code] ?? "EIO");
  return new VfsError(known, { cause: reason, retryable: PASSING.has(known) });
}
