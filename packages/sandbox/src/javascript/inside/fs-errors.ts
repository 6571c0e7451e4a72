import type { Failure } from "./host.ts";

/** What Node says for each code, and its number on Linux. */
const ERRORS: Readonly<Record<string, readonly [errno: number, text: string]>> = {
  EPERM: [-1, "operation not permitted"],
  ENOENT: [-2, "no such file or directory"],
  EIO: [-5, "i/o error"],
  EBADF: [-9, "bad file descriptor"],
  EAGAIN: [-11, "resource temporarily unavailable"],
  ENOMEM: [-12, "not enough memory"],
  EACCES: [-13, "permission denied"],
  EBUSY: [-16, "resource busy or locked"],
  EEXIST: [-17, "file already exists"],
  EXDEV: [-18, "cross-device link not permitted"],
  ENOTDIR: [-20, "not a directory"],
  EISDIR: [-21, "illegal operation on a directory"],
  EINVAL: [-22, "invalid argument"],
  EMFILE: [-24, "too many open files"],
  EFBIG: [-27, "file too large"],
  ENOSPC: [-28, "no space left on device"],
  EROFS: [-30, "read-only file system"],
  EMLINK: [-31, "too many links"],
  ENAMETOOLONG: [-36, "name too long"],
  ENOTEMPTY: [-39, "directory not empty"],
  ELOOP: [-40, "too many symbolic links encountered"],
  ENOTSUP: [-95, "operation not supported on socket"],
  EDQUOT: [-122, "disk quota exceeded"],
  ESTALE: [-116, "stale file handle"],
};

/** An error as Node's `fs` throws it. */
export function fsError({ code, message }: Failure, syscall: string, path?: string, dest?: string): Error {
  const [errno, text] = ERRORS[code] ?? [-5, message];
  const paths = (path === undefined ? "" : ` '${path}'`) + (dest === undefined ? "" : ` -> '${dest}'`);
  const error = new Error(`${code}: ${text}, ${syscall}${paths}`);
  return Object.assign(error, {
    errno,
    code,
    syscall,
    ...(path === undefined ? {} : { path }),
    ...(dest === undefined ? {} : { dest }),
  });
}
