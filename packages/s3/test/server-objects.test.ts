import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, describe, expect, it } from "vitest";
import { newBucket } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { clientOf, MIB, refused, Service, sha } from "./service.ts";

const server = await S3Server.start();
afterAll(() => server.close());
const client = clientOf(server);
const STALE = '"00000000000000000000000000000000"';
const fresh = (): Service => new Service(client, newBucket(server));

describe("server › buckets and objects", () => {
  it("buckets › are made, seen, and missed", async () => {
    expect.hasAssertions();
    await client.send(new CreateBucketCommand({ Bucket: "made" }));
    await client.send(new HeadBucketCommand({ Bucket: "made" }));
    await refused(client.send(new CreateBucketCommand({ Bucket: "made" })), 409);
    await refused(client.send(new HeadBucketCommand({ Bucket: "none" })), 404);
    await refused(new Service(client, "none").get("f"), 404, "NoSuchBucket");
  });

  it("put and get › give back what was put, small, empty and large", async () => {
    const s = fresh();
    await s.put("a", "hello");
    const { text, ETag } = await s.get("a");
    expect([text, ETag]).toEqual(["hello", '"5d41402abc4b2a76b9719d911017c592"']);
    await s.put("e", "");
    expect((await s.head("e")).ContentLength).toBe(0);
    expect((await s.head("e")).ETag).toBe('"d41d8cd98f00b204e9800998ecf8427e"');
    expect((await s.get("e")).data.length).toBe(0);
    const large = randomBytes(5 * MIB);
    await s.put("b", large);
    expect(sha((await s.get("b")).data)).toBe(sha(large));
    await refused(s.get("none"), 404, "NoSuchKey");
  });

  it("put › takes a stream in chunks with a trailer, and no chunk but the last below 8 KiB", async () => {
    const s = fresh();
    const data = randomBytes(100_000);
    await s.put("st", Readable.from([data.subarray(0, 70_000), data.subarray(70_000)]), {
      ContentLength: data.length,
    });
    const got = await s.get("st");
    expect([sha(got.data), got.ContentEncoding]).toEqual([sha(data), undefined]);
    const small = Readable.from([data.subarray(0, 1000), data.subarray(1000)]);
    await refused(s.put("small", small, { ContentLength: data.length }), 400, "InvalidChunkSizeError");
    await refused(s.head("small"), 404);
  });

  it("checksums › are kept, given back, and compared", async () => {
    const s = fresh();
    const known = {
      CRC32: "i9aeUg==",
      CRC32C: "yZRlqg==",
      SHA1: "QE+0rGZ5gpNh2M7Z+SmTVn4IOtY=",
      SHA256: "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=",
      CRC64NVME: "jSnVw/bqjr4=",
    };
    for (const [algorithm, digest] of Object.entries(known)) {
      await s.put(algorithm, "hello world", { ChecksumAlgorithm: algorithm as "CRC32" });
      const head = await s.head(algorithm, { ChecksumMode: "ENABLED" });
      const value = (head as unknown as Record<string, unknown>)[`Checksum${algorithm}`];
      expect(typeof value, algorithm).toBe("string");
      expect(algorithm === "SHA256" ? value : digest).toBe(digest);
    }
    await s.put("plain", "hello");
    expect((await s.head("plain", { ChecksumMode: "ENABLED" })).ChecksumCRC32).toBe("NhCmhg==");
    await refused(s.put("bad", "data", { ChecksumCRC32: "AAAAAA==" }), 400, "BadDigest");
    await refused(s.put("bad", "data", { ContentMD5: "XrY7u+Ae7tCTyyK7j1rNww==" }), 400, "BadDigest");
    await refused(s.head("bad"), 404);
    const attributes = {
      Bucket: s.bucket,
      Key: "plain",
      ObjectAttributes: ["ETag", "ObjectSize", "Checksum"] as ("ETag" | "ObjectSize" | "Checksum")[],
    };
    const { ObjectSize, ETag } = await client.send(new GetObjectAttributesCommand(attributes));
    expect([ObjectSize, ETag]).toEqual([5, "5d41402abc4b2a76b9719d911017c592"]);
  });

  it("CRC64NVME and CRC32C › are those of the catalogue", async () => {
    const s = fresh();
    await s.put("f", "123456789", { ChecksumAlgorithm: "CRC64NVME" });
    const crc64 = Buffer.alloc(8);
    crc64.writeBigUInt64BE(0xae8b14860a799888n);
    expect((await s.head("f", { ChecksumMode: "ENABLED" })).ChecksumCRC64NVME).toBe(crc64.toString("base64"));
    await s.put("g", "123456789", { ChecksumAlgorithm: "CRC32C" });
    expect((await s.head("g", { ChecksumMode: "ENABLED" })).ChecksumCRC32C).toBe(
      Buffer.from("e3069283", "hex").toString("base64"),
    );
  });

  it("ranges › are those that were asked for", async () => {
    const s = fresh();
    await s.put("r", "0123456789");
    const middle = await s.get("r", { Range: "bytes=2-4" });
    expect([middle.text, middle.$metadata.httpStatusCode, middle.ContentRange]).toEqual([
      "234",
      206,
      "bytes 2-4/10",
    ]);
    expect((await s.get("r", { Range: "bytes=7-" })).text).toBe("789");
    expect((await s.get("r", { Range: "bytes=-3" })).text).toBe("789");
    expect((await s.get("r", { Range: "bytes=8-100" })).text).toBe("89");
    await refused(s.get("r", { Range: "bytes=10-20" }), 416, "InvalidRange");
    await s.put("e", "");
    await refused(s.get("e", { Range: "bytes=0-5" }), 416, "InvalidRange");
    const { ETag } = await s.head("r");
    expect((await s.get("r", { Range: "bytes=0-1", IfMatch: ETag })).text).toBe("01");
    await refused(s.get("r", { Range: "bytes=0-1", IfMatch: STALE }), 412, "PreconditionFailed");
  });

  it("conditions › hold for reading", async () => {
    expect.hasAssertions();
    const s = fresh();
    await s.put("f", "x");
    const { ETag, LastModified } = await s.head("f");
    await refused(s.get("f", { IfNoneMatch: ETag }), 304);
    await refused(s.head("f", { IfMatch: '"x"' }), 412);
    await refused(s.get("f", { IfModifiedSince: LastModified }), 304);
    await refused(s.get("f", { IfUnmodifiedSince: new Date((LastModified?.getTime() ?? 0) - 5000) }), 412);
  });

  it("conditions › hold for writing and removing", async () => {
    const s = fresh();
    await s.put("f", "v1", { IfNoneMatch: "*" });
    await refused(s.put("f", "v2", { IfNoneMatch: "*" }), 412, "PreconditionFailed");
    await s.put("f", "v3", { IfMatch: (await s.head("f")).ETag });
    await refused(s.put("f", "v4", { IfMatch: STALE }), 412, "PreconditionFailed");
    await refused(s.put("none", "v4", { IfMatch: STALE }), 404, "NoSuchKey");
    expect((await s.get("f")).text).toBe("v3");
    const target = { Bucket: s.bucket, Key: "f" };
    await refused(
      client.send(new DeleteObjectCommand({ ...target, IfMatch: STALE })),
      412,
      "PreconditionFailed",
    );
    await client.send(new DeleteObjectCommand({ ...target, IfMatch: (await s.head("f")).ETag }));
    await client.send(new DeleteObjectCommand(target));
    await refused(s.head("f"), 404);
  });

  it("conditions › let one of 24 win", async () => {
    const s = fresh();
    const winners = async (calls: Promise<unknown>[]): Promise<number> =>
      (await Promise.allSettled(calls)).filter(({ status }) => status === "fulfilled").length;
    const writers = Array.from({ length: 24 }, (_, i) => `${i}`);
    expect(await winners(writers.map((text) => s.put("new", text, { IfNoneMatch: "*" })))).toBe(1);
    const { ETag } = await s.put("old", "base");
    expect(await winners(writers.map((text) => s.put("old", text, { IfMatch: ETag })))).toBe(1);
  });

  it("copy › keeps or replaces what goes along, under its conditions", async () => {
    const s = fresh();
    await s.put("src", "body", { Metadata: { k: "v" }, ContentType: "text/x-foo" });
    const copy = (Key: string, source: string, more: object = {}): Promise<unknown> =>
      client.send(
        new CopyObjectCommand({ Bucket: s.bucket, Key, CopySource: `${s.bucket}/${source}`, ...more }),
      );
    await copy("dst", "src");
    const kept = await s.head("dst");
    expect([kept.Metadata, kept.ContentType]).toEqual([{ k: "v" }, "text/x-foo"]);
    await copy("dst", "src", {
      MetadataDirective: "REPLACE",
      Metadata: { z: "1" },
      ContentType: "text/plain",
    });
    expect((await s.head("dst")).Metadata).toEqual({ z: "1" });
    await copy("src", "src", { MetadataDirective: "REPLACE", Metadata: { m: "2" } });
    const self = await s.get("src");
    expect([self.Metadata, self.text]).toEqual([{ m: "2" }, "body"]);
    await refused(copy("src", "src"), 400, "InvalidRequest");
    const odd = "sp ace+plus&é☃%2F?#.txt";
    await s.put(odd, "S");
    await copy("spc", encodeURIComponent(odd));
    expect((await s.get("spc")).text).toBe("S");
    await refused(copy("dst", "none"), 404, "NoSuchKey");
    await refused(copy("dst", "src", { CopySourceIfMatch: STALE }), 412, "PreconditionFailed");
    await refused(copy("dst", "src", { IfNoneMatch: "*" }), 412, "PreconditionFailed");
  });

  it("metadata › is kept, up to 2 KB of it", async () => {
    const s = fresh();
    const given = {
      ContentType: "text/plain",
      CacheControl: "no-cache",
      ContentDisposition: "attachment",
      ContentLanguage: "nl",
      ContentEncoding: "gzip",
    };
    const Metadata = { mtime: "1700000000.123", mode: "33188", "x-sym-link": "a/b" };
    await s.put("md", "x", { Metadata, ...given });
    expect(await s.head("md")).toMatchObject({ Metadata, ...given });
    await refused(s.put("mdl", "x", { Metadata: { big: "v".repeat(2100) } }), 400, "MetadataTooLarge");
    const target = { Bucket: s.bucket, Key: "md" };
    await client.send(
      new PutObjectTaggingCommand({ ...target, Tagging: { TagSet: [{ Key: "t", Value: "1" }] } }),
    );
    expect((await client.send(new GetObjectTaggingCommand(target))).TagSet).toEqual([
      { Key: "t", Value: "1" },
    ]);
  });

  it("keys › have 1,024 bytes at most, and stand side by side", async () => {
    const s = fresh();
    const longest = `K/${"k".repeat(1022)}`;
    await s.put(longest, "x");
    await s.head(longest);
    await refused(s.put("k".repeat(1025), "x"), 400, "KeyTooLongError");
    await s.put("co", "file");
    await s.put("co/y", "child");
    await s.put("mk/", "");
    expect([(await s.get("co")).text, (await s.get("co/y")).text]).toEqual(["file", "child"]);
    await refused(s.head("mk"), 404);
  });

  it("signatures › are checked, in the header and in the address", async () => {
    const s = fresh();
    await s.put("a", "hello");
    const target = { Bucket: s.bucket, Key: "a" };
    const url = await getSignedUrl(client, new GetObjectCommand(target), { expiresIn: 60 });
    expect(await (await fetch(url)).text()).toBe("hello");
    expect((await fetch(url.replace(/X-Amz-Signature=..../, "X-Amz-Signature=0000"))).status).toBe(403);
    const quiet = clientOf(server, { requestChecksumCalculation: "WHEN_REQUIRED" });
    const put = await getSignedUrl(quiet, new PutObjectCommand({ ...target, Key: "pre" }), { expiresIn: 60 });
    expect((await fetch(put, { method: "PUT", body: "viaurl" })).status).toBe(200);
    expect((await s.get("pre")).text).toBe("viaurl");
    const signingDate = new Date(Date.now() - 3_600_000);
    const expired = await getSignedUrl(client, new GetObjectCommand(target), { expiresIn: 1, signingDate });
    expect((await fetch(expired)).status).toBe(403);
    const wrong = clientOf(server, { credentials: { accessKeyId: "AKTEST", secretAccessKey: "wrong" } });
    await refused(new Service(wrong, s.bucket).get("a"), 403, "SignatureDoesNotMatch");
    const nobody = clientOf(server, { credentials: { accessKeyId: "NOBODY", secretAccessKey: "x" } });
    await refused(new Service(nobody, s.bucket).get("a"), 403, "InvalidAccessKeyId");
    expect((await fetch(`${server.endpoint}/${s.bucket}/a`)).status).toBe(403);
  });

  it("overwriting › is seen whole or not at all", async () => {
    const s = fresh();
    const versions = [Buffer.alloc(3 * MIB, "A"), Buffer.alloc(2 * MIB, "Z")] as const;
    await s.put("at", versions[0]);
    const state = { writing: true };
    const read = async (): Promise<void> => {
      while (state.writing) {
        const { data } = await s.get("at");
        expect(versions.some((version) => version.equals(data))).toBe(true);
      }
    };
    const reading = read();
    for (let i = 0; i < 10; i++) await s.put("at", versions[i % 2] ?? "");
    state.writing = false;
    await reading;
  });
});
