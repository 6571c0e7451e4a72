import { CREDENTIALS, type S3Server } from "./server/server.ts";
import { s3, type S3Options } from "../src/index.ts";

let count = 0;

/** A bucket of its own on a server. */
export function newBucket(server: S3Server): string {
  const name = `bucket-${++count}`;
  server.createBucket(name);
  return name;
}

/** How to reach a server, with retries that do not wait. */
export function reach(
  server: S3Server,
): Pick<S3Options, "endpoint" | "credentials" | "forcePathStyle" | "conditionalCopy" | "retry"> {
  return {
    endpoint: server.endpoint,
    credentials: CREDENTIALS,
    forcePathStyle: true,
    conditionalCopy: true,
    retry: { baseMs: 1, mostMs: 20 },
  };
}

/** A store on a bucket of its own. */
export function newStore(server: S3Server, options: Partial<S3Options> = {}): ReturnType<typeof s3> {
  return s3({ bucket: newBucket(server), ...reach(server), ...options });
}

/** A store on a directory bucket. */
export function newDirectoryStore(server: S3Server): ReturnType<typeof s3> {
  const bucket = `bucket-${++count}--use1-az4--x-s3`;
  server.createBucket(bucket);
  return s3({ bucket, ...reach(server) });
}
