import type { Bucket } from "./bucket.ts";
import { unquoted } from "./conditions.ts";
import { checkedDigest } from "./checksums.ts";
import { Refusal } from "./refusal.ts";
import type { Answer, Request } from "./request.ts";
import { childText, parseXml, toXml, type Xml } from "./xml.ts";

const MOST_KEYS = 1000;

/**
 * `DeleteObjects`: each key by itself, and what is not there is gone as wanted.
 *
 * @param refuses What is said instead for a key: tests make single keys fail.
 */
export function deleteObjects(
  bucket: Bucket,
  request: Request,
  refuses: (key: string) => string | undefined,
): Answer {
  const { headers, data } = request;
  const isChecked = Object.keys(headers).some(
    (name) => name.startsWith("x-amz-checksum-") || name === "content-md5",
  );
  if (!isChecked)
    throw new Refusal(
      "InvalidRequest",
      "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
    );
  checkedDigest(headers, data);
  const root = parseXml(data.toString());
  const objects = root.children.filter(({ name }) => name === "Object");
  if (objects.length === 0 || objects.length > MOST_KEYS)
    throw new Refusal(
      "MalformedXML",
      "The XML you provided was not well-formed or did not validate against our published schema",
    );
  const isQuiet = childText(root, "Quiet") === "true";
  const deleted: Xml[] = [];
  const errors: Xml[] = [];
  for (const object of objects) {
    const key = childText(object, "Key") ?? "";
    const versionId = childText(object, "VersionId");
    const etag = childText(object, "ETag");
    const there = bucket.find(key);
    const isOther = etag !== undefined && (there === undefined || unquoted(there.etag) !== unquoted(etag));
    const code = refuses(key) ?? (isOther ? "PreconditionFailed" : undefined);
    if (code !== undefined) {
      errors.push({ Key: key, Code: code, Message: code });
      continue;
    }
    const gone = bucket.remove(key, versionId);
    if (isQuiet) continue;
    deleted.push({
      Key: key,
      VersionId: versionId,
      DeleteMarker: gone?.isMarker === true ? true : undefined,
      DeleteMarkerVersionId: gone?.isMarker === true ? gone.id : undefined,
    });
  }
  return { status: 200, body: toXml("DeleteResult", { Deleted: deleted, Error: errors }) };
}
