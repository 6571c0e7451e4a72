import { compareBytes, type Bucket, type Version } from "./bucket.ts";
import { Refusal } from "./refusal.ts";
import type { Answer, Request } from "./request.ts";
import { toXml, type Xml } from "./xml.ts";

const MOST_KEYS = 1000;

/** A line of a listing: an object, or what several keys begin with. */
type Line = { readonly key: string; readonly version: Version } | { readonly prefix: string };

/** What every kind of listing is asked. */
interface Query {
  readonly prefix: string;
  readonly delimiter: string;
  /** Only what comes behind it. */
  readonly after: string;
  readonly most: number;
  readonly encode: (text: string) => string;
}

function toQuery({ query }: Request, after: string, pageSize: number): Query {
  const given = query.get("max-keys");
  const most = given === null ? MOST_KEYS : Number(given);
  if (!Number.isInteger(most) || most < 0)
    throw new Refusal("InvalidArgument", "Provided max-keys not an integer or within integer range");
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    after,
    most: Math.min(most, MOST_KEYS, pageSize),
    encode: encoder(query.get("encoding-type")),
  };
}

/** As the service encodes: a space becomes a plus. */
function encoder(type: string | null): (text: string) => string {
  if (type === null) return (text) => text;
  if (type !== "url") throw new Refusal("InvalidArgument", "Invalid Encoding Method specified in Request");
  return (text) =>
    encodeURIComponent(text)
      .replaceAll("%20", "+")
      .replaceAll("%2F", "/")
      .replace(/[!'()]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Collects the lines of one page, in order of their bytes. */
function linesOf(
  bucket: Bucket,
  { prefix, delimiter, after, most }: Query,
): { lines: Line[]; isTruncated: boolean } {
  const lines: Line[] = [];
  if (most === 0) return { lines, isTruncated: false };
  const keys = bucket.keys();
  let lastPrefix: string | undefined;
  for (let i = firstBehind(keys, prefix); i < keys.length; i++) {
    const key = keys[i] ?? "";
    if (!key.startsWith(prefix)) break;
    if (lastPrefix !== undefined && key.startsWith(lastPrefix)) continue;
    const version = bucket.find(key);
    if (version === undefined) continue;
    const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const common = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
    if (compareBytes(common ?? key, after) <= 0) continue;
    // Whoever goes on behind a key below a common prefix has not seen that prefix yet; behind the prefix they have.
    if (lines.length === most) return { lines, isTruncated: true };
    lines.push(common === undefined ? { key, version } : { prefix: common });
    lastPrefix = common;
  }
  return { lines, isTruncated: false };
}

function firstBehind(keys: readonly string[], prefix: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(keys[middle] ?? "", prefix) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nameOf(line: Line): string {
  return "prefix" in line ? line.prefix : line.key;
}

/** `ListObjectsV2`: its tokens mean nothing to anybody else. */
export function listV2(bucket: Bucket, request: Request, pageSize: number): Answer {
  const { query } = request;
  const token = query.get("continuation-token");
  const startAfter = query.get("start-after") ?? "";
  const asked = toQuery(request, token === null ? startAfter : fromToken(token), pageSize);
  const { lines, isTruncated } = linesOf(bucket, asked);
  const { encode, prefix, delimiter, most } = asked;
  const last = lines.at(-1);
  return {
    status: 200,
    body: toXml("ListBucketResult", {
      Name: bucket.name,
      Prefix: encode(prefix),
      Delimiter: delimiter === "" ? undefined : encode(delimiter),
      StartAfter: startAfter === "" ? undefined : encode(startAfter),
      MaxKeys: most,
      EncodingType: query.get("encoding-type") ?? undefined,
      KeyCount: lines.length,
      IsTruncated: isTruncated,
      ContinuationToken: token ?? undefined,
      NextContinuationToken: isTruncated && last !== undefined ? toToken(nameOf(last)) : undefined,
      ...contentsOf(lines, encode, query.get("fetch-owner") === "true"),
    }),
  };
}

/** `ListObjects`: whoever lists goes on behind a key. */
export function listV1(bucket: Bucket, request: Request, pageSize: number): Answer {
  const { query } = request;
  const marker = query.get("marker") ?? "";
  const asked = toQuery(request, marker, pageSize);
  const { lines, isTruncated } = linesOf(bucket, asked);
  const { encode, prefix, delimiter, most } = asked;
  const last = lines.at(-1);
  return {
    status: 200,
    body: toXml("ListBucketResult", {
      Name: bucket.name,
      Prefix: encode(prefix),
      Marker: encode(marker),
      Delimiter: delimiter === "" ? undefined : encode(delimiter),
      MaxKeys: most,
      EncodingType: query.get("encoding-type") ?? undefined,
      IsTruncated: isTruncated,
      NextMarker: isTruncated && delimiter !== "" && last !== undefined ? encode(nameOf(last)) : undefined,
      ...contentsOf(lines, encode, true),
    }),
  };
}

function contentsOf(lines: readonly Line[], encode: Query["encode"], owner: boolean): Record<string, Xml[]> {
  return {
    Contents: lines.flatMap((line): Xml[] =>
      "prefix" in line ? [] : [{ ...describe(line.version, encode), ...(owner ? OWNER : {}) }],
    ),
    CommonPrefixes: lines.flatMap((line) => ("prefix" in line ? [{ Prefix: encode(line.prefix) }] : [])),
  };
}

const OWNER = { Owner: { ID: "owner", DisplayName: "owner" } };

function describe(
  { key, modifiedMs, etag, data, checksum, headers }: Version,
  encode: Query["encode"],
): Record<string, Xml> {
  return {
    Key: encode(key),
    LastModified: new Date(modifiedMs).toISOString(),
    ETag: etag,
    ChecksumAlgorithm: checksum?.algorithm,
    Size: data.length,
    StorageClass: headers["x-amz-storage-class"] ?? "STANDARD",
  };
}

function toToken(key: string): string {
  return Buffer.from(`after:${key}`).toString("base64");
}

function fromToken(token: string): string {
  const text = Buffer.from(token, "base64").toString();
  if (!text.startsWith("after:"))
    throw new Refusal("InvalidArgument", "The continuation token provided is incorrect");
  return text.slice("after:".length);
}

/** `ListObjectVersions`: everything that was there, each key's newest first. */
export function listVersions(bucket: Bucket, request: Request, pageSize: number): Answer {
  const { query } = request;
  const [keyMarker, idMarker] = [query.get("key-marker") ?? "", query.get("version-id-marker") ?? ""];
  const { prefix, most, encode } = toQuery(request, keyMarker, pageSize);
  const all = bucket
    .keys()
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => bucket.versionsOf(key).map((version, i) => ({ version, isLatest: i === 0 })));
  const begun = all.findIndex(({ version: { key, id } }) => key === keyMarker && id === idMarker);
  const from =
    begun >= 0
      ? begun + 1
      : all.findIndex(({ version }) => keyMarker === "" || compareBytes(version.key, keyMarker) > 0);
  const page = from < 0 ? [] : all.slice(from, from + most);
  const last = page.at(-1)?.version;
  const isTruncated = from >= 0 && all.length > from + page.length;
  const toEntry = ({ version, isLatest }: (typeof all)[number]): Xml => ({
    ...(version.isMarker
      ? { Key: encode(version.key), LastModified: new Date(version.modifiedMs).toISOString() }
      : describe(version, encode)),
    VersionId: version.id,
    IsLatest: isLatest,
    ...OWNER,
  });
  return {
    status: 200,
    body: toXml("ListVersionsResult", {
      Name: bucket.name,
      Prefix: encode(prefix),
      MaxKeys: most,
      IsTruncated: isTruncated,
      NextKeyMarker: isTruncated ? encode(last?.key ?? "") : undefined,
      NextVersionIdMarker: isTruncated ? last?.id : undefined,
      Version: page.filter(({ version }) => !version.isMarker).map(toEntry),
      DeleteMarker: page.filter(({ version }) => version.isMarker).map(toEntry),
    }),
  };
}
