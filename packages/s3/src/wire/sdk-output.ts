import type { GetObjectCommandOutput, HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import type { Bytes } from "@vfs/core";
import { S3Failure } from "./failure.ts";
import { decoded, toMillis, unquoted } from "./text.ts";
import type { Head, ListedVersion } from "./wire.ts";

/** All of a body, on memory of its own. */
export async function bodyOf({ Body, ContentLength }: GetObjectCommandOutput): Promise<Bytes> {
  const data = (await Body?.transformToByteArray()) ?? new Uint8Array();
  if (ContentLength !== undefined && data.length !== ContentLength)
    throw new S3Failure("Truncated", 200, `${data.length} of ${ContentLength} bytes came`);
  const isAlone = data.buffer.byteLength === data.length && data.buffer instanceof ArrayBuffer;
  return isAlone ? new Uint8Array(data.buffer) : new Uint8Array(data);
}

export function toHead(output: GetObjectCommandOutput | HeadObjectCommandOutput): Head {
  const {
    ETag,
    ContentLength = 0,
    LastModified,
    ContentType,
    Metadata = {},
    VersionId,
    ContentRange,
  } = output;
  const whole = /\/(\d+)$/.exec(ContentRange ?? "")?.[1];
  return {
    etag: unquoted(ETag),
    size: whole === undefined ? ContentLength : Number(whole),
    modifiedMs: toMillis(LastModified),
    contentType: ContentType,
    meta: Metadata,
    versionId: VersionId,
  };
}

export function toVersion(
  given: {
    Key?: string | undefined;
    VersionId?: string | undefined;
    IsLatest?: boolean | undefined;
    LastModified?: Date | undefined;
    Size?: number | undefined;
    ETag?: string | undefined;
  },
  isMarker: boolean,
): ListedVersion {
  const { Key = "", VersionId = "null", IsLatest = false, LastModified, Size = 0, ETag } = given;
  return {
    key: decoded(Key),
    versionId: VersionId,
    isLatest: IsLatest,
    isMarker,
    size: Size,
    etag: unquoted(ETag),
    modifiedMs: toMillis(LastModified),
  };
}
