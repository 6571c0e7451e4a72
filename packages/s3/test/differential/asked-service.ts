import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { decoded } from "../../src/wire/text.ts";
import type { PutHow, RandomRequest, Wanted } from "./random-request.ts";

/** What a service answered, without what must differ: its times, its ids. */
export interface Told {
  readonly status: number | string | undefined;
  /** Of a refusal. */
  readonly code?: string;
  readonly [field: string]: unknown;
}

const STALE = '"00000000000000000000000000000000"';
const HOWS: Readonly<Record<PutHow, Partial<PutObjectCommandInput>>> = {
  plain: {},
  described: { Metadata: { mtime: "1.5", "x-y": "a b" }, ContentType: "text/css", CacheControl: "no-cache" },
  sha256: { ChecksumAlgorithm: "SHA256" },
  "wrong md5": { ContentMD5: "XrY7u+Ae7tCTyyK7j1rNww==" },
  "wrong crc32": { ChecksumCRC32: "AAAAAQ==" },
  "much metadata": { Metadata: { big: "v".repeat(2100) } },
};

interface Upload {
  readonly Key: string;
  readonly UploadId: string;
  readonly parts: Map<number, string>;
}

/** A service that is asked random requests, and what it has answered so far: etags and upload ids are its own. */
export class AskedService {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #uploads: (Upload | undefined)[] = [];

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  /** The answer, or how it was refused: never rejects for what the service says. */
  async ask(request: RandomRequest): Promise<Told> {
    try {
      return await this.#perform(request);
    } catch (reason) {
      if (request.op === "create") this.#uploads.push(undefined);
      const { name, Code, $metadata } = reason as {
        name: string;
        Code?: string;
        $metadata?: { httpStatusCode?: number };
      };
      // A service may refuse a request, and end the connection, before the body has been sent.
      const { code } = reason as { code?: string };
      if (code === "EPIPE" || code === "ECONNRESET") return { status: "cut off" };
      if ($metadata?.httpStatusCode === undefined) throw reason;
      return { status: $metadata.httpStatusCode, code: Code ?? name };
    }
  }

  /** Makes a key be nothing, whatever came of it here: what differed once would differ for ever. */
  async forget(key: string): Promise<void> {
    if (Buffer.byteLength(key) <= 1024)
      await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
  }

  /** Ends an upload, if it is there. */
  async forgetUpload(index: number): Promise<void> {
    const upload = this.#uploads[index];
    if (upload !== undefined)
      await this.#client.send(new AbortMultipartUploadCommand(this.#named(upload))).catch(() => undefined);
  }

  keyOf(index: number): string | undefined {
    return this.#uploads[index]?.Key;
  }

