import { createHash, randomBytes } from "node:crypto";
import { keptHeaders, written } from "./attributes.ts";
import { compareBytes, type Bucket, type Part, type Upload } from "./bucket.ts";
import { algorithmOf, checkedDigest, digestOfParts, headerOf, type Checksum } from "./checksums.ts";
import { checkWrite, unquoted } from "./conditions.ts";
import { sourceOf } from "./copies.ts";
import type { Limits } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import type { Answer, Request } from "./request.ts";
import { childText, parseXml, toXml, type Xml } from "./xml.ts";

const MOST_PARTS = 10_000;

export function createUpload(bucket: Bucket, request: Request, key: string): Answer {
  const { headers } = request;
  const named = headers["x-amz-checksum-algorithm"];
  const upload: Upload = {
    id: randomBytes(24).toString("base64url"),
    key,
    headers: keptHeaders(headers),
    initiatedMs: bucket.seconds(),
    algorithm: named === undefined ? undefined : algorithmOf(named),
    checksumType: headers["x-amz-checksum-type"] as Checksum["type"] | undefined,
    parts: new Map(),
  };
  bucket.uploads.set(upload.id, upload);
  return {
    status: 200,
    headers: named === undefined ? {} : { "x-amz-checksum-algorithm": named },
    body: toXml("InitiateMultipartUploadResult", { Bucket: bucket.name, Key: key, UploadId: upload.id }),
  };
}

function find(bucket: Bucket, { query }: Request, key: string): Upload {
  const upload = bucket.uploads.get(query.get("uploadId") ?? "");
  if (upload === undefined || upload.key !== key) throw new Refusal("NoSuchUpload");
  return upload;
}

function numberOf({ query }: Request): number {
  const number = Number(query.get("partNumber"));
  if (!(number >= 1 && number <= MOST_PARTS))
    throw new Refusal(
      "InvalidArgument",
      `Part number must be an integer between 1 and ${MOST_PARTS}, inclusive`,
    );
  return number;
}

function keep(
  upload: Upload,
  number: number,
  data: Buffer,
  checksum: Checksum | undefined,
  modifiedMs: number,
): Part {
  const part: Part = { number, data, etag: md5(data), checksum, modifiedMs };
  upload.parts.set(number, part);
  return part;
}

function md5(data: Uint8Array): string {
  return `"${createHash("md5").update(data).digest("hex")}"`;
}

export function uploadPart(bucket: Bucket, request: Request, key: string): Answer {
  const upload = find(bucket, request, key);
  const checksum = checkedDigest(request.headers, request.data, upload.algorithm);
  const part = keep(upload, numberOf(request), request.data, checksum, bucket.seconds());
  return { status: 200, headers: { ETag: part.etag, [headerOf(checksum.algorithm)]: checksum.value } };
}

export function uploadPartCopy(
  buckets: (name: string) => Bucket,
  bucket: Bucket,
  request: Request,
  key: string,
): Answer {
  const upload = find(bucket, request, key);
  const { data } = sourceOf(buckets, request).version;
  const range = request.headers["x-amz-copy-source-range"];
  const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? "");
  if (range !== undefined && (match === null || Number(match[2]) >= data.length))
    throw new Refusal(
      "InvalidArgument",
      `Range specified is not valid for source object of size: ${data.length}`,
    );
  const piece = match === null ? data : data.subarray(Number(match[1]), Number(match[2]) + 1);
  const checksum = checkedDigest({}, piece, upload.algorithm);
  const part = keep(upload, numberOf(request), piece, checksum, bucket.seconds());
  return {
    status: 200,
    body: toXml("CopyPartResult", { ETag: part.etag, LastModified: new Date(part.modifiedMs).toISOString() }),
  };
}

export function completeUpload(
  bucket: Bucket,
  request: Request,
  key: string,
  { leastPartBytes }: Limits,
): Answer {
  const upload = find(bucket, request, key);
  const parts = partsNamed(upload, request.data.toString(), leastPartBytes);
  checkWrite(request, bucket.find(key));
  const data = Buffer.concat(parts.map((part) => part.data));
  const sum = createHash("md5");
  for (const part of parts) sum.update(Buffer.from(unquoted(part.etag), "hex"));
  const checksum = checksumOf(upload, request, parts, data);
  const version = bucket.put(key, {
    data,
    headers: upload.headers,
    checksum,
    etag: `"${sum.digest("hex")}-${parts.length}"`,
    parts: parts.map((part) => part.data.length),
  });
  bucket.uploads.delete(upload.id);
  const { ETag: etag, ...headers } = written(version);
  return {
    status: 200,
    headers,
    body: toXml("CompleteMultipartUploadResult", {
      Location: `http://${bucket.name}/${encodeURIComponent(key)}`,
      Bucket: bucket.name,
      Key: key,
      ETag: etag,
      [`Checksum${checksum.algorithm}`]: checksum.value,
      ChecksumType: checksum.type,
    }),
  };
}

