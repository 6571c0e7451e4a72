import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sha256 } from "../src/sha256.ts";

describe("Sha256", () => {
  it("gives what node:crypto gives, however the bytes arrive", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), (parts) => {
        const own = new Sha256();
        const reference = createHash("sha256");
        for (const part of parts) {
          own.update(part);
          reference.update(part);
        }
        expect(Buffer.from(own.digest()).toString("hex")).toBe(reference.digest("hex"));
      }),
      { numRuns: 500 },
    );
  });

  it("pads right at every length around a block", () => {
    for (let length = 0; length <= 130; length++) {
      const data = new Uint8Array(length).fill(length);
      expect(Buffer.from(new Sha256().update(data).digest())).toEqual(
        createHash("sha256").update(data).digest(),
      );
    }
  });

  it("counts bits past 2 to the 32", () => {
    const block = new Uint8Array(64 << 20);
    const own = new Sha256();
    const reference = createHash("sha256");
    for (let i = 0; i < 9; i++) {
      own.update(block);
      reference.update(block);
    }
    expect(Buffer.from(own.digest())).toEqual(reference.digest());
  });
});
