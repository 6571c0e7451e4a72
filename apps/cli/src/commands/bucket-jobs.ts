import type { _Object, S3Client } from "@aws-sdk/client-s3";
import type { Action, Job } from "../command.ts";

/** Gives an action a client, for as long as it takes. */
export function withClient<A extends unknown[]>(
  action: (client: S3Client, job: Job, ...args: A) => Promise<void>,
): Action<A> {
  return async (job, ...args) => {
    const { bucketClient } = await import("../buckets.ts");
    const client = bucketClient();
    try {
      await action(client, job, ...args);
    } finally {
      client.destroy();
    }
  };
}

/** All objects of a bucket whose keys begin so. */
export async function* objectsOf(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<_Object> {
  const { paginateListObjectsV2 } = await import("@aws-sdk/client-s3");
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client },
    { Bucket: bucket, Prefix: prefix },
    { abortSignal: signal },
  ))
    yield* Contents;
}

/** The bucket that was named, or that of `S3_BUCKET_NAME`. */
export function bucketNamed(given: string | undefined): string {
  const bucket = given ?? process.env["S3_BUCKET_NAME"];
  if (bucket === undefined || bucket === "") throw new TypeError("name a bucket, or set S3_BUCKET_NAME");
  return bucket.replace(/^s3:\/\//, "").replace(/\/+$/, "");
}
