import { createVfs } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { newBucket, reach } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { s3 } from "../src/index.ts";
import { Retry } from "../src/wire/retry.ts";

describe("s3 › retries", () => {
  it("are of one account: where nothing succeeds, each request is made once in the end", async () => {
    await using failing = await S3Server.start();
    const retry = { baseMs: 0.01, mostMs: 0.01 };
    await using vfs = createVfs(s3({ bucket: newBucket(failing), ...reach(failing), retry }));
    failing.faults.add({ kind: "slow-down", times: Infinity });
    const made: number[] = [];
    for (let call = 0; call < 13; call++) {
      failing.log.clear();
      await expect(vfs.readFile("/f")).rejects.toMatchObject({ code: "EIO", reason: "transient" });
      made.push(failing.log.entries.length);
    }
    // 500 tokens, and a retry costs five: a hundred of them.
    expect(made).toEqual([...Array(11).fill(10), 2, 1]);
    failing.faults.clear();
    expect(await vfs.exists("/f")).toBe(false);
  });

  it("come after pauses that are random up to a bound, which doubles", () => {
    const patience = new Retry({ baseMs: 100, mostMs: 1000 });
    for (const [attempt, most] of [100, 200, 400, 800, 1000, 1000].entries()) {
      const pauses = Array.from({ length: 500 }, () => patience.pauseMs(attempt + 1));
      expect(Math.max(...pauses)).toBeLessThan(most);
      expect(Math.max(...pauses)).toBeGreaterThan(most * 0.9);
      expect(Math.min(...pauses)).toBeLessThan(most * 0.1);
    }
  });
});
