import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  RenameObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { bodyOf, toHead, toVersion } from "./sdk-output.ts";
import { withoutRetries } from "./sdk-client.ts";
import { sdkFailure } from "./sdk-failure.ts";
import { S3Failure } from "./failure.ts";
import { copySource, decoded, quoted, rangeText, toMillis, unquoted } from "./text.ts";
import type { Got, Wire } from "./wire.ts";

/** The reference path: every request by the SDK. */
export function sdkWire(given: S3Client, bucket: string): Wire {
  const client = withoutRetries(given);
  const B = { Bucket: bucket };

  /** Sends a command; whatever fails is an `S3Failure`. */
  async function asked<T>(
    signal: AbortSignal | undefined,
    send: (options: Sending) => Promise<T>,
  ): Promise<T> {
    try {
      return await send(signal === undefined ? {} : { abortSignal: signal });
    } catch (reason) {
      if (signal?.aborted === true) throw signal.reason;
      throw sdkFailure(reason);
    }
  }

  return {
    head: ({ key, ifMatch, versionId, signal }) =>
      asked(signal, async (how) => {
        const input = { ...B, Key: key, IfMatch: quoted(ifMatch), VersionId: versionId };
        return toHead(await client.send(new HeadObjectCommand(input), how));
      }),

    get: ({ key, range, ifMatch, versionId, signal }) =>
      asked(signal, async (how): Promise<Got> => {
        const Range = range === undefined ? undefined : rangeText(range);
        const input = { ...B, Key: key, Range, IfMatch: quoted(ifMatch), VersionId: versionId };
        const output = await client.send(new GetObjectCommand(input), how);
        const body = await bodyOf(output);
        return { head: toHead(output), body };
      }),

    put: ({ key, data, contentType, meta, ifMatch, ifNoneMatch, offset, signal }) =>
      asked(signal, async (how) => {
        const { ETag, VersionId } = await client.send(
          new PutObjectCommand({
            ...B,
            Key: key,
            Body: data,
            ContentLength: data.length,
            ContentType: contentType,
            Metadata: { ...meta },
            IfMatch: quoted(ifMatch),
            IfNoneMatch: ifNoneMatch,
            WriteOffsetBytes: offset,
          }),
          how,
        );
        return { etag: unquoted(ETag), versionId: VersionId };
      }),

    remove: ({ key, ifMatch, signal }) =>
      asked(signal, async (how) => {
        await client.send(new DeleteObjectCommand({ ...B, Key: key, IfMatch: quoted(ifMatch) }), how);
      }),

    list: ({ prefix, delimiter, after, token, limit, signal }) =>
      asked(signal, async (how) => {
        const {
          Contents = [],
          CommonPrefixes = [],
          NextContinuationToken,
        } = await client.send(
          new ListObjectsV2Command({
            ...B,
            Prefix: prefix,
            Delimiter: delimiter,
            StartAfter: after,
            ContinuationToken: token,
            MaxKeys: limit,
            EncodingType: "url",
          }),
          how,
        );
        const objects = Contents.map(({ Key = "", Size = 0, ETag, LastModified }) => ({
          key: decoded(Key),
          size: Size,
          etag: unquoted(ETag),
          modifiedMs: toMillis(LastModified),
        }));
        const prefixes = CommonPrefixes.map(({ Prefix = "" }) => decoded(Prefix));
        return { objects, prefixes, token: NextContinuationToken };
      }),

    removeMany: ({ objects, signal }) =>
      asked(signal, async (how) => {
        const Objects = objects.map(({ key, etag }) => ({ Key: key, ETag: quoted(etag) }));
        const { Errors = [] } = await client.send(
          new DeleteObjectsCommand({ ...B, Delete: { Objects, Quiet: true } }),
          how,
        );
        return Errors.map(({ Key = "", Code = "" }) => ({ key: Key, code: Code }));
      }),

    copy: ({ from, key, sourceMatch, versionId, replace, ifMatch, ifNoneMatch, signal }) =>
      asked(signal, async (how) => {
        const { CopyObjectResult, VersionId } = await client.send(
          new CopyObjectCommand({
            ...B,
            Key: key,
            CopySource: copySource(bucket, from, versionId),
            CopySourceIfMatch: quoted(sourceMatch),
            IfMatch: quoted(ifMatch),
            IfNoneMatch: ifNoneMatch,
            ...(replace === undefined
              ? {}
              : {
                  MetadataDirective: "REPLACE",
                  Metadata: { ...replace.meta },
                  ContentType: replace.contentType,
                }),
          }),
          how,
        );
        return { etag: unquoted(CopyObjectResult?.ETag), versionId: VersionId };
      }),

    rename: ({ from, key, sourceMatch, ifMatch, ifNoneMatch, token, signal }) =>
      asked(signal, async (how) => {
        await client.send(
          new RenameObjectCommand({
            ...B,
            Key: key,
            RenameSource: copySource(bucket, from),
            SourceIfMatch: quoted(sourceMatch),
            DestinationIfMatch: ifMatch === "*" ? "*" : quoted(ifMatch),
            DestinationIfNoneMatch: ifNoneMatch,
            ClientToken: token,
          }),
          how,
        );
      }),

    createUpload: ({ key, contentType, meta, signal }) =>
      asked(signal, async (how) => {
        const input = { ...B, Key: key, ContentType: contentType, Metadata: { ...meta } };
        const { UploadId } = await client.send(new CreateMultipartUploadCommand(input), how);
        if (UploadId === undefined) throw new S3Failure("Truncated", 200, "the answer has no UploadId");
        return UploadId;
      }),

    uploadPart: ({ key, uploadId, number, data, signal }) =>
      asked(signal, async (how) => {
        const input = { ...B, Key: key, UploadId: uploadId, PartNumber: number, Body: data };
        const { ETag } = await client.send(
          new UploadPartCommand({ ...input, ContentLength: data.length }),
          how,
        );
        return { number, etag: unquoted(ETag) };
      }),

    copyPart: ({ key, uploadId, number, from, sourceMatch, range, signal }) =>
      asked(signal, async (how) => {
        const { CopyPartResult } = await client.send(
          new UploadPartCopyCommand({
            ...B,
            Key: key,
            UploadId: uploadId,
            PartNumber: number,
            CopySource: copySource(bucket, from),
            CopySourceIfMatch: quoted(sourceMatch),
            CopySourceRange: range === undefined ? undefined : rangeText(range),
          }),
          how,
        );
        const etag = unquoted(CopyPartResult?.ETag);
        if (etag === "") throw new S3Failure("Truncated", 200, "the answer has no ETag");
        return { number, etag };
      }),

    completeUpload: ({ key, uploadId, parts, ifMatch, ifNoneMatch, signal }) =>
      asked(signal, async (how) => {
        const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: quoted(etag) }));
        const { ETag, VersionId } = await client.send(
          new CompleteMultipartUploadCommand({
            ...B,
            Key: key,
            UploadId: uploadId,
            MultipartUpload: { Parts },
            IfMatch: quoted(ifMatch),
            IfNoneMatch: ifNoneMatch,
          }),
          how,
        );
        if (ETag === undefined) throw new S3Failure("Truncated", 200, "the answer has no ETag");
        return { etag: unquoted(ETag), versionId: VersionId };
      }),

    abortUpload: ({ key, uploadId }) =>
      asked(undefined, async (how) => {
        await client.send(new AbortMultipartUploadCommand({ ...B, Key: key, UploadId: uploadId }), how);
      }),

    hasParts: ({ key, uploadId }) =>
      asked(undefined, async (how) => {
        const input = { ...B, Key: key, UploadId: uploadId, MaxParts: 1 };
        const { Parts = [] } = await client.send(new ListPartsCommand(input), how);
        return Parts.length > 0;
      }),

    listUploads: ({ prefix, after, signal }) =>
      asked(signal, async (how) => {
        const { Uploads = [], IsTruncated = false } = await client.send(
          new ListMultipartUploadsCommand({
            ...B,
            Prefix: prefix,
            KeyMarker: after?.key,
            UploadIdMarker: after?.uploadId,
            EncodingType: "url",
          }),
          how,
        );
        const uploads = Uploads.map(({ Key = "", UploadId = "", Initiated }) => ({
          key: decoded(Key),
          uploadId: UploadId,
          initiatedMs: toMillis(Initiated),
        }));
        return { uploads, isTruncated: IsTruncated };
      }),

    listVersions: ({ prefix, after, signal }) =>
      asked(signal, async (how) => {
        const {
          Versions = [],
          DeleteMarkers = [],
          IsTruncated = false,
          NextKeyMarker,
          NextVersionIdMarker = "",
        } = await client.send(
          new ListObjectVersionsCommand({
            ...B,
            Prefix: prefix,
            KeyMarker: after?.key,
            VersionIdMarker: after?.versionId,
            EncodingType: "url",
          }),
          how,
        );
        const marked = DeleteMarkers.map((marker) => toVersion(marker, true));
        const versions = [...Versions.map((version) => toVersion(version, false)), ...marked];
        const last =
          NextKeyMarker === undefined
            ? undefined
            : { key: decoded(NextKeyMarker), versionId: NextVersionIdMarker };
        return { versions, isTruncated: IsTruncated, last };
      }),
  };
}

type Sending = { abortSignal?: AbortSignal };
