import type { Bucket } from "./bucket.ts";
import { deleteObjects } from "./bulk-delete.ts";
import { copyObject } from "./copies.ts";
import { listV1, listV2, listVersions } from "./listing.ts";
import type { Limits } from "./limits.ts";
import {
  abortUpload,
  completeUpload,
  createUpload,
  listParts,
  listUploads,
  uploadPart,
  uploadPartCopy,
} from "./multipart.ts";
import { deleteObject, getObject, putObject, renameObject } from "./objects.ts";
import { Refusal } from "./refusal.ts";
import type { Answer, Request } from "./request.ts";
import { objectSetting, setting } from "./settings.ts";
import type { Credentials } from "./signature.ts";
import { toXml } from "./xml.ts";

/** What the operations work on. */
export interface Service {
  readonly buckets: ReadonlyMap<string, Bucket> & Pick<Map<string, Bucket>, "delete">;
  readonly pageSize: number;
  readonly limits: Limits;
  readonly refusesKey: (key: string) => string | undefined;
  bucket(name: string): Bucket;
  createBucket(name: string): Bucket;
  createSession(): Required<Credentials>;
  now(): number;
}

/** Does what a request asks, all of it in this turn. */
export function perform(op: string, service: Service, request: Request): Answer {
  const { bucket: name, key } = request;
  if (name === undefined) return listBuckets(service);
  if (op === "CreateBucket") return createBucket(service, name);
  const bucket = service.bucket(name);
  const answer =
    key === undefined ? ofBucket(op, service, bucket, request) : ofObject(op, service, bucket, request, key);
  if (answer === undefined) throw new Refusal("NotImplemented", op);
  return answer;
}

function ofBucket(op: string, service: Service, bucket: Bucket, request: Request): Answer | undefined {
  switch (op) {
    case "ListObjectsV2":
      return listV2(bucket, request, service.pageSize);
    case "ListObjects":
      return listV1(bucket, request, service.pageSize);
    case "ListObjectVersions":
      return listVersions(bucket, request, service.pageSize);
    case "ListMultipartUploads":
      return listUploads(bucket, request);
    case "DeleteObjects":
      return deleteObjects(bucket, request, service.refusesKey);
    case "DeleteBucket":
      if (!bucket.isEmpty) throw new Refusal("BucketNotEmpty");
      service.buckets.delete(bucket.name);
      return { status: 204 };
    case "CreateSession":
      return createSession(service);
    default:
      return setting(op, bucket, request);
  }
}

function ofObject(
  op: string,
  service: Service,
  bucket: Bucket,
  request: Request,
  key: string,
): Answer | undefined {
  const find = (name: string): Bucket => service.bucket(name);
  switch (op) {
    case "GetObject":
    case "HeadObject":
      return getObject(bucket, request, key);
    case "PutObject":
      return putObject(bucket, request, key);
    case "DeleteObject":
      return deleteObject(bucket, request, key);
    case "CopyObject":
      return copyObject(find, bucket, request, key, service.limits);
    case "RenameObject":
      return renameObject(bucket, request, key);
    case "CreateMultipartUpload":
      return createUpload(bucket, request, key);
    case "UploadPart":
      return uploadPart(bucket, request, key);
    case "UploadPartCopy":
      return uploadPartCopy(find, bucket, request, key);
    case "CompleteMultipartUpload":
      return completeUpload(bucket, request, key, service.limits);
    case "AbortMultipartUpload":
      return abortUpload(bucket, request, key);
    case "ListParts":
      return listParts(bucket, request, key);
    default:
      return objectSetting(op, bucket, request, key);
  }
}

function listBuckets(service: Service): Answer {
  const buckets = [...service.buckets.values()].map(({ name, createdMs }) => ({
    Name: name,
    CreationDate: new Date(createdMs).toISOString(),
  }));
  return {
    status: 200,
    body: toXml("ListAllMyBucketsResult", { Owner: { ID: "owner" }, Buckets: { Bucket: buckets } }),
  };
}

function createBucket(service: Service, name: string): Answer {
  if (service.buckets.has(name)) throw new Refusal("BucketAlreadyOwnedByYou");
  service.createBucket(name);
  return { status: 200, headers: { location: `/${name}` } };
}

function createSession(service: Service): Answer {
  const { accessKeyId, secretAccessKey, sessionToken } = service.createSession();
  return {
    status: 200,
    body: toXml("CreateSessionResult", {
      Credentials: {
        SessionToken: sessionToken,
        SecretAccessKey: secretAccessKey,
        AccessKeyId: accessKeyId,
        Expiration: new Date(service.now() + 300_000).toISOString(),
      },
    }),
  };
}
