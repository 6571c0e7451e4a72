import { createVfs } from "@vfs/core";
import { afterAll, describe, expect, it } from "vitest";
import { newBucket, reach } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { PART_BYTES, SMALL_LIMITS, SMALL_SIZES, UNIT } from "./small.ts";
import { s3 } from "../src/index.ts";
import { s3OfSizes } from "../src/s3.ts";

const MIB = 1 << 20;
const server = await S3Server.start();
afterAll(() => server.close());

describe("s3 › copies of what is too large for one request", () => {
  it("are made of pieces that are long enough, and are what was copied", async () => {
    await using small = await S3Server.start({ limits: SMALL_LIMITS });
    const bucket = newBucket(small);
    const options = { bucket, ...reach(small), partBytes: PART_BYTES };
    await using vfs = createVfs(s3OfSizes(SMALL_SIZES, options));
    // The last piece would be too short, is as short as may be, and is all of it.
    for (const [size, pieces] of [
      [25, 2],
      [29, 3],
      [36, 3],
    ] as const) {
      const data = Uint8Array.from({ length: size * UNIT }, (_, at) => at % 251);
      await vfs.writeFile("/f", data);
      small.log.clear();
      await vfs.copyFile("/f", "/g");
      expect(small.log.counts()["UploadPartCopy"], `${size} units`).toBe(pieces);
      expect(Buffer.compare(await vfs.readFile("/g"), data)).toBe(0);
      await vfs.rename("/g", "/h");
      expect(Buffer.compare(await vfs.readFile("/h"), data)).toBe(0);
      expect(small.bucket(bucket).uploads.size).toBe(0);
    }
  });
});

describe("s3 › large streams", () => {
  it("of unknown length go in parts that are twice as long after a thousand", async () => {
    const sizes = { ...SMALL_SIZES, leastPartBytes: 64, writeBytes: 128 };
    await using small = await S3Server.start({ limits: { ...SMALL_LIMITS, leastPartBytes: 64 } });
    const bucket = newBucket(small);
    await using vfs = createVfs(s3OfSizes(sizes, { bucket, ...reach(small), partBytes: 64 }));
    const data = Uint8Array.from({ length: 64 * 1000 + 128 * 3 + 10 }, (_, at) => at % 251);
    await vfs.writeStream("/f", [data]);
    const parts = small.log.entries
      .filter(({ op }) => op === "UploadPart")
      .map(({ requestBytes }) => requestBytes);
    expect(parts.toSorted((a, b) => a - b)).toEqual([10, ...Array(1000).fill(64), 128, 128, 128]);
    expect(Buffer.compare(await vfs.readFile("/f"), data)).toBe(0);
    // Where it is known, there are as few as fit.
    small.log.clear();
    await vfs.writeStream("/g", [data], { size: data.length });
    expect(small.log.counts()["UploadPart"]).toBe(Math.ceil(data.length / 64));
  });

  it("are asked for in longer parts the further they are read, and no further than that", async () => {
    await using vfs = createVfs(s3({ bucket: newBucket(server), ...reach(server) }));
    const size = 20 * MIB + 5;
    await vfs.writeFile("/f", new Uint8Array(size));
    const asked = (): number[] =>
      server.log.entries.filter(({ op }) => op === "GetObject").map(({ responseBytes }) => responseBytes);
    server.log.clear();
    let read = 0;
    for await (const chunk of vfs.readStream("/f")) read += chunk.length;
    expect(read).toBe(size);
    const lengths = asked();
    expect(lengths.reduce((sum, length) => sum + length)).toBe(size);
    expect(lengths.slice(0, 3)).toEqual([MIB, MIB, MIB]);
    const middle = lengths.slice(0, -1);
    for (const [i, length] of middle.entries()) {
      expect(length).toBeGreaterThanOrEqual(middle[i - 1] ?? 0);
      expect(length).toBeLessThanOrEqual(8 * MIB);
    }
    expect(middle).toContain(4 * MIB);
    server.log.clear();
    for await (const chunk of vfs.readStream("/f")) if (chunk.length > 0) break;
    expect(asked().reduce((sum, length) => sum + length)).toBeLessThanOrEqual(3 * MIB);
  });
});
