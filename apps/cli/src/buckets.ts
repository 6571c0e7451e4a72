import { S3Client } from "@aws-sdk/client-s3";
import type { Provider } from "@vfs/core";
import { s3, type S3Options } from "@vfs/s3";

/** What the environment says of the service: Amazon's own names, and those of the SDK for the credentials. */
function service(): { endpoint?: string; region: string; forcePathStyle?: boolean } {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const endpoint = AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL;
  const region = AWS_REGION ?? AWS_DEFAULT_REGION ?? "us-east-1";
  return endpoint === undefined ? { region } : { endpoint, region, forcePathStyle: true };
}

/** What a configuration may say of a bucket; what is absent comes from the environment. */
export type BucketOptions = Pick<
  S3Options,
  "region" | "endpoint" | "forcePathStyle" | "credentials" | "prefix"
>;

/** A bucket as a store. */
export function bucketStore(bucket: string, options: BucketOptions = {}): Provider {
  const { endpoint, forcePathStyle = endpoint === undefined ? undefined : true } = options;
  const told = Object.entries({ ...options, forcePathStyle }).filter(([, value]) => value !== undefined);
  return s3({ bucket, ...service(), ...Object.fromEntries(told) });
}

/** For what is about buckets, and not about files. */
export function bucketClient(): S3Client {
  const checksums = service().endpoint === undefined ? "WHEN_SUPPORTED" : "WHEN_REQUIRED";
  return new S3Client({
    ...service(),
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
  });
}
