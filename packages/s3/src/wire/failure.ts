/** Why a request failed, in the words of S3. Core never sees it: `toVfsError` makes a POSIX code of it. */
export class S3Failure extends Error {
  /** `NoSuchKey`, `SlowDown`; of the network: `ECONNRESET`. */
  readonly code: string;
  /** The status of HTTP; 0 when there was no answer. */
  readonly status: number;
  /** An earlier attempt may have been done although it failed: what this one met may be our own work. */
  ambiguous = false;

  constructor(code: string, status: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
  }
}

/** Whether a caught value is a failure with one of these statuses or codes. */
export function isFailure(reason: unknown, ...kinds: readonly (number | string)[]): reason is S3Failure {
  if (!(reason instanceof S3Failure)) return false;
  return kinds.length === 0 || kinds.includes(reason.status) || kinds.includes(reason.code);
}

/** Nothing is there. The bucket itself is another matter. */
export function isMissing(reason: unknown): reason is S3Failure {
  return isFailure(reason, 404) && reason.code !== "NoSuchBucket";
}

/** A condition did not hold: `If-Match` on nothing is 404 for some stores, 412 for others. */
export function isUnmet(reason: unknown): reason is S3Failure {
  return isFailure(reason, 412) || isMissing(reason);
}

const PASSING: ReadonlySet<string> = new Set([
  "BandwidthLimitExceeded",
  // What Ceph says to who writes at the same time as somebody else.
  "ConcurrentModification",
  "ConditionalRequestConflict",
  "InternalError",
  "OperationAborted",
  "RequestTimeTooSkewed",
  "RequestTimeout",
  "RequestTimeoutException",
  "ServiceUnavailable",
  "SlowDown",
  "ThrottlingException",
  "TooManyRequests",
  "Truncated",
]);

const NETWORK: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "TimeoutError",
  "ERR_STREAM_PREMATURE_CLOSE",
  "UND_ERR_SOCKET",
]);

/** Whether the same request may succeed when it is made again. */
export function isPassing({ code, status }: S3Failure): boolean {
  return PASSING.has(code) || NETWORK.has(code) || [429, 500, 502, 503, 504].includes(status);
}

/** What the server refused before it began: a request that failed so has certainly not been done. */
const REFUSED: ReadonlySet<string> = new Set([
  "ConcurrentModification",
  "ConditionalRequestConflict",
  "OperationAborted",
  "RequestTimeTooSkewed",
  "SlowDown",
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** Whether a request that failed so may have been done all the same. */
export function mayBeDone({ code, status }: S3Failure): boolean {
  if (REFUSED.has(code) || status === 429 || status === 503) return false;
  return status === 0 || status >= 500 || code === "Truncated" || status === 200;
}
