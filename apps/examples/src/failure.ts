import type { ExecutionError } from "@vfs/sandbox";

/** What went wrong in a piece of code, for who wrote it: an exception with its lines, else which limit ended it. */
export function failureOf({ kind, message, traceback }: ExecutionError): string {
  return kind === "exception" ? traceback : `${kind}: ${message}`;
}