  async #perform(request: RandomRequest): Promise<Told> {
    const [client, Bucket] = [this.#client, this.#bucket];
    switch (request.op) {
      case "put": {
        const { key: Key, size, how } = request;
        const conditions = {
          IfMatch: await this.#etag(Key, request.ifMatch),
          IfNoneMatch: star(request.isNew),
        };
        const input = { Bucket, Key, Body: bytes(size), ContentLength: size, ...conditions, ...HOWS[how] };
        const { ETag, ChecksumSHA256 } = await client.send(new PutObjectCommand(input));
        return { status: 200, ETag, ChecksumSHA256 };
      }
      case "get":
      case "head": {
        const { key: Key, range: Range } = request;
        const IfMatch = await this.#etag(Key, request.ifMatch);
        const IfNoneMatch = await this.#etag(Key, request.ifNoneMatch);
        const input = { Bucket, Key, Range, IfMatch, IfNoneMatch };
        if (request.op === "head") return described(await client.send(new HeadObjectCommand(input)));
        const output = await client.send(new GetObjectCommand(input));
        const data = await output.Body?.transformToByteArray();
        return { ...described(output), content: digest(data ?? new Uint8Array()) };
      }
      case "delete": {
        const { key: Key } = request;
        const IfMatch = await this.#etag(Key, request.ifMatch);
        await client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));
        return { status: 204 };
      }
      case "deleteMany": {
        const Objects = request.keys.map((Key) => ({ Key }));
        const output = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
        const deleted = output.Deleted?.map(({ Key = "" }) => Key).sort();
        return { status: 200, deleted, errors: output.Errors?.map(({ Code }) => Code) };
      }
      case "copy": {
        const { key: Key, from, replace, isNew } = request;
        const input = {
          Bucket,
          Key,
          CopySource: `${Bucket}/${encodeURIComponent(from)}`,
          CopySourceIfMatch: await this.#etag(from, request.sourceMatch),
          IfNoneMatch: star(isNew),
          ...(replace ? { MetadataDirective: "REPLACE" as const, Metadata: { copied: "1" } } : {}),
        };
        const { CopyObjectResult } = await client.send(new CopyObjectCommand(input));
        return { status: 200, ETag: CopyObjectResult?.ETag };
      }
      case "list": {
        const { prefix: Prefix, after: StartAfter, limit: MaxKeys } = request;
        const Delimiter = request.delimiter ? "/" : undefined;
        const input = { Bucket, Prefix, Delimiter, StartAfter, MaxKeys, EncodingType: "url" as const };
        const output = await client.send(new ListObjectsV2Command(input));
        const { Contents = [], CommonPrefixes = [], KeyCount, IsTruncated } = output;
        return {
          status: 200,
          keys: Contents.map(({ Key = "", Size, ETag }) => `${decoded(Key)} ${Size} ${ETag}`),
          prefixes: CommonPrefixes.map((one) => decoded(one.Prefix ?? "")),
          KeyCount,
          IsTruncated,
        };
      }
      case "attributes": {
        const ObjectAttributes = ["ETag", "ObjectSize"] as ("ETag" | "ObjectSize")[];
        const input = { Bucket, Key: request.key, ObjectAttributes };
        const { ETag, ObjectSize } = await client.send(new GetObjectAttributesCommand(input));
        return { status: 200, ETag, ObjectSize };
      }
      case "tag": {
        const Tagging = { TagSet: [{ Key: "t", Value: "1" }] };
        await client.send(new PutObjectTaggingCommand({ Bucket, Key: request.key, Tagging }));
        return { status: 200 };
      }
      case "tags": {
        const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key: request.key }));
        return { status: 200, TagSet };
      }
      default:
        return await this.#performUpload(request);
    }
  }

  async #performUpload(request: RandomRequest): Promise<Told> {
    const [client, Bucket] = [this.#client, this.#bucket];
    if (request.op === "create") {
      const Key = request.key;
      const { UploadId = "" } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      this.#uploads.push({ Key, UploadId, parts: new Map() });
      return { status: 200 };
    }
    if (request.op === "uploads") {
      const input = { Bucket, Prefix: request.prefix };
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand(input));
      return { status: 200, uploads: Uploads.map(({ Key = "" }) => Key).sort() };
    }
    if (!("upload" in request)) throw new Error("not a request of an upload");
    const upload = this.#uploads[request.upload];
    if (upload === undefined) return { status: 0 };
    const target = this.#named(upload);
    switch (request.op) {
      case "part": {
        const { number: PartNumber, size } = request;
        const input = { ...target, PartNumber, Body: bytes(size), ContentLength: size };
        const { ETag = "" } = await client.send(new UploadPartCommand(input));
        upload.parts.set(PartNumber, ETag);
        return { status: 200, ETag };
      }
      case "partCopy": {
        const { number: PartNumber, from, range: CopySourceRange } = request;
        const CopySource = `${Bucket}/${encodeURIComponent(from)}`;
        const input = { ...target, PartNumber, CopySource, CopySourceRange };
        const { CopyPartResult } = await client.send(new UploadPartCopyCommand(input));
        upload.parts.set(PartNumber, CopyPartResult?.ETag ?? "");
        return { status: 200, ETag: CopyPartResult?.ETag };
      }
      case "parts": {
        const { Parts = [] } = await client.send(new ListPartsCommand(target));
        return { status: 200, parts: Parts.map(({ PartNumber, Size, ETag }) => [PartNumber, Size, ETag]) };
      }
      case "abort":
        await client.send(new AbortMultipartUploadCommand(target));
        return { status: 204 };
      default: {
        const { how, isNew } = request;
        const all = [...upload.parts].sort(([a], [b]) => a - b);
        const Parts = all.map(([PartNumber, ETag]) => ({
          PartNumber,
          ETag: how === "wrong etag" ? STALE : ETag,
        }));
        const named = how === "nothing" ? [] : how === "backwards" ? Parts.toReversed() : Parts;
        const { ETag } = await client.send(
          new CompleteMultipartUploadCommand({
            ...target,
            MultipartUpload: { Parts: named },
            IfMatch: await this.#etag(upload.Key, request.ifMatch),
            IfNoneMatch: star(isNew),
          }),
        );
        return { status: 200, ETag };
      }
    }
  }

  #named({ Key, UploadId }: Upload): { Bucket: string; Key: string; UploadId: string } {
    return { Bucket: this.#bucket, Key, UploadId };
  }

  async #etag(Key: string, wanted: Wanted): Promise<string | undefined> {
    if (wanted === "any") return undefined;
    if (wanted === "stale") return STALE;
    const head = this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key }));
    return (await head.catch(() => undefined))?.ETag ?? STALE;
  }
}

function star(isNew: boolean): "*" | undefined {
  return isNew ? "*" : undefined;
}

function bytes(size: number): Buffer {
  return Buffer.alloc(size, "0123456789");
}

function digest(data: Uint8Array): string {
  return `${data.length} ${createHash("sha256").update(data).digest("hex").slice(0, 8)}`;
}

function described(output: {
  ETag?: string | undefined;
  ContentLength?: number | undefined;
  ContentRange?: string | undefined;
  ContentType?: string | undefined;
  CacheControl?: string | undefined;
  Metadata?: Record<string, string> | undefined;
  $metadata: { httpStatusCode?: number | undefined };
}): Told {
  const { ETag, ContentLength, ContentRange, ContentType, CacheControl, Metadata = {} } = output;
  const meta = Object.entries(Metadata)
    .map(([name, value]) => `${name}: ${value}`)
    .sort();
  const status = output.$metadata.httpStatusCode;
  return { status, ETag, ContentLength, ContentRange, ContentType, CacheControl, meta };
}
