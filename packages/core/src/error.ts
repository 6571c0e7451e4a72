import { ERRNO, type ErrorCode } from "./errno.ts";

/** Why an operation was refused, where the code alone leaves it open. */
export type ErrorReason = "policy" | "quota" | "precondition" | "unsupported" | "transient";

/** What a {@link VfsError} may be told beside its code. All of it is optional; core fills in what it knows. */
export interface VfsErrorOptions {
  /** The name of the failed call, in the words of `node:fs`: `open`, `scandir`, `rename`. */
  readonly syscall?: string | undefined;
  /** The path as the caller sees it. A provider leaves it out: core knows the caller's view of it. */
  readonly path?: string | undefined;
  /** The second path of an operation that has two. */
  readonly dest?: string | undefined;
  /** One clause that names the fix, put at the end of the message. Never a host path, never a credential. */
  readonly hint?: string | undefined;
  readonly reason?: ErrorReason | undefined;
  /** Whether the same call may succeed when it is made again. */
  readonly retryable?: boolean | undefined;
  /** How long the store asks its callers to wait before they try again, in milliseconds: `Retry-After`. */
  readonly retryAfterMs?: number | undefined;
  /** The error of the backend, kept whole. */
  readonly cause?: unknown;
}

/**
 * The one error class of this project: a POSIX code, and what it is about. Shaped like an error of `node:fs`
 * (`code`, `errno`, `syscall`, `path`, `dest`).
 *
 * Ask with {@link isVfsError}, never with `instanceof`: two copies of this package in one program then still agree.
 */
export class VfsError extends Error {
  declare readonly name: "VfsError";
  /** The brand that {@link isVfsError} reads. */
  declare readonly "~vfs": true;
  readonly code: ErrorCode;
  /** The negative number that Node reports for `code` on Linux. */
  readonly errno: number;
  declare syscall?: string;
  declare path?: string;
  declare dest?: string;
  declare readonly hint?: string;
  declare readonly reason?: ErrorReason;
  /** Whether the same call may succeed when it is made again. */
  declare readonly retryable: boolean;
  /** How long the store asks its callers to wait before they try again, in milliseconds. */
  declare readonly retryAfterMs?: number;

  constructor(code: ErrorCode, options: VfsErrorOptions = {}) {
    super(describe(code, options), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.errno = ERRNO[code].errno;
    const { syscall, path, dest, hint, reason, retryAfterMs } = options;
    if (syscall !== undefined) this.syscall = syscall;
    if (path !== undefined) this.path = path;
    if (dest !== undefined) this.dest = dest;
    if (hint !== undefined) this.hint = hint;
    if (reason !== undefined) this.reason = reason;
    this.retryable = options.retryable ?? options.reason === "transient";
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

Object.defineProperties(VfsError.prototype, {
  name: { value: "VfsError", configurable: true, writable: true },
  "~vfs": { value: true },
});

/**
 * Tells whether a caught value is a {@link VfsError}, and, when codes are given, one with such a code.
 *
 * @example
 * try { await vfs.readFile("/a"); } catch (error) { if (!isVfsError(error, "ENOENT")) throw error; }
 */
export function isVfsError(error: unknown, ...codes: readonly ErrorCode[]): error is VfsError {
  if (typeof error !== "object" || error === null || (error as { "~vfs"?: unknown })["~vfs"] !== true)
    return false;
  return codes.length === 0 || codes.includes((error as VfsError).code);
}

/**
 * Writes into an error what the caller called, where the error does not know it yet. Other values pass unchanged.
 *
 * @returns The same `error`, or a copy of one that cannot be written to.
 */
export function locate(error: unknown, syscall: string, path: string, dest?: string): unknown {
  if (!isVfsError(error) || error.path !== undefined) return error;
  if (Object.isFrozen(error)) {
    const { code, hint, reason, retryable, retryAfterMs, cause } = error;
    return new VfsError(code, { syscall, path, dest, hint, reason, retryable, retryAfterMs, cause });
  }
  error.syscall ??= syscall;
  error.path = path;
  if (dest !== undefined) error.dest = dest;
  error.message = describe(error.code, error);
  return error;
}

/** "operation not supported", with the clause that says what to do instead. */
export function unsupported(hint: string): VfsError {
  return new VfsError("ENOTSUP", { reason: "unsupported", hint });
}

function describe(code: ErrorCode, { syscall, path, dest, hint }: VfsErrorOptions): string {
  let text = `${code}: ${ERRNO[code].text}`;
  if (syscall !== undefined) text += `, ${syscall}`;
  if (path !== undefined) text += ` '${path}'`;
  if (dest !== undefined) text += ` -> '${dest}'`;
  return hint === undefined ? text : `${text} (${hint})`;
}
