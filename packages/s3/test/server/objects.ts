import { describing, keptHeaders, written } from "./attributes.ts";
import type { Bucket, Version } from "./bucket.ts";
import { checkedDigest } from "./checksums.ts";
import { checkRead, checkRemoval, checkWrite } from "./conditions.ts";
import { Refusal } from "./refusal.ts";
import type { Answer, Request } from "./request.ts";

/** `GetObject` and `HeadObject`. */
export function getObject(bucket: Bucket, request: Request, key: string): Answer {
  const version = bucket.get(key, request.query.get("versionId"));
  checkRead(request, version);
  const { headers, query } = request;
  const { start, end, status } = rangeOf(version, headers["range"], query.get("partNumber"));
  // A digest is that of the whole.
  const isWhole = start === 0 && end === version.data.length;
  const wantsChecksum = headers["x-amz-checksum-mode"]?.toUpperCase() === "ENABLED" && isWhole;
  const answer = describing(version, wantsChecksum);
  if (!query.has("partNumber")) delete answer["x-amz-mp-parts-count"];
  for (const [name, value] of query)
    if (name.startsWith("response-")) answer[name.slice("response-".length)] = value;
  if (status === 206) answer["content-range"] = `bytes ${start}-${end - 1}/${version.data.length}`;
  return { status, headers: answer, body: version.data.subarray(start, end) };
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly status: 200 | 206;
}

function rangeOf(version: Version, range: string | undefined, partNumber: string | null): Range {
  const size = version.data.length;
  if (partNumber !== null) return rangeOfPart(version, Number(partNumber));
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return { start: 0, end: size, status: 200 };
  const [, first = "", last = ""] = match;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  // What makes no sense is not there, as for any server of HTTP.
  if (first !== "" && last !== "" && Number(last) < Number(first))
    return { start: 0, end: size, status: 200 };
  if (start >= size || (first === "" && last === "0"))
    throw new Refusal("InvalidRange", undefined, {
      details: { RangeRequested: range ?? "", ActualObjectSize: `${size}` },
      headers: { "content-range": `bytes */${size}` },
    });
  return { start, end, status: 206 };
}

function rangeOfPart({ parts, data }: Version, number: number): Range {
  const lengths = parts ?? [data.length];
  const length = lengths[number - 1];
  if (length === undefined)
    throw new Refusal("InvalidPartNumber", "The requested partnumber is not satisfiable");
  const start = lengths.slice(0, number - 1).reduce((sum, one) => sum + one, 0);
  return { start, end: start + length, status: 206 };
}

const MOST_BYTES = 5 * 2 ** 30;

export function putObject(bucket: Bucket, request: Request, key: string): Answer {
  const { headers, data } = request;
  if (data.length > MOST_BYTES) throw new Refusal("EntityTooLarge");
  const kept = keptHeaders(headers);
  const there = bucket.find(key);
  checkWrite(request, there);
  const checksum = checkedDigest(headers, data);
  const offset = headers["x-amz-write-offset-bytes"];
  if (offset !== undefined) return append(bucket, key, there, Number(offset), data);
  const version = bucket.put(key, { data, headers: kept, checksum, tags: tagsOf(headers["x-amz-tagging"]) });
  return { status: 200, headers: written(version) };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-objects-append.html */
function append(
  bucket: Bucket,
  key: string,
  there: Version | undefined,
  offset: number,
  data: Buffer,
): Answer {
  if (!bucket.isDirectory) throw new Refusal("NotImplemented");
  if (there === undefined && offset > 0) throw new Refusal("NoSuchKey");
  const old = there?.data ?? Buffer.alloc(0);
  if (offset !== old.length)
    throw new Refusal(
      "InvalidWriteOffset",
      "The write offset value that you specified does not match the current object size.",
    );
  const headers = there?.headers ?? keptHeaders({});
  const version = bucket.put(key, { data: Buffer.concat([old, data]), headers, checksum: undefined });
  return { status: 200, headers: { ...written(version), "x-amz-object-size": `${version.data.length}` } };
}

function tagsOf(text: string | undefined): [string, string][] {
  return [...new URLSearchParams(text ?? "")];
}

export function deleteObject(bucket: Bucket, request: Request, key: string): Answer {
  const versionId = request.query.get("versionId");
  const there =
    versionId === null ? bucket.find(key) : bucket.versionsOf(key).find(({ id }) => id === versionId);
  checkRemoval(request, there, bucket.isDirectory);
  const gone = bucket.remove(key, versionId);
  return {
    status: 204,
    headers: {
      ...(gone?.isMarker === true ? { "x-amz-delete-marker": "true" } : {}),
      ...(gone === undefined || gone.id === "null" ? {} : { "x-amz-version-id": gone.id }),
    },
  };
}

/**
 * Moves an object in one step, in a directory bucket.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html
 */
export function renameObject(bucket: Bucket, request: Request, key: string): Answer {
  const { headers } = request;
  if (!bucket.isDirectory) throw new Refusal("NotImplemented");
  const named = decodeURIComponent(headers["x-amz-rename-source"] ?? "").replace(/^\//, "");
  const from = named.startsWith(`${bucket.name}/`) ? named.slice(bucket.name.length + 1) : named;
  if (from.endsWith("/") || key.endsWith("/"))
    throw new Refusal("InvalidRequest", "Renaming keys that end with / is not supported");
  // Asked again with the same token, it answers as before and does nothing.
  const token = headers["x-amz-client-token"];
  if (token !== undefined && bucket.renames.has(token)) {
    if (bucket.renames.get(token) !== `${from}\0${key}`) throw new Refusal("IdempotentParameterMismatch");
    return { status: 200 };
  }
  const source = bucket.get(from);
  const match = headers["x-amz-rename-source-if-match"];
  if (match !== undefined && match.replaceAll('"', "") !== source.etag.replaceAll('"', ""))
    throw new Refusal("PreconditionFailed");
  checkWrite(request, bucket.find(key));
  const { data, headers: kept, checksum, etag, parts, tags } = source;
  bucket.put(key, { data, headers: kept, checksum, etag, parts, tags });
  bucket.remove(from);
  if (token !== undefined) bucket.renames.set(token, `${from}\0${key}`);
  return { status: 200 };
}
