import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

/** How a client is made, where none is handed in. */
export interface ClientOptions {
  /** The address of a store that is not Amazon's. */
  readonly endpoint?: string | undefined;
  /** `us-east-1` unless told; stores that have no regions take any. */
  readonly region?: string | undefined;
  readonly credentials?: S3ClientConfig["credentials"] | undefined;
  /** Put the bucket into the path and not into the host name: most stores that are not Amazon's need it. */
  readonly forcePathStyle?: boolean | undefined;
}

/** As many connections as anybody may have under way: the SDK's own 50 would make the rest wait. */
const SOCKETS = 128;

/** Makes a client. Stores that are not Amazon's are sent no checksum that nobody asked for: many refuse it. */
export function clientFor({
  endpoint,
  region = "us-east-1",
  credentials,
  forcePathStyle,
}: ClientOptions): S3Client {
  const checksums = endpoint === undefined ? "WHEN_SUPPORTED" : "WHEN_REQUIRED";
  return new S3Client({
    region,
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    cacheMiddleware: true,
    requestHandler: { httpAgent: { maxSockets: SOCKETS }, httpsAgent: { maxSockets: SOCKETS } },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(forcePathStyle === undefined ? {} : { forcePathStyle }),
  });
}
