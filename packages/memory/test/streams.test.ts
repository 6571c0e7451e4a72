import { createVfs } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { memory } from "../src/index.ts";

const CHUNK_BYTES = 64 << 10;

describe("memory › streams", () => {
  it("let others have their turn after each chunk, though nothing is waited for", async () => {
    const vfs = createVfs(memory());
    await vfs.writeFile("/large", new Uint8Array(10 * CHUNK_BYTES));
    let turns = 0;
    const count = (): void => {
      turns++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    let chunks = 0;
    for await (const { length } of vfs.readStream("/large")) chunks += length / CHUNK_BYTES;
    clearImmediate(next);
    expect([chunks, turns]).toEqual([10, 10]);
  });
});
