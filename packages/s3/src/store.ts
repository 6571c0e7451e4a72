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

/** Up to here a file is read in one request. */
export const READ_BYTES: number = 8 << 20;
/** Up to here a file is written in one request. */
export const WRITE_BYTES: number = 16 << 20;
/** S3 takes no smaller part, unless it is the last one. */
export const LEAST_PART_BYTES: number = 5 << 20;
export const MOST_PARTS = 10_000;
/** S3 copies no more in one request. */
export const COPY_BYTES: number = 5 * 2 ** 30;
