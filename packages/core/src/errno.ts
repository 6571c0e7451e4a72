/**
 * The POSIX codes that a filesystem of this project raises, with the numbers that Node reports on Linux (negative)
 * and the text of libuv.
 *
 * @see https://docs.libuv.org/en/v1.x/errors.html
 */
export const ERRNO = {
  EPERM: { errno: -1, text: "operation not permitted" },
  ENOENT: { errno: -2, text: "no such file or directory" },
  EIO: { errno: -5, text: "i/o error" },
  ENXIO: { errno: -6, text: "no such device or address" },
  EBADF: { errno: -9, text: "bad file descriptor" },
  EAGAIN: { errno: -11, text: "resource temporarily unavailable" },
  ENOMEM: { errno: -12, text: "not enough memory" },
  EACCES: { errno: -13, text: "permission denied" },
  EBUSY: { errno: -16, text: "resource busy or locked" },
  EEXIST: { errno: -17, text: "file already exists" },
  EXDEV: { errno: -18, text: "cross-device link not permitted" },
  ENOTDIR: { errno: -20, text: "not a directory" },
  EISDIR: { errno: -21, text: "illegal operation on a directory" },
  EINVAL: { errno: -22, text: "invalid argument" },
  EMFILE: { errno: -24, text: "too many open files" },
  EFBIG: { errno: -27, text: "file too large" },
  ENOSPC: { errno: -28, text: "no space left on device" },
  EROFS: { errno: -30, text: "read-only file system" },
  EMLINK: { errno: -31, text: "too many links" },
  EDEADLK: { errno: -35, text: "resource deadlock avoided" },
  ENAMETOOLONG: { errno: -36, text: "name too long" },
  ENOTEMPTY: { errno: -39, text: "directory not empty" },
  ELOOP: { errno: -40, text: "too many symbolic links encountered" },
  EILSEQ: { errno: -84, text: "illegal byte sequence" },
  ENOTSUP: { errno: -95, text: "operation not supported" },
  ETIMEDOUT: { errno: -110, text: "connection timed out" },
  ESTALE: { errno: -116, text: "stale file: it was changed by somebody else" },
  EDQUOT: { errno: -122, text: "disk quota exceeded" },
  ECANCELED: { errno: -125, text: "operation canceled" },
} as const;

/** A code of {@link ERRNO}. */
export type ErrorCode = keyof typeof ERRNO;
