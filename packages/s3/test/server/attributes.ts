import type { Version } from "./bucket.ts";
import { headerOf } from "./checksums.ts";
import { Refusal } from "./refusal.ts";

/** What is kept of the headers that an object is written with. */
const KEPT: ReadonlySet<string> = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
  "x-amz-storage-class",
  "x-amz-website-redirect-location",
]);

const META = "x-amz-meta-";
/** Names and values of an object's own metadata, together. */
const META_BYTES = 2048;

/** The headers of a request that belong to the object. */
export function keptHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {};
  let metaBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(META)) {
      metaBytes += Buffer.byteLength(name.slice(META.length)) + Buffer.byteLength(value);
      kept[name] = value;
    } else if (KEPT.has(name)) kept[name] = value;
  }
  if (metaBytes > META_BYTES)
    throw new Refusal("MetadataTooLarge", undefined, {
      details: { MaxSizeAllowed: `${META_BYTES}`, Size: `${metaBytes}` },
    });
  const encoding = withoutChunks(kept["content-encoding"]);
  delete kept["content-encoding"];
  if (encoding !== undefined) kept["content-encoding"] = encoding;
  kept["content-type"] ??= "binary/octet-stream";
  return kept;
}

/** `aws-chunked` says how a request is wrapped, not how the object is encoded. */
function withoutChunks(encoding: string | undefined): string | undefined {
  const rest = (encoding ?? "").split(",").filter((one) => one.trim() !== "aws-chunked" && one !== "");
  return rest.length === 0 ? undefined : rest.join(",");
}

/** The headers that describe an object to whoever reads it. */
export function describing(version: Version, wantsChecksum: boolean): Record<string, string> {
  const { etag, modifiedMs, headers, id, checksum, parts, tags } = version;
  return {
    ...headers,
    "accept-ranges": "bytes",
    ETag: etag,
    "last-modified": new Date(modifiedMs).toUTCString(),
    ...(id === "null" ? {} : { "x-amz-version-id": id }),
    ...(tags.length === 0 ? {} : { "x-amz-tagging-count": `${tags.length}` }),
    ...(wantsChecksum && checksum !== undefined
      ? { [headerOf(checksum.algorithm)]: checksum.value, "x-amz-checksum-type": checksum.type }
      : {}),
    ...(parts === undefined ? {} : { "x-amz-mp-parts-count": `${parts.length}` }),
  };
}

/** What tells a writer of the version that came of it. */
export function written({ etag, id, checksum }: Version): Record<string, string> {
  return {
    ETag: etag,
    ...(id === "null" ? {} : { "x-amz-version-id": id }),
    ...(checksum === undefined
      ? {}
      : { [headerOf(checksum.algorithm)]: checksum.value, "x-amz-checksum-type": checksum.type }),
  };
}
