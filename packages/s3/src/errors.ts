import { VfsError, type ErrorCode, type VfsErrorOptions } from "@vfs/core";
import { isFailure, isPassing, type S3Failure } from "./wire/failure.ts";

type Meaning = readonly [code: ErrorCode, options?: VfsErrorOptions];

const CREDENTIALS = "check the credentials";
const NO_CREDENTIALS =
  "there are no credentials: give some, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE";

const MEANINGS: Readonly<Record<string, Meaning>> = {
  AccessDenied: ["EACCES", { hint: "the credentials do not allow it; see the IAM policy in the README" }],
  AuthorizationHeaderMalformed: ["EINVAL", { hint: "the bucket is in another region" }],
  ConditionalRequestConflict: ["EBUSY", { reason: "transient" }],
  CredentialsProviderError: ["EACCES", { hint: NO_CREDENTIALS }],
  EntityTooLarge: ["EFBIG"],
  ExpiredToken: ["EACCES", { hint: "the credentials have expired" }],
  InvalidAccessKeyId: ["EACCES", { hint: CREDENTIALS }],
  InvalidArgument: ["EINVAL"],
  InvalidObjectName: ["ENAMETOOLONG", { hint: "a key has at most 1,024 bytes" }],
  InvalidObjectState: ["EACCES", { hint: "the object is archived: restore it first" }],
  KeyTooLongError: ["ENAMETOOLONG", { hint: "a key has at most 1,024 bytes" }],
  MetadataTooLarge: ["ENOSPC", { hint: "attributes have at most 2 KB in all" }],
  NoSuchBucket: ["ENXIO", { hint: "there is no such bucket" }],
  NotImplemented: ["ENOTSUP", { reason: "unsupported", hint: "this store does not implement it" }],
  PermanentRedirect: ["EINVAL", { hint: "the bucket is in another region" }],
  QuotaExceeded: ["EDQUOT", { reason: "quota" }],
  RequestTimeTooSkewed: ["EACCES", { hint: "the clock of this machine is wrong" }],
  SignatureDoesNotMatch: ["EACCES", { hint: CREDENTIALS }],
  XMinioStorageFull: ["ENOSPC"],
};

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  301: ["EINVAL", { hint: "the bucket is in another region" }],
  403: ["EACCES", { hint: "the credentials do not allow it; see the IAM policy in the README" }],
  404: ["ENOENT"],
  412: ["ESTALE", { reason: "precondition" }],
};

/** Turns a failure of S3 into one of a filesystem; anything else stays what it is. */
export function toVfsError(reason: unknown): unknown {
  // What the SDK says before it asks anybody.
  if (reason instanceof Error && reason.name === "CredentialsProviderError")
    return new VfsError("EACCES", { hint: NO_CREDENTIALS, cause: reason });
  if (!isFailure(reason)) return reason;
  const [code, options] = meaningOf(reason);
  return new VfsError(code, { cause: reason, ...options });
}

function meaningOf(failure: S3Failure): Meaning {
  const { code, status } = failure;
  const known = MEANINGS[code] ?? BY_STATUS[status];
  if (known !== undefined) return known;
  if (code === "TimeoutError" || code === "ETIMEDOUT") return ["ETIMEDOUT", { reason: "transient" }];
  if (isPassing(failure))
    return ["EIO", { reason: "transient", hint: `the store answered ${code}, again and again` }];
  return ["EIO", { hint: `the store answered ${code}` }];
}
