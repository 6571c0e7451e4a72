import type { S3Client } from "@aws-sdk/client-s3";
import { clientFor, type ClientOptions } from "./client.ts";
import { Keys } from "./keys.ts";
import { Known } from "./known.ts";
import { S3Provider } from "./provider.ts";
import { Requests } from "./requests.ts";
import { SIZES, type Sizes } from "./store.ts";
import { NearReads } from "./verbs/near-reads.ts";
import { FastWire } from "./wire/fast-wire.ts";
import { Retry, type RetryOptions } from "./wire/retry.ts";
import { sdkWire } from "./wire/sdk-wire.ts";

/** Which bucket is used, and how. */
export interface S3Options extends ClientOptions {
  readonly bucket: string;
  /** Only what is below it is seen: `team/a`. The whole bucket unless told. */
  readonly prefix?: string | undefined;
  /** A client of your own, instead of `endpoint`, `region`, `credentials` and `forcePathStyle`. */
  readonly client?: S3Client | undefined;
  /**
   * `fast` makes the requests that are made often without the SDK, at a third of its cost or less; `sdk` makes all by it.
   * `fast` unless a client is handed in, whose middleware and request handler may matter, or the bucket is a directory
   * bucket.
   */
  readonly transport?: "fast" | "sdk" | undefined;
  /** How long the parts of a large file are, 8 MiB unless told; at least 5 MiB. */
  readonly partBytes?: number | undefined;
  /** How many requests one operation has under way at a time, 8 unless told. */
  readonly concurrency?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Whether the bucket is a directory bucket (S3 Express One Zone); as its name says unless told. */
  readonly directoryBucket?: boolean | undefined;
  /**
   * Whether `CopyObject` honours `If-None-Match`: Amazon does, Ceph and R2 do not. Without it a copy that must not replace
   * anything is made as an upload of one part, which all of them complete conditionally: four requests instead of one.
   * True unless an `endpoint` is given.
   */
  readonly conditionalCopy?: boolean | undefined;
  /** Called with each key that a listing comes by and that no path can say: `a//b`, `../x`. */
  readonly onForeignKey?: ((key: string) => void) | undefined;
}

/**
 * Makes a filesystem of a bucket of Amazon S3, or of a store that speaks as it does.
 *
 * @example
 * const vfs = createVfs(s3({ bucket: "files", region: "eu-central-1" }));
 *
 * @throws TypeError for options that make no sense. No request is made.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
 */
export function s3(options: S3Options): S3Provider {
  return s3OfSizes(SIZES, options);
}

/** The same, where other files count as large: tests of what large files go through need none that is large. */
export function s3OfSizes(sizes: Sizes, options: S3Options): S3Provider {
  const { bucket, prefix = "", client, partBytes = 8 << 20, concurrency = 8, retry, onForeignKey } = options;
  if (typeof bucket !== "string" || bucket === "")
    throw new TypeError(`bucket must be a name, got ${JSON.stringify(bucket)}`);
  if (!Number.isInteger(partBytes) || partBytes < sizes.leastPartBytes)
    throw new TypeError(`partBytes must be at least ${sizes.leastPartBytes / 2 ** 20} MiB, got ${partBytes}`);
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new TypeError(`concurrency must be at least 1, got ${concurrency}`);
  if (client !== undefined && (options.endpoint ?? options.region ?? options.credentials) !== undefined)
    throw new TypeError("give a client, or endpoint, region and credentials for one to be made; not both");
  const used = client ?? clientFor(options);
  const isDirectoryBucket = options.directoryBucket ?? bucket.endsWith("--x-s3");
  const { transport = client === undefined && !isDirectoryBucket ? "fast" : "sdk" } = options;
  if (transport === "fast" && isDirectoryBucket)
    throw new TypeError('transport "fast" does not know the sessions of directory buckets: leave it out');
  const sdk = sdkWire(used, bucket);
  const fast = new FastWire(sdk, used, bucket);
  const store = {
    bucket,
    keys: new Keys(prefix),
    requests: new Requests(transport === "fast" ? fast.wire : sdk, new Retry(retry)),
    known: new Known(),
    nearReads: new NearReads(sizes.readBytes),
    sizes,
    isDirectoryBucket,
    copiesConditionally: options.conditionalCopy ?? options.endpoint === undefined,
    partBytes,
    concurrency,
    onForeignKey,
    presign: fast.presign.bind(fast),
  };
  return new S3Provider(store, async () => {
    await fast.close();
    if (client === undefined) used.destroy();
  });
}