/** The parts that are to be put together, in order. */
function partsNamed(upload: Upload, xml: string, leastPartBytes: number): Part[] {
  const named = parseXml(xml).children.filter(({ name }) => name === "Part");
  if (named.length === 0) throw new Refusal("MalformedXML", "The XML you provided was not well-formed");
  let before = 0;
  const parts = named.map((one) => {
    const number = Number(childText(one, "PartNumber"));
    if (number <= before) throw new Refusal("InvalidPartOrder");
    before = number;
    const part = upload.parts.get(number);
    const etag = childText(one, "ETag") ?? "";
    if (part === undefined || unquoted(part.etag) !== unquoted(etag))
      throw new Refusal("InvalidPart", undefined, {
        details: { PartNumber: `${number}`, ETag: etag, UploadId: upload.id },
      });
    const { checksum } = part;
    const given = checksum === undefined ? undefined : childText(one, `Checksum${checksum.algorithm}`);
    if (given !== undefined && given !== checksum?.value) throw new Refusal("InvalidPart");
    return part;
  });
  for (const part of parts.slice(0, -1))
    if (part.data.length < leastPartBytes)
      throw new Refusal("EntityTooSmall", undefined, {
        details: {
          PartNumber: `${part.number}`,
          MinSizeAllowed: `${leastPartBytes}`,
          ProposedSize: `${part.data.length}`,
        },
      });
  return parts;
}

function checksumOf(
  { algorithm = "CRC32", checksumType }: Upload,
  request: Request,
  parts: Part[],
  data: Buffer,
): Checksum {
  const type = checksumType ?? (algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
  const value = digestOfParts(
    algorithm,
    type,
    parts.map((part) => part.data),
    data,
  );
  const given = request.headers[headerOf(algorithm)];
  if (given !== undefined && given !== value && given !== value.replace(/-\d+$/, ""))
    throw new Refusal("BadDigest");
  return { algorithm, value, type };
}

export function abortUpload(bucket: Bucket, request: Request, key: string): Answer {
  bucket.uploads.delete(find(bucket, request, key).id);
  return { status: 204 };
}

export function listParts(bucket: Bucket, request: Request, key: string): Answer {
  const upload = find(bucket, request, key);
  const { query } = request;
  const most = Math.min(1000, Number(query.get("max-parts") ?? 1000));
  const after = Number(query.get("part-number-marker") ?? 0);
  const all = [...upload.parts.values()]
    .sort((a, b) => a.number - b.number)
    .filter(({ number }) => number > after);
  const page = all.slice(0, most);
  return {
    status: 200,
    body: toXml("ListPartsResult", {
      Bucket: bucket.name,
      Key: key,
      UploadId: upload.id,
      PartNumberMarker: after,
      NextPartNumberMarker: page.at(-1)?.number ?? 0,
      MaxParts: most,
      IsTruncated: all.length > page.length,
      Part: page.map(({ number, etag, data, modifiedMs }): Xml => ({
        PartNumber: number,
        LastModified: new Date(modifiedMs).toISOString(),
        ETag: etag,
        Size: data.length,
      })),
    }),
  };
}

export function listUploads(bucket: Bucket, { query }: Request): Answer {
  const prefix = query.get("prefix") ?? "";
  const most = Math.min(1000, Number(query.get("max-uploads") ?? 1000));
  const [keyMarker, idMarker] = [query.get("key-marker") ?? "", query.get("upload-id-marker") ?? ""];
  const isAfter = ({ key, id }: Upload): boolean =>
    keyMarker === "" ||
    compareBytes(key, keyMarker) > 0 ||
    (key === keyMarker && idMarker !== "" && id > idMarker);
  const all = [...bucket.uploads.values()]
    .filter((upload) => upload.key.startsWith(prefix) && isAfter(upload))
    .sort((a, b) => compareBytes(a.key, b.key) || compareBytes(a.id, b.id));
  const page = all.slice(0, most);
  const encode = query.get("encoding-type") === "url" ? encodeURIComponent : (text: string) => text;
  return {
    status: 200,
    body: toXml("ListMultipartUploadsResult", {
      Bucket: bucket.name,
      Prefix: encode(prefix),
      MaxUploads: most,
      IsTruncated: all.length > page.length,
      NextKeyMarker: encode(page.at(-1)?.key ?? ""),
      NextUploadIdMarker: page.at(-1)?.id ?? "",
      Upload: page.map(({ key, id, initiatedMs }): Xml => ({
        Key: encode(key),
        UploadId: id,
        StorageClass: "STANDARD",
        Initiated: new Date(initiatedMs).toISOString(),
      })),
    }),
  };
}
