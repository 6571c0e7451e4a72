import { keptHeaders } from "./attributes.ts";
import type { Bucket, Version } from "./bucket.ts";
import { algorithmOf, digest } from "./checksums.ts";
import { checkSource, checkWrite } from "./conditions.ts";
import type { Limits } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import type { Answer, Request } from "./request.ts";
import { toXml } from "./xml.ts";

/** The version that a copy is made of, under its conditions. */
export function sourceOf(
  find: (name: string) => Bucket,
  request: Request,
): { bucket: Bucket; version: Version } {
  const [path = "", search = ""] = (request.headers["x-amz-copy-source"] ?? "").split("?");
  const [name = "", ...rest] = path.replace(/^\//, "").split("/");
  const bucket = find(decodeURIComponent(name));
  const version = bucket.get(
    decodeURIComponent(rest.join("/")),
    new URLSearchParams(search).get("versionId"),
  );
  checkSource(request, version);
  return { bucket, version };
}

export function copyObject(
  find: (name: string) => Bucket,
  bucket: Bucket,
  request: Request,
  key: string,
  { mostCopyBytes }: Limits,
): Answer {
  const { headers } = request;
  const { bucket: from, version: source } = sourceOf(find, request);
  if (source.data.length > mostCopyBytes)
    throw new Refusal(
      "InvalidRequest",
      `The specified copy source is larger than the maximum allowable size for a copy source: ${mostCopyBytes}`,
    );
  const replaces = headers["x-amz-metadata-directive"] === "REPLACE";
  const isSame = from === bucket && source.key === key && bucket.find(key) === source;
  if (isSame && !replaces && headers["x-amz-storage-class"] === undefined)
    throw new Refusal(
      "InvalidRequest",
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  checkWrite(request, bucket.find(key));
  const { data } = source;
  const named = headers["x-amz-checksum-algorithm"];
  const algorithm = named === undefined ? (source.checksum?.algorithm ?? "CRC32") : algorithmOf(named);
  const version = bucket.put(key, {
    data,
    headers: replaces ? keptHeaders(headers) : source.headers,
    checksum: { algorithm, value: digest(algorithm, data), type: "FULL_OBJECT" },
    tags: headers["x-amz-tagging-directive"] === "REPLACE" ? [] : source.tags,
  });
  return {
    status: 200,
    headers: {
      ...(version.id === "null" ? {} : { "x-amz-version-id": version.id }),
      ...(source.id === "null" ? {} : { "x-amz-copy-source-version-id": source.id }),
    },
    body: toXml("CopyObjectResult", {
      ETag: version.etag,
      LastModified: new Date(version.modifiedMs).toISOString(),
      [`Checksum${algorithm}`]: version.checksum?.value,
    }),
  };
}
