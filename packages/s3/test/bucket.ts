import { S3Server, CREDENTIALS, type ServerOptions } from "./server/server.ts";
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
): Pick<S3Options, "endpoint" | "credentials" | "forcePathStyle" | "retry"> {
  return {
    endpoint: server.endpoint,
    credentials: CREDENTIALS,
    forcePathStyle: true,
    retry: { baseMs: 1, mostMs: 20 },
  };
}

/** A store on a bucket of its own. */
export function newStore(server: S3Server, options: Partial<S3Options> = {}): ReturnType<typeof s3> {
  return s3({ bucket: newBucket(server), ...reach(server), ...options });
}

export type { ServerOptions };
