import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";

/**
 * The same client without its own retries: the provider retries itself, because only who makes the request again knows
 * that what it meets may be its own work.
 */
export function withoutRetries(client: S3Client): S3Client {
  const middlewareStack = client.middlewareStack.clone();
  const name = "retryMiddleware";
  middlewareStack.remove(name);
  // Others say that they come behind it.
  middlewareStack.add((next) => next, { name, step: "finalizeRequest", priority: "high", override: true });
  return Object.create(client, {
    middlewareStack: { value: middlewareStack },
    handlers: { value: undefined, writable: true, configurable: true },
  }) as S3Client;
}

/** Where a client sends what is about a bucket. */
export interface Address {
  readonly isSecure: boolean;
  readonly hostname: string;
  readonly port: number | undefined;
  /** What stands before each key: `/bucket/` or `/`. */
  readonly path: string;
}

/** Carries out of the client what it would have sent. */
class Caught extends Error {
  readonly request: unknown;

  constructor(request: unknown) {
    super("caught");
    this.request = request;
  }
}

/** Asks a client where it sends what is about a bucket: by letting it make a request, and sending nothing. */
export async function addressOf(client: S3Client, bucket: string): Promise<Address> {
  const asking = withoutRetries(client);
  asking.middlewareStack.addRelativeTo(
    () => (args: object) => {
      throw new Caught((args as { request?: unknown }).request);
    },
    { name: "catchRequest", relation: "before", toMiddleware: "retryMiddleware" },
  );
  try {
    await asking.send(new HeadObjectCommand({ Bucket: bucket, Key: "k" }));
  } catch (reason) {
    if (!(reason instanceof Caught)) throw reason;
    const { protocol, hostname, port, path } = reason.request as {
      readonly protocol: string;
      readonly hostname: string;
      readonly port?: number;
      readonly path: string;
    };
    return { isSecure: protocol === "https:", hostname, port, path: path.slice(0, -1) };
  }
  throw new Error("the client answered without a request");
}
