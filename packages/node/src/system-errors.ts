import { getSystemErrorMap } from "node:util";
import { ERRNO, isPromiseLike, isVfsError, type Awaitable, type ErrorCode } from "@vfs/core";

/** What was called, in the words of Node's errors. */
export interface Called {
  readonly syscall: string;
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
}

const texts = getSystemErrorMap();

/** The error that Node raises for `code`, with what was behind it as its cause. */
export function systemError(code: ErrorCode, { syscall, path, dest }: Called, cause?: unknown): Error {
  const { errno, text } = ERRNO[code];
  let message = `${code}: ${texts.get(errno)?.[1] ?? text}, ${syscall}`;
  if (path !== undefined) message += ` '${path}'`;
  if (dest !== undefined) message += ` -> '${dest}'`;
  const error = new Error(message, cause === undefined ? undefined : { cause });
  return Object.assign(
    error,
    { errno, code, syscall },
    path === undefined ? undefined : { path },
    dest === undefined ? undefined : { dest },
  );
}

/** An error of a Vfs as Node would have told it; any other as it is. */
export function told(reason: unknown, called: Called): unknown {
  return isVfsError(reason) ? systemError(reason.code, called, reason) : reason;
}

/**
 * Asks a Vfs, and turns its answer or its failure into Node's, at once or later.
 *
 * @param action Calls the Vfs.
 * @param answer What the caller is told.
 * @param called What the caller hears that it called, when it fails.
 */
export function ask<T, U>(
  action: () => Awaitable<T>,
  answer: (value: T) => U,
  syscall: string,
  path?: string,
  dest?: string,
): Awaitable<U> {
  return askOr(action, answer, (reason) => told(reason, { syscall, path, dest }));
}

/** As {@link ask}, for a call that has more than one way to fail: `failure` makes an error of the reason. */
export function askOr<T, U>(
  action: () => Awaitable<T>,
  answer: (value: T) => U,
  failure: (reason: unknown) => unknown,
): Awaitable<U> {
  let value: Awaitable<T>;
  try {
    value = action();
  } catch (reason) {
    throw failure(reason);
  }
  if (!isPromiseLike(value)) return answer(value);
  return value.then(answer, (reason: unknown) => {
    throw failure(reason);
  });
}

/** Lets the answer be as it came. */
export function same<T>(value: T): T {
  return value;
}

/** Answers nothing. */
export function nothing(): void {}

/** What Node rejects with when a signal ended a call. */
export class AbortError extends Error {
  readonly code = "ABORT_ERR";
  constructor(signal: AbortSignal) {
    super("The operation was aborted", { cause: signal.reason });
    this.name = "AbortError";
  }
}

/** Node's error for a refusal that has no system call behind it. */
export function fsError(
  code: string,
  title: string,
  info: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly path: string;
    readonly syscall: string;
  },
): Error {
  const { syscall, path, message } = info;
  const error = new Error(`${title}: ${syscall} returned ${info.code} (${message}) ${path}`);
  const errno = -ERRNO[info.code].errno;
  Object.defineProperty(error, "name", { value: "SystemError", configurable: true, writable: true });
  return Object.assign(error, { code, info: { ...info, errno }, errno, syscall, path });
}
