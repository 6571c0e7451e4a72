import { CREDENTIALS, type S3Server } from "./server/server.ts";
import { clientFor } from "../src/client.ts";
import { s3, type S3Options } from "../src/index.ts";

let count = 0;

/** A bucket of its own on a server. */
export function newBucket(server: S3Server): string {
  const name = `bucket-${++count}`;
  server.createBucket(name);
  return name;
}

/** So many are in use at the most. */
const NAMES = 32;

/** An empty bucket by a name that was used before: to the SDK each new name is an endpoint to be worked out anew. */
export function emptyBucket(server: S3Server): string {
  const name = `again-${++count % NAMES}`;
  server.createBucket(name);
  return name;
}

/** A directory bucket of its own. */
export function newDirectoryBucket(server: S3Server): string {
  const name = `bucket-${++count}--use1-az4--x-s3`;
  server.createBucket(name);
  return name;
}

/** Retries that do not wait. */
const PATIENCE = { conditionalCopy: true, retry: { baseMs: 1, mostMs: 20 } } as const;

/** How to reach a server, with retries that do not wait. */
export function reach(
  server: S3Server,
): Pick<S3Options, "endpoint" | "credentials" | "forcePathStyle" | "conditionalCopy" | "retry"> {
  return { endpoint: server.endpoint, credentials: CREDENTIALS, forcePathStyle: true, ...PATIENCE };
}

/**
 * The same by one client for many stores: each client has connections of its own, and works out anew how each command is
 * made.
 *
 * @returns What to open stores with, and what ends the client and the server.
 */
export function sharing(server: S3Server): {
  options: Pick<S3Options, "client" | "conditionalCopy" | "retry">;
  close: () => Promise<void>;
} {
  const client = clientFor(reach(server));
  const close = (): Promise<void> => {
    client.destroy();
    return server.close();
  };
  return { options: { client, ...PATIENCE }, close };
}

/** A store on a bucket of its own. */
export function newStore(server: S3Server, options: Partial<S3Options> = {}): ReturnType<typeof s3> {
  return s3({ bucket: newBucket(server), ...reach(server), ...options });
}
