import type { Keys } from "./keys.ts";
import type { Known } from "./known.ts";
import type { Requests } from "./requests.ts";
import type { NearReads } from "./verbs/near-reads.ts";

/** What the verbs work with. */
export interface Store {
  readonly bucket: string;
  readonly keys: Keys;
  readonly requests: Requests;
  readonly known: Known;
  readonly nearReads: NearReads;
  readonly sizes: Sizes;
  /** A directory bucket moves and appends by itself. */
  readonly isDirectoryBucket: boolean;
  /** Whether a copy can be made on condition of what is at its new name. */
  readonly copiesConditionally: boolean;
  readonly partBytes: number;
  /** How many requests of one operation are under way at a time. */
  readonly concurrency: number;
  readonly onForeignKey: ((key: string) => void) | undefined;
  /** Makes an address that anybody may use for a while. */
  readonly presign: (
    method: string,
    key: string,
    headers: Readonly<Record<string, string>>,
    expiresSeconds: number,
  ) => Promise<string>;
}

/** Which files are large. */
export interface Sizes {
  /** Up to here a file is read in one request. */
  readonly readBytes: number;
  /** Up to here a file is written in one request. */
  readonly writeBytes: number;
  /** The service takes no smaller part, unless it is the last one. */
  readonly leastPartBytes: number;
  /** The service copies no more in one request. */
  readonly copyBytes: number;
  /** The pieces that a large object is copied in: the service copies each as fast as it is long. */
  readonly pieceBytes: number;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const SIZES: Sizes = {
  readBytes: 8 << 20,
  writeBytes: 16 << 20,
  leastPartBytes: 5 << 20,
  copyBytes: 5 * 2 ** 30,
  pieceBytes: 512 << 20,
};

export const MOST_PARTS = 10_000;
