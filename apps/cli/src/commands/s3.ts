import type { S3Client } from "@aws-sdk/client-s3";
import type { Job, Program } from "../command.ts";
import { bytesText, columns } from "../text.ts";
import { bucketNamed, objectsOf, withClient } from "./bucket-jobs.ts";
import { addS3Changes } from "./s3-changes.ts";

const EXAMPLES = `Credentials come from where the AWS SDK finds them, the address of another store from AWS_ENDPOINT_URL_S3, and the
bucket, where none is named, from S3_BUCKET_NAME.

Examples:
  vfs s3 info my-bucket --show-top 5
  vfs s3 copy my-bucket backup --dest-prefix 2026/
  vfs s3 clear my-bucket --prefix tmp/ --dry-run`;

/** `vfs s3`: what is about buckets. Files in them are `s3://bucket/path`, for every other command. */
export function addS3(program: Program): void {
  const group = program.group("s3", "work with buckets");
  group.root.addHelpText("after", EXAMPLES);
  const quiet = { seesCwd: false };
  group.add<[object]>("list", "list buckets", withClient(list), quiet);
  group.add<[string]>("create <bucket>", "make a bucket", withClient(create), quiet);
  group
    .add<[string | undefined, InfoOptions]>(
      "info [bucket]",
      "count objects and bytes",
      withClient(info),
      quiet,
    )
    .option("--prefix <prefix>", "only keys that begin so")
    .option("--show-top <n>", "how many of the largest prefixes to show", "10");
  group
    .add<[string | undefined, { prefix?: string }]>("ls [bucket]", "list keys", withClient(ls), quiet)
    .option("--prefix <prefix>", "only keys that begin so");
  addS3Changes(group);
}

async function list(client: S3Client, { output, signal }: Job): Promise<void> {
  const { ListBucketsCommand } = await import("@aws-sdk/client-s3");
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}), { abortSignal: signal });
  for (const { Name = "", CreationDate } of Buckets)
    await output.result({ bucket: Name, created: CreationDate?.toISOString() }, output.name(Name));
}

async function create(client: S3Client, { output, signal }: Job, bucket: string): Promise<void> {
  const { CreateBucketCommand } = await import("@aws-sdk/client-s3");
  await client.send(new CreateBucketCommand({ Bucket: bucketNamed(bucket) }), { abortSignal: signal });
  await output.result({ created: bucket }, "");
}

async function ls(
  client: S3Client,
  { output, signal }: Job,
  given: string | undefined,
  { prefix = "" }: { prefix?: string },
): Promise<void> {
  for await (const { Key = "", Size = 0, LastModified } of objectsOf(
    client,
    bucketNamed(given),
    prefix,
    signal,
  ))
    await output.result(
      { key: Key, size: Size, modified: LastModified?.toISOString() },
      `${String(Size).padStart(12)}  ${output.name(Key)}`,
    );
}

interface InfoOptions {
  readonly prefix?: string;
  readonly showTop: string;
}

interface Sum {
  objects: number;
  bytes: number;
}

async function info(
  client: S3Client,
  { output, signal }: Job,
  given: string | undefined,
  options: InfoOptions,
): Promise<void> {
  const { prefix = "", showTop } = options;
  const bucket = bucketNamed(given);
  const top = Number(showTop);
  if (!Number.isInteger(top) || top < 0) throw new TypeError(`--show-top takes a number, got ${showTop}`);
  const whole: Sum = { objects: 0, bytes: 0 };
  const classes = new Map<string, Sum>();
  const prefixes = new Map<string, Sum>();
  for await (const { Key = "", Size = 0, StorageClass = "STANDARD" } of objectsOf(
    client,
    bucket,
    prefix,
    signal,
  )) {
    const slash = Key.indexOf("/", prefix.length);
    count(whole, Size);
    count(sumIn(classes, StorageClass), Size);
    count(sumIn(prefixes, slash < 0 ? "(no prefix)" : Key.slice(0, slash + 1)), Size);
  }
  const largest = [...prefixes].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, top);
  const toRows = (sums: Iterable<readonly [string, Sum]>): string[][] =>
    Array.from(sums, ([name, { objects, bytes }]) => [
      output.name(name),
      `${objects} objects`,
      bytesText(bytes),
    ]);
  const value = {
    bucket,
    ...whole,
    storageClasses: Object.fromEntries(classes),
    prefixes: Object.fromEntries(largest),
  };
  await output.result(value, columns([...toRows([[bucket, whole]]), ...toRows(classes), ...toRows(largest)]));
}

function count(sum: Sum, bytes: number): void {
  sum.objects++;
  sum.bytes += bytes;
}

function sumIn(sums: Map<string, Sum>, name: string): Sum {
  const sum = sums.get(name) ?? { objects: 0, bytes: 0 };
  sums.set(name, sum);
  return sum;
}
