import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  RenameObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type ListObjectsV2CommandOutput,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, describe, expect, it } from "vitest";
import { newBucket } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { clientOf, MIB, refused, Service, sha } from "./service.ts";

const server = await S3Server.start();
afterAll(() => server.close());
const client = clientOf(server);
const STALE = '"00000000000000000000000000000000"';
const fresh = (): Service => new Service(client, newBucket(server));
const FIVE = randomBytes(5 * MIB);
const ONE = randomBytes(MIB + 17);

describe("server › uploads in parts", () => {
  it("are put together, with what they were begun with", async () => {
    const s = fresh();
    const { ETag } = await s.upload("mp", [FIVE, ONE], { Metadata: { mm: "1" }, ContentType: "app/x" });
    expect(ETag).toMatch(/-2"$/);
    const got = await s.get("mp");
    expect([sha(got.data), got.Metadata, got.ContentType]).toEqual([
      sha(Buffer.concat([FIVE, ONE])),
      { mm: "1" },
      "app/x",
    ]);
    const across = await s.get("mp", { Range: `bytes=${5 * MIB - 5}-${5 * MIB + 4}` });
    expect(sha(across.data)).toBe(sha(Buffer.concat([FIVE.subarray(-5), ONE.subarray(0, 5)])));
    const second = await s.get("mp", { PartNumber: 2 });
    expect([second.data.length, second.PartsCount]).toEqual([ONE.length, 2]);
  });

  it("have digests of the parts or of the whole", async () => {
    const s = fresh();
    await s.upload("composite", [FIVE, ONE], { ChecksumAlgorithm: "CRC32" });
    expect((await s.head("composite", { ChecksumMode: "ENABLED" })).ChecksumCRC32).toMatch(/-2$/);
    await s.upload("full", [FIVE, ONE], { ChecksumAlgorithm: "CRC64NVME", ChecksumType: "FULL_OBJECT" });
    const full = (await s.head("full", { ChecksumMode: "ENABLED" })).ChecksumCRC64NVME;
    await s.put("same", Buffer.concat([FIVE, ONE]), { ChecksumAlgorithm: "CRC64NVME" });
    expect((await s.head("same", { ChecksumMode: "ENABLED" })).ChecksumCRC64NVME).toBe(full);
  });

  it("fail as they do in S3", async () => {
    expect.hasAssertions();
    const s = fresh();
    await refused(s.upload("small", [ONE, ONE]), 400, "EntityTooSmall");
    const wrong = s.upload("wrong", ["x"], {}, {}, (parts) =>
      parts.map((part) => ({ ...part, ETag: STALE })),
    );
    await refused(wrong, 400, "InvalidPart");
    await refused(
      s.upload("order", [FIVE, "x"], {}, {}, (parts) => parts.toReversed()),
      400,
      "InvalidPartOrder",
    );
    await s.put("there", "x");
    await refused(s.upload("there", [ONE], {}, { IfNoneMatch: "*" }), 412, "PreconditionFailed");
    await refused(s.upload("there", [ONE], {}, { IfMatch: STALE }), 412, "PreconditionFailed");
    const target = { Bucket: s.bucket, Key: "none", UploadId: "none" };
    await refused(
      client.send(new UploadPartCommand({ ...target, PartNumber: 1, Body: "x" })),
      404,
      "NoSuchUpload",
    );
    await refused(
      client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts: [] } })),
      404,
      "NoSuchUpload",
    );
  });

  it("are listed, and gone when they are aborted", async () => {
    const s = fresh();
    const target = { Bucket: s.bucket, Key: "mpl/x" };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
    await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 3, Body: "abc" }));
    const { Parts } = await client.send(new ListPartsCommand({ ...target, UploadId }));
    expect(Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([[3, 3]]);
    const { Uploads } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: s.bucket, Prefix: "mpl/" }),
    );
    expect(Uploads?.map((one) => [one.Key, one.UploadId])).toEqual([["mpl/x", UploadId]]);
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
    await refused(client.send(new ListPartsCommand({ ...target, UploadId })), 404, "NoSuchUpload");
    await refused(s.head("mpl/x"), 404);
  });

  it("take pieces of other objects", async () => {
    const s = fresh();
    await s.put("b5", FIVE);
    const target = { Bucket: s.bucket, Key: "upc" };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
    const piece = { ...target, UploadId, CopySource: `${s.bucket}/b5` };
    const one = await client.send(new UploadPartCopyCommand({ ...piece, PartNumber: 1 }));
    const two = await client.send(
      new UploadPartCopyCommand({ ...piece, PartNumber: 2, CopySourceRange: "bytes=100-199" }),
    );
    const Parts = [one, two].map(({ CopyPartResult }, i) => ({
      PartNumber: i + 1,
      ETag: CopyPartResult?.ETag,
    }));
    await client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    );
    expect(sha((await s.get("upc")).data)).toBe(sha(Buffer.concat([FIVE, FIVE.subarray(100, 200)])));
  });

  it("are what the SDK's own uploader makes", async () => {
    const s = fresh();
    const data = Buffer.concat([FIVE, FIVE, ONE]);
    await new Upload({ client, params: { Bucket: s.bucket, Key: "buffer", Body: data } }).done();
    await new Upload({
      client,
      params: { Bucket: s.bucket, Key: "stream", Body: Readable.from([FIVE, FIVE, ONE]) },
    }).done();
    expect(sha((await s.get("buffer")).data)).toBe(sha(data));
    expect(sha((await s.get("stream")).data)).toBe(sha(data));
  });
});

