/** What the service refuses because of its size; the real one's, unless told. */
export interface Limits {
  /** All chunks of a streamed body but the last must have so much: a rule that few stand-ins know. */
  readonly leastChunkBytes: number;
  /** All parts of an upload but the last must have so much. */
  readonly leastPartBytes: number;
  /** No larger object is copied in one request. */
  readonly mostCopyBytes: number;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const LIMITS: Limits = { leastChunkBytes: 8192, leastPartBytes: 5 << 20, mostCopyBytes: 5 * 2 ** 30 };
