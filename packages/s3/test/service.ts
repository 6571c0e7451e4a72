import { createHash } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  type CompletedPart,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  type HeadObjectCommandInput,
  type HeadObjectCommandOutput,
  type ListObjectsV2CommandInput,
  type PutObjectCommandInput,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { CREDENTIALS, type S3Server } from "./server/server.ts";

export const MIB: number = 1 << 20;

export function clientOf(server: S3Server, options: Partial<S3ClientConfig> = {}): S3Client {
  return new S3Client({
    endpoint: server.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: CREDENTIALS,
    ...options,
  });
}

/** The calls that tests of the server make, on one bucket. */
export class Service {
  readonly client: S3Client;
  readonly bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.client = client;
    this.bucket = bucket;
  }

  put(
    Key: string,
    Body: NonNullable<PutObjectCommandInput["Body"]>,
    more: Omit<PutObjectCommandInput, "Bucket" | "Key" | "Body"> = {},
  ): Promise<{ ETag?: string | undefined; VersionId?: string | undefined }> {
    const length = Body === "" ? { ContentLength: 0 } : {};
    return this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key, Body, ...length, ...more }));
  }

  async get(
    Key: string,
    more: Partial<GetObjectCommandInput> = {},
  ): Promise<GetObjectCommandOutput & { data: Buffer; text: string }> {
    const output = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key, ...more }));
    const data = Buffer.from((await output.Body?.transformToByteArray()) ?? []);
    return Object.assign(output, { data, text: data.toString() });
  }

  head(Key: string, more: Partial<HeadObjectCommandInput> = {}): Promise<HeadObjectCommandOutput> {
    return this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key, ...more }));
  }

  async keys(more: Partial<ListObjectsV2CommandInput> = {}): Promise<(string | undefined)[]> {
    const { Contents = [] } = await this.client.send(
      new ListObjectsV2Command({ Bucket: this.bucket, ...more }),
    );
    return Contents.map(({ Key }) => Key);
  }

  /** Uploads parts, and completes them. */
  async upload(
    Key: string,
    parts: readonly (Uint8Array | string)[],
    more: object = {},
    completing: object = {},
    change: (parts: CompletedPart[]) => CompletedPart[] = (same) => same,
  ): Promise<{ ETag?: string | undefined }> {
    const target = { Bucket: this.bucket, Key };
    const { UploadId } = await this.client.send(new CreateMultipartUploadCommand({ ...target, ...more }));
    const done: CompletedPart[] = [];
    const { ChecksumAlgorithm } = more as { ChecksumAlgorithm?: "CRC32" };
    for (const [i, Body] of parts.entries()) {
      const part = { ...target, UploadId, PartNumber: i + 1, Body, ChecksumAlgorithm };
      const { ETag, ChecksumCRC32, ChecksumCRC64NVME } = await this.client.send(new UploadPartCommand(part));
      done.push({ PartNumber: i + 1, ETag, ChecksumCRC32, ChecksumCRC64NVME });
    }
    return await this.client.send(
      new CompleteMultipartUploadCommand({
        ...target,
        UploadId,
        MultipartUpload: { Parts: change(done) },
        ...completing,
      }),
    );
  }
}

/** Fails unless a call is refused with this status, and with this code where the answer has a body. */
export async function refused(call: Promise<unknown>, status: number, code?: string): Promise<void> {
  const reason = await call.then(
    () => undefined,
    (error: unknown) => error as { name: string; Code?: string; $metadata?: { httpStatusCode?: number } },
  );
  expect(reason?.$metadata?.httpStatusCode, `${code}: ${reason?.name}`).toBe(status);
  if (code !== undefined) expect([reason?.name, reason?.Code]).toContain(code);
}

export const sha = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");