describe("server › listings", () => {
  const listed = ({
    Contents = [],
    CommonPrefixes = [],
  }: ListObjectsV2CommandOutput): (string | undefined)[] => [
    ...Contents.map(({ Key }) => Key),
    ...CommonPrefixes.map(({ Prefix }) => Prefix),
  ];

  it("have prefixes, a delimiter, pages of any size, and a beginning", async () => {
    const s = fresh();
    for (const key of ["L/a.txt", "L/b/1", "L/b/2", "L/c/", "L/d"]) await s.put(key, "x");
    const ask = (more: object): Promise<ListObjectsV2CommandOutput> =>
      client.send(new ListObjectsV2Command({ Bucket: s.bucket, Prefix: "L/", ...more }));
    const page = await ask({ Delimiter: "/" });
    expect([listed(page), page.KeyCount]).toEqual([["L/a.txt", "L/d", "L/b/", "L/c/"], 4]);
    const all: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const one = await ask({ Delimiter: "/", MaxKeys: 1, ContinuationToken: token });
      all.push(...listed(one));
      token = one.NextContinuationToken;
    } while (token !== undefined);
    expect(all).toEqual(["L/a.txt", "L/b/", "L/c/", "L/d"]);
    expect(await s.keys({ Prefix: "L/", StartAfter: "L/b/1" })).toEqual(["L/b/2", "L/c/", "L/d"]);
    expect((await ask({ FetchOwner: true })).Contents?.[0]?.Owner?.ID).toBe("owner");
    const first = await client.send(
      new ListObjectsCommand({ Bucket: s.bucket, Delimiter: "/", Prefix: "L/", MaxKeys: 2 }),
    );
    expect([first.Contents?.map(({ Key }) => Key), first.NextMarker]).toEqual([["L/a.txt"], "L/b/"]);
    await refused(ask({ ContinuationToken: "nonsense" }), 400, "InvalidArgument");
  });

  it("give odd keys to the letter", async () => {
    const s = fresh();
    const odd = [
      "O/sp ace+plus",
      "O/é☃𝒳",
      "O/%2F%20",
      "O//x",
      "O/../up/./x",
      `O/&<>"'`,
      "O/?q#h",
      "O/\\a:*|",
      "O/\u0001",
      "O/n\nl",
      "/abs",
    ];
    for (const key of odd) {
      await s.put(key, key);
      expect((await s.get(key)).text, key).toBe(key);
      const [found = ""] = await s.keys({ Prefix: key, EncodingType: "url" });
      expect(decodeURIComponent(found.replaceAll("+", "%20"))).toBe(key);
    }
  });

  it("come in order of their bytes", async () => {
    const s = fresh();
    const keys = ["Z", "a", "é", "\uFF5E", "𝒳", "-", "0", "_"].map((name) => `U/${name}`);
    for (const key of keys) await s.put(key, "");
    const ordered = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await s.keys({ Prefix: "U/" })).toEqual(ordered);
  });

  it("have a thousand keys a page, and whole pages are removed at once", async () => {
    const s = fresh();
    const names = Array.from({ length: 2100 }, (_, i) => `big/${String(i).padStart(5, "0")}`);
    for (const name of names)
      server.bucket(s.bucket).put(name, { data: Buffer.alloc(0), headers: {}, checksum: undefined });
    let token: string | undefined;
    const counts: number[] = [];
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: s.bucket, ContinuationToken: token }),
      );
      counts.push(page.KeyCount ?? 0);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    expect(counts).toEqual([1000, 1000, 100]);
    const Objects = [...names.slice(0, 999).map((Key) => ({ Key })), { Key: "never" }];
    const { Deleted, Errors } = await client.send(
      new DeleteObjectsCommand({ Bucket: s.bucket, Delete: { Objects } }),
    );
    expect([Deleted?.length, Errors?.length ?? 0]).toEqual([1000, 0]);
    expect((await s.keys()).length).toBe(1000);
    const odd = ["sp ace+plus", "é☃𝒳", "%2F", `&<>"'`].map((Key) => ({ Key }));
    for (const { Key } of odd) await s.put(Key, "x");
    await client.send(new DeleteObjectsCommand({ Bucket: s.bucket, Delete: { Objects: odd, Quiet: true } }));
    for (const { Key } of odd) await refused(s.head(Key), 404);
    await client.send(new DeleteObjectCommand({ Bucket: s.bucket, Key: "missing" }));
  });
});

