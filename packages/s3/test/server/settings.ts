import { describing } from "./attributes.ts";
import type { Bucket } from "./bucket.ts";
import { checkRead, unquoted } from "./conditions.ts";
import { Refusal } from "./refusal.ts";
import type { Answer, Request } from "./request.ts";
import { childText, parseXml, toXml, type Element } from "./xml.ts";

/** What can be set of a bucket, and of an object beside its content. */
export function setting(op: string, bucket: Bucket, request: Request): Answer | undefined {
  switch (op) {
    case "HeadBucket":
      return { status: 200, headers: { "x-amz-bucket-region": "us-east-1" } };
    case "GetBucketLocation":
      return { status: 200, body: toXml("LocationConstraint", "") };
    case "GetBucketVersioning":
      return { status: 200, body: toXml("VersioningConfiguration", { Status: bucket.versioning }) };
    case "PutBucketVersioning":
      bucket.versioning = childText(parseXml(request.data.toString()), "Status") as Bucket["versioning"];
      return { status: 200 };
    case "GetBucketLifecycleConfiguration":
      if (bucket.lifecycle === undefined) throw new Refusal("NoSuchLifecycleConfiguration");
      return { status: 200, body: bucket.lifecycle };
    case "PutBucketLifecycleConfiguration":
      bucket.lifecycle = request.data.toString();
      return { status: 200 };
    case "DeleteBucketLifecycle":
      bucket.lifecycle = undefined;
      return { status: 204 };
    default:
      return undefined;
  }
}

/** Tags and attributes of an object. */
export function objectSetting(op: string, bucket: Bucket, request: Request, key: string): Answer | undefined {
  const versionId = request.query.get("versionId");
  switch (op) {
    case "GetObjectTagging": {
      const { tags } = bucket.get(key, versionId);
      const set = { Tag: tags.map(([Key, Value]) => ({ Key, Value })) };
      return { status: 200, body: toXml("Tagging", { TagSet: set }) };
    }
    case "PutObjectTagging":
      bucket.get(key, versionId).tags = tagsIn(parseXml(request.data.toString()));
      return { status: 200 };
    case "DeleteObjectTagging":
      bucket.get(key, versionId).tags = [];
      return { status: 204 };
    case "GetObjectAttributes":
      return attributesOf(bucket, request, key);
    default:
      return undefined;
  }
}

function tagsIn({ children }: Element): [string, string][] {
  const tags = children.find(({ name }) => name === "TagSet")?.children ?? [];
  return tags.map((tag) => [childText(tag, "Key") ?? "", childText(tag, "Value") ?? ""]);
}

function attributesOf(bucket: Bucket, request: Request, key: string): Answer {
  const version = bucket.get(key, request.query.get("versionId"));
  checkRead(request, version);
  const asked = new Set(
    (request.headers["x-amz-object-attributes"] ?? "").split(",").map((name) => name.trim()),
  );
  const { checksum, parts } = version;
  const described = describing(version, false);
  return {
    status: 200,
    headers: { "last-modified": described["last-modified"] ?? "" },
    body: toXml("GetObjectAttributesResponse", {
      // Without its quotation marks here: so does the real service.
      ETag: asked.has("ETag") ? unquoted(version.etag) : undefined,
      Checksum:
        asked.has("Checksum") && checksum !== undefined
          ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type }
          : undefined,
      ObjectParts:
        asked.has("ObjectParts") && parts !== undefined ? { TotalPartsCount: parts.length } : undefined,
      StorageClass: asked.has("StorageClass") ? "STANDARD" : undefined,
      ObjectSize: asked.has("ObjectSize") ? version.data.length : undefined,
    }),
  };
}
