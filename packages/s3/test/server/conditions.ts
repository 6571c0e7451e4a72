import type { Version } from "./bucket.ts";
import { Refusal } from "./refusal.ts";
import type { Request } from "./request.ts";

/** Which headers a condition is in. */
interface Names {
  readonly match: string;
  readonly noneMatch: string;
  readonly modified: string;
  readonly unmodified: string;
}

const OWN: Names = {
  match: "if-match",
  noneMatch: "if-none-match",
  modified: "if-modified-since",
  unmodified: "if-unmodified-since",
};

const SOURCE: Names = {
  match: "x-amz-copy-source-if-match",
  noneMatch: "x-amz-copy-source-if-none-match",
  modified: "x-amz-copy-source-if-modified-since",
  unmodified: "x-amz-copy-source-if-unmodified-since",
};

/**
 * Checks the conditions under which something may be read.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html
 */
export function checkRead({ headers }: Request, version: Version): void {
  const { etag, modifiedMs } = version;
  const about = { ETag: etag, "last-modified": new Date(modifiedMs).toUTCString() };
  if (!holds(headers, version, OWN)) throw failed("If-Match");
  const noneMatch = headers[OWN.noneMatch];
  if (noneMatch !== undefined) {
    if (matches(noneMatch, etag)) throw new Refusal("NotModified", undefined, { headers: about });
    return;
  }
  const since = headers[OWN.modified];
  if (since !== undefined && modifiedMs <= Date.parse(since))
    throw new Refusal("NotModified", undefined, { headers: about });
}

/** The same for the source of a copy, where all that does not hold is one error. */
export function checkSource({ headers }: Request, version: Version): void {
  const noneMatch = headers[SOURCE.noneMatch];
  const since = headers[SOURCE.modified];
  const isStale =
    (noneMatch !== undefined && matches(noneMatch, version.etag)) ||
    (since !== undefined && version.modifiedMs <= Date.parse(since));
  if (isStale || !holds(headers, version, SOURCE)) throw failed("x-amz-copy-source-If-Match");
}

/** A match counts more than a time: both may be given. */
function holds(headers: Request["headers"], { etag, modifiedMs }: Version, names: Names): boolean {
  const match = headers[names.match];
  if (match !== undefined) return matches(match, etag);
  const unmodified = headers[names.unmodified];
  return unmodified === undefined || modifiedMs <= Date.parse(unmodified);
}

/**
 * Checks the conditions under which something may be written over what is there.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWrite(
  { headers, key }: Pick<Request, "headers" | "key">,
  there: Version | undefined,
): void {
  const noneMatch = headers[OWN.noneMatch];
  if (noneMatch !== undefined) {
    if (noneMatch !== "*") throw new Refusal("NotImplemented");
    if (there !== undefined) throw failed("If-None-Match");
  }
  const match = headers[OWN.match];
  if (match === undefined) return;
  if (there === undefined) throw new Refusal("NoSuchKey", undefined, { details: { Key: key ?? "" } });
  if (!matches(match, there.etag)) throw failed("If-Match");
}

/** The same for a removal, which takes two more conditions in directory buckets. */
export function checkRemoval(request: Request, there: Version | undefined, isDirectoryBucket: boolean): void {
  const { headers } = request;
  const match = headers[OWN.match];
  if (match !== undefined) {
    if (there === undefined)
      throw new Refusal("NoSuchKey", undefined, { details: { Key: request.key ?? "" } });
    if (!matches(match, there.etag)) throw failed("If-Match");
  }
  if (!isDirectoryBucket || there === undefined) return;
  const size = headers["x-amz-if-match-size"];
  if (size !== undefined && Number(size) !== there.data.length) throw failed("x-amz-if-match-size");
  const time = headers["x-amz-if-match-last-modified-time"];
  if (time !== undefined && Date.parse(time) !== there.modifiedMs)
    throw failed("x-amz-if-match-last-modified-time");
}

/** Whether a list of etags, with or without quotation marks, has this one. */
function matches(list: string, etag: string): boolean {
  return list.split(",").some((one) => {
    const wanted = one.trim().replace(/^W\//, "");
    return wanted === "*" || unquoted(wanted) === unquoted(etag);
  });
}

export function unquoted(etag: string): string {
  return etag.replace(/^"|"$/g, "");
}

function failed(condition: string): Refusal {
  return new Refusal("PreconditionFailed", undefined, { details: { Condition: condition } });
}