describe("server › settings, versions, directory buckets", () => {
  it("versions are kept where the bucket keeps them", async () => {
    const s = fresh();
    const target = { Bucket: s.bucket, Key: "k" };
    await client.send(
      new PutBucketVersioningCommand({ Bucket: s.bucket, VersioningConfiguration: { Status: "Enabled" } }),
    );
    const { VersionId } = await s.put("k", "1");
    const { VersionId: second } = await s.put("k", "2");
    expect(VersionId !== undefined && VersionId !== second).toBe(true);
    expect((await s.get("k", { VersionId })).text).toBe("1");
    expect((await client.send(new DeleteObjectCommand(target))).DeleteMarker).toBe(true);
    await refused(client.send(new GetObjectCommand(target)), 404, "NoSuchKey");
    const { Versions, DeleteMarkers } = await client.send(
      new ListObjectVersionsCommand({ Bucket: s.bucket }),
    );
    expect([Versions?.length, DeleteMarkers?.length]).toEqual([2, 1]);
    await client.send(new DeleteObjectCommand({ ...target, VersionId: DeleteMarkers?.[0]?.VersionId }));
    expect((await s.get("k")).text).toBe("2");
  });

  it("a lifecycle is kept", async () => {
    const s = fresh();
    const rule = {
      ID: "x",
      Status: "Enabled" as const,
      Filter: { Prefix: "" },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    };
    await client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: s.bucket,
        LifecycleConfiguration: { Rules: [rule] },
      }),
    );
    expect(server.bucket(s.bucket).lifecycle).toContain("DaysAfterInitiation");
  });

  it("directory buckets rename and append, others refuse", async () => {
    const plain = clientOf(server, { disableS3ExpressSessionAuth: true });
    server.createBucket("fast--use1-az4--x-s3");
    const s = new Service(plain, "fast--use1-az4--x-s3");
    await s.put("rn", "R");
    await plain.send(
      new RenameObjectCommand({ Bucket: s.bucket, Key: "rn2", RenameSource: `${s.bucket}/rn` }),
    );
    expect((await s.get("rn2")).text).toBe("R");
    await refused(s.head("rn"), 404);
    const again = { Bucket: s.bucket, Key: "rn3", RenameSource: `${s.bucket}/rn2`, ClientToken: "one" };
    for (let i = 0; i < 2; i++) await plain.send(new RenameObjectCommand(again));
    expect((await s.get("rn3")).text).toBe("R");
    await refused(
      plain.send(new RenameObjectCommand({ ...again, Key: "rn4" })),
      400,
      "IdempotentParameterMismatch",
    );
    await refused(plain.send(new RenameObjectCommand({ ...again, ClientToken: "other" })), 404);
    await s.put("ap", "aa");
    await s.put("ap", "bb", { WriteOffsetBytes: 2 });
    expect((await s.get("ap")).text).toBe("aabb");
    await refused(s.put("ap", "cc", { WriteOffsetBytes: 2 }), 400, "InvalidWriteOffset");
    const other = fresh();
    await other.put("f", "x");
    await refused(other.put("f", "y", { WriteOffsetBytes: 1 }), 501);
    const renaming = { Bucket: other.bucket, Key: "g", RenameSource: `${other.bucket}/f` };
    await refused(client.send(new RenameObjectCommand(renaming)), 501);
  });
});
