import { isVfsError, unsupported, VfsError } from "@vfs/core";

/** What a page says that lacks something. */
export function missing(what: string, name: string): VfsError {
  return globalThis.isSecureContext
    ? unsupported(`this browser has no ${what} (${name})`)
    : unsupported(`${what} (${name}) needs a secure context: serve the page by https, or from localhost`);
}

/** The error of a browser's store, in the words of this project. */
export function toVfsError(error: unknown): unknown {
  if (isVfsError(error) || !(error instanceof Error)) return error;
  switch (error.name) {
    case "QuotaExceededError":
      return new VfsError("EDQUOT", {
        cause: error,
        reason: "quota",
        hint: "the browser gives this site no more room: remove something, or ask with requestPersistence() and look at statfs",
      });
    case "NotAllowedError":
    case "SecurityError":
      return new VfsError("EACCES", { cause: error, hint: error.message });
    case "NoModificationAllowedError":
      return new VfsError("EBUSY", {
        cause: error,
        retryable: true,
        reason: "transient",
        hint: "the file is open elsewhere",
      });
    case "NotFoundError":
      return new VfsError("ENOENT", { cause: error });
    case "TypeMismatchError":
      return new VfsError("ENOTDIR", { cause: error });
    case "AbortError":
    case "InvalidStateError":
    case "NotReadableError":
    case "UnknownError":
      return new VfsError("EIO", { cause: error, hint: error.message });
    default:
      return error;
  }
}
