/** What the server answers instead of doing what it was asked. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  /** More elements of the error's XML. */
  readonly details: Readonly<Record<string, string>>;
  /** More headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    message: string = MESSAGES[code] ?? code,
    more: { details?: Record<string, string>; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.code = code;
    this.status = STATUS[code] ?? 400;
    this.details = more.details ?? {};
    this.headers = more.headers ?? {};
  }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const STATUS: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  ConditionalRequestConflict: 409,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidRange: 416,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchLifecycleConfiguration: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  NotModified: 304,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
};

const MESSAGES: Readonly<Record<string, string>> = {
  AccessDenied: "Access Denied",
  BadDigest: "The digest you specified did not match what we received.",
  ConditionalRequestConflict: "A conflicting conditional operation is currently in progress.",
  EntityTooSmall: "Your proposed upload is smaller than the minimum allowed size",
  InternalError: "We encountered an internal error. Please try again.",
  InvalidPart: "One or more of the specified parts could not be found.",
  InvalidPartOrder: "The list of parts was not in ascending order.",
  InvalidRange: "The requested range is not satisfiable",
  KeyTooLongError: "Your key is too long",
  MetadataTooLarge: "Your metadata headers exceed the maximum allowed metadata size",
  NoSuchBucket: "The specified bucket does not exist",
  NoSuchKey: "The specified key does not exist.",
  NoSuchUpload: "The specified multipart upload does not exist.",
  NotImplemented: "A header you provided implies functionality that is not implemented",
  PreconditionFailed: "At least one of the pre-conditions you specified did not hold",
  SlowDown: "Please reduce your request rate.",
};
