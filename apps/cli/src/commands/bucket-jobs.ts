import { paginateListObjectsV2, type S3Client, type _Object } from "@aws-sdk/client-s3";
import { bucketClient } from "../buckets.ts";
import type { Action, Job } from "../command.ts";

/** Gives an action a client, for as long as it takes. */
export function withClient<A extends unknown[]>(
  action: (client: S3Client, job: Job, ...args: A) => Promise<void>,
): Action<A> {
  return async (job, ...args) => {
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
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client },
    { Bucket: bucket, Prefix: prefix },
    { abortSignal: signal },
  ))
    yield* Contents;
}
