import type { IncomingMessage } from "node:http";
import { Refusal } from "./refusal.ts";

/** A request, taken apart. */
export interface Request {
  readonly method: string;
  /** The path as it came, without the query. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  /** In lower case; with the trailers, once the body is unwrapped. */
  readonly headers: Record<string, string>;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** Why the key makes no sense. */
  readonly refusal: Refusal | undefined;
  data: Buffer;
}

/** What is answered. */
export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** Takes a request apart; its content comes later. */
export function toRequest(incoming: IncomingMessage): Request {
  const [rawPath = "/", search = ""] = splitOnce(incoming.url ?? "/", "?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value;
  const [bucket, encoded] = splitOnce(rawPath.slice(1), "/");
  // The SDK puts a second slash behind the name of a directory bucket that is in the path.
  const text = bucket?.endsWith("--x-s3") === true ? encoded?.replace(/^\//, "") : encoded;
  const key = text === undefined || text === "" ? undefined : toKey(text);
  const isRefused = key instanceof Refusal;
  return {
    method: incoming.method ?? "GET",
    rawPath,
    query: toQuery(search),
    headers,
    bucket: bucket === undefined || bucket === "" ? undefined : decodeURIComponent(bucket),
    key: isRefused ? encoded : key,
    refusal: isRefused ? key : undefined,
    data: Buffer.alloc(0),
  };
}

function splitOnce(text: string, at: string): [string | undefined, string | undefined] {
  const found = text.indexOf(at);
  return found < 0 ? [text, undefined] : [text.slice(0, found), text.slice(found + 1)];
}

/** A plus stands for itself here, not for a space as in a form. */
function toQuery(search: string): URLSearchParams {
  return new URLSearchParams(search.replaceAll("+", "%2B"));
}

/** Keys have at most 1,024 bytes of UTF-8. */
const KEY_BYTES = 1024;

function toKey(encoded: string): string | Refusal {
  let key: string;
  try {
    key = decodeURIComponent(encoded);
  } catch {
    return new Refusal("InvalidURI", "Couldn't parse the specified URI.");
  }
  if (Buffer.byteLength(key) > KEY_BYTES)
    return new Refusal("KeyTooLongError", undefined, { details: { MaxSizeAllowed: `${KEY_BYTES}` } });
  return key;
}

const OPERATIONS: readonly (readonly [method: string, mark: string | undefined, name: string])[] = [
  ["GET", "session", "CreateSession"],
  ["GET", "location", "GetBucketLocation"],
  ["GET", "versioning", "GetBucketVersioning"],
  ["PUT", "versioning", "PutBucketVersioning"],
  ["GET", "lifecycle", "GetBucketLifecycleConfiguration"],
  ["PUT", "lifecycle", "PutBucketLifecycleConfiguration"],
  ["DELETE", "lifecycle", "DeleteBucketLifecycle"],
  ["GET", "uploads", "ListMultipartUploads"],
  ["GET", "versions", "ListObjectVersions"],
  ["POST", "delete", "DeleteObjects"],
  ["HEAD", undefined, "HeadBucket"],
  ["PUT", undefined, "CreateBucket"],
  ["DELETE", undefined, "DeleteBucket"],
];

const OBJECT_OPERATIONS: typeof OPERATIONS = [
  ["GET", "tagging", "GetObjectTagging"],
  ["PUT", "tagging", "PutObjectTagging"],
  ["DELETE", "tagging", "DeleteObjectTagging"],
  ["GET", "attributes", "GetObjectAttributes"],
  ["PUT", "renameObject", "RenameObject"],
  ["POST", "uploads", "CreateMultipartUpload"],
  ["POST", "uploadId", "CompleteMultipartUpload"],
  ["DELETE", "uploadId", "AbortMultipartUpload"],
  ["GET", "uploadId", "ListParts"],
  ["GET", undefined, "GetObject"],
  ["HEAD", undefined, "HeadObject"],
  ["DELETE", undefined, "DeleteObject"],
];

/** Which operation of the API a request is: the log and the faults go by its name. */
export function operationOf({ method, query, headers, bucket, key }: Request): string {
  if (bucket === undefined) return "ListBuckets";
  const isCopy = headers["x-amz-copy-source"] !== undefined;
  if (key !== undefined && method === "PUT") {
    if (query.has("uploadId")) return isCopy ? "UploadPartCopy" : "UploadPart";
    if (isCopy) return "CopyObject";
  }
  const table = key === undefined ? OPERATIONS : OBJECT_OPERATIONS;
  const found = table.find(([verb, mark]) => verb === method && (mark === undefined || query.has(mark)));
  if (found !== undefined) return found[2];
  if (key === undefined) return query.get("list-type") === "2" ? "ListObjectsV2" : "ListObjects";
  return "PutObject";
}
