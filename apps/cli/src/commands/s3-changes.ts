import { once } from "node:events";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Job, Program } from "../command.ts";
import { UsageError } from "../output.ts";
import { Progress } from "../progress.ts";
import { bucketNamed, objectsOf, withClient } from "./bucket-jobs.ts";

interface ChangeOptions {
  readonly prefix?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

interface CopyOptions extends ChangeOptions {
  readonly sourcePrefix?: string;
  readonly destPrefix?: string;
}

/** S3 removes no more in one request. */
const PAGE = 1000;
/** How many objects are copied at a time. */
const SIDE_BY_SIDE = 16;

export function addS3Changes(group: Program): void {
  const quiet = { seesCwd: false };
  group
    .add<[string, ChangeOptions]>("clear <bucket>", "remove objects", withClient(clear), quiet)
    .option("--prefix <prefix>", "only keys that begin so")
    .option("-y, --yes", "do not ask")
    .option("-n, --dry-run", "say what would be removed, and remove nothing");
  group
    .add<[string, ChangeOptions]>("delete <bucket>", "remove an empty bucket", withClient(remove), quiet)
    .option("-y, --yes", "do not ask")
    .option("-n, --dry-run", "say what would be removed, and remove nothing");
  group
    .add<[string, string, CopyOptions]>(
      "copy <source> <destination>",
      "copy objects to another bucket",
      withClient(copy),
      quiet,
    )
    .option("--source-prefix <prefix>", "only keys that begin so", "")
    .option("--dest-prefix <prefix>", "what the keys begin with then", "")
    .option("-y, --yes", "do not ask")
    .option("-n, --dry-run", "say what would be copied, and copy nothing");
}

/** Asks on the terminal; where there is none, nobody can have meant it. */
async function confirm({ output }: Job, question: string, { yes = false }: ChangeOptions): Promise<void> {
  if (yes) return;
  const { stderr, stdin } = output.terminal;
  if (stderr.isTTY !== true) throw new UsageError(`${question} add --yes, or look first with --dry-run`);
  if (!stderr.write(`${question} [y/N] `)) await once(stderr, "drain");
  let answer = "";
  for await (const chunk of stdin) {
    answer += new TextDecoder().decode(chunk);
    if (answer.includes("\n")) break;
  }
  if (!/^y(es)?\s*$/i.test(answer)) throw new UsageError("nothing was done");
}

async function clear(client: S3Client, job: Job, given: string, options: ChangeOptions): Promise<void> {
  const { prefix = "", dryRun = false } = options;
  const bucket = bucketNamed(given);
  if (!dryRun) await confirm(job, `Remove all objects of s3://${bucket}/${prefix}?`, options);
  const { DeleteObjectsCommand } = await import("@aws-sdk/client-s3");
  let count = 0;
  let page: string[] = [];
  const flush = async (): Promise<void> => {
    if (page.length === 0) return;
    const Objects = page.map((Key) => ({ Key }));
    page = [];
    const deleting = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
    const { Errors = [] } = await client.send(deleting, { abortSignal: job.signal });
    for (const { Key, Code } of Errors) job.output.failure(new Error(`s3://${bucket}/${Key}: ${Code}`));
    count -= Errors.length;
  };
  for await (const { Key = "" } of objectsOf(client, bucket, prefix, job.signal)) {
    count++;
    if (dryRun) await job.output.result({ key: Key }, `would remove ${job.output.name(Key)}`);
    else if (page.push(Key) === PAGE) await flush();
  }
  await flush();
  await job.output.result(
    { bucket, prefix, removed: dryRun ? 0 : count },
    dryRun ? "" : `removed ${count} objects`,
  );
}

async function remove(client: S3Client, job: Job, given: string, options: ChangeOptions): Promise<void> {
  const bucket = bucketNamed(given);
  if (options.dryRun === true) return await job.output.result({ bucket }, `would remove s3://${bucket}`);
  await confirm(job, `Remove the bucket s3://${bucket}?`, options);
  const { DeleteBucketCommand } = await import("@aws-sdk/client-s3");
  await client.send(new DeleteBucketCommand({ Bucket: bucket }), { abortSignal: job.signal });
  await job.output.result({ removed: bucket }, "");
}

async function copy(
  client: S3Client,
  job: Job,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<void> {
  const { sourcePrefix = "", destPrefix = "", dryRun = false } = options;
  const [source, target] = [bucketNamed(from), bucketNamed(to)];
  if (source === target && sourcePrefix === destPrefix)
    throw new UsageError("source and destination are the same; give another --dest-prefix");
  if (!dryRun)
    await confirm(job, `Copy s3://${source}/${sourcePrefix} to s3://${target}/${destPrefix}?`, options);
  const { CopyObjectCommand } = await import("@aws-sdk/client-s3");
  const progress = new Progress(job.output.terminal, `s3://${target}`);
  const running = new Set<Promise<void>>();
  let [count, bytes] = [0, 0];
  const one = async (key: string, size: number): Promise<void> => {
    const Key = destPrefix + key.slice(sourcePrefix.length);
    const CopySource = `${source}/${key.split("/").map(encodeURIComponent).join("/")}`;
    try {
      await client.send(new CopyObjectCommand({ Bucket: target, Key, CopySource }), {
        abortSignal: job.signal,
      });
    } catch (reason) {
      return job.output.failure(new Error(`s3://${source}/${key}: ${(reason as Error).message}`));
    }
    count++;
    bytes += size;
    progress.tell(bytes, undefined);
  };
  for await (const { Key = "", Size = 0 } of objectsOf(client, source, sourcePrefix, job.signal)) {
    if (dryRun) {
      await job.output.result({ key: Key }, `would copy ${job.output.name(Key)}`);
      continue;
    }
    const done: Promise<void> = one(Key, Size).finally(() => running.delete(done));
    running.add(done);
    if (running.size >= SIDE_BY_SIDE) await Promise.race(running);
  }
  await Promise.all(running);
  progress.end();
  await job.output.result({ source, target, copied: count, bytes }, dryRun ? "" : `copied ${count} objects`);
}
