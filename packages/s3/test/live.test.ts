import { randomUUID } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { conform } from "@vfs/conformance";
import { createVfs } from "@vfs/core";
import { afterAll, describe, expect, it } from "vitest";
import { s3 } from "../src/index.ts";
import { SKIPS } from "./skips.ts";

// A real service, where the environment names one: `pnpm test:rgw` starts a Ceph for it. The credentials are the SDK's own:
// AWS_ACCESS_KEY_ID and so on.
const { VFS_S3_TEST_BUCKET: bucket, VFS_S3_TEST_ENDPOINT: endpoint, AWS_REGION: region } = process.env;

/** A place of its own in the bucket, for each store. */
function live(
  prefix: string = `vfs-test/${randomUUID()}`,
  transport: "fast" | "sdk" = "fast",
): ReturnType<typeof s3> {
  return s3({
    bucket: bucket ?? "none",
    endpoint,
    region,
    prefix,
    transport,
    forcePathStyle: endpoint !== undefined,
  });
}

describe.runIf(bucket !== undefined)("s3 › a real service", async () => {
  if (endpoint !== undefined && bucket !== undefined) {
    const client = new S3Client({ endpoint, region: region ?? "us-east-1", forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket })).catch(() => undefined);
    client.destroy();
  }
  afterAll(() => createVfs(live("")).rm("/vfs-test", { recursive: true, force: true }));

  describe("fast", () => {
    conform(it, { make: () => live(), caps: live().caps, skips: SKIPS });
  });
  describe("sdk", () => {
    conform(it, { make: () => live(undefined, "sdk"), caps: live().caps, skips: SKIPS });
  });

  it("races › one of 24 programs wins, and 24 appends are all there", async () => {
    const prefix = `vfs-test/${randomUUID()}`;
    const all = Array.from({ length: 24 }, () => createVfs(live(prefix)));
    const writes = await Promise.allSettled(all.map((vfs, i) => vfs.writeFile("/f", `${i}`, { flag: "wx" })));
    expect(writes.filter(({ status }) => status === "fulfilled").length).toBe(1);
    await Promise.all(all.map((vfs, i) => vfs.appendFile("/log", `${i}\n`)));
    const text = (await all[0]?.readFile("/log", "utf8")) ?? "";
    expect(new Set(text.trim().split("\n")).size).toBe(24);
    for (const vfs of all) await vfs.close();
  });
});
