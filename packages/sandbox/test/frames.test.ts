import { describe, expect, it } from "vitest";
import { FrameReader } from "../src/frames.ts";
import { PREFIX_BYTES, type GuestHeader } from "../src/protocol.ts";

function frame(header: readonly unknown[], payload: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(text.length, 0);
  prefix.writeUInt32LE(payload.length, 4);
  return Buffer.concat([prefix, text, payload]);
}

/** A reader, and what it has read, as it was given. */
function reading(): { reader: FrameReader; got: (readonly [GuestHeader, Uint8Array])[] } {
  const got: (readonly [GuestHeader, Uint8Array])[] = [];
  return { reader: new FrameReader((header, payload) => got.push([header, payload])), got };
}

const filled = (byte: number, bytes = 100_000): Uint8Array => new Uint8Array(bytes).fill(byte);
const write = (byte: number, bytes?: number): Buffer => frame(["write", byte], filled(byte, bytes));

describe("frames of a guest", () => {
  it("come whole, however they are cut", () => {
    const sent = Buffer.concat([frame(["stat", "/é"]), frame(["write", 1], filled(7, 5)), frame(["out", 1])]);
    for (let size = 1; size <= sent.length; size++) {
      const { reader, got } = reading();
      for (let at = 0; at < sent.length; at += size) reader.push(sent.subarray(at, at + size));
      expect(got.map(([header, { length }]) => [header, length])).toEqual([
        [["stat", "/é"], 0],
        [["write", 1], 5],
        [["out", 1], 0],
      ]);
    }
  });

  it("share the memory of one large piece after another, once the one before is answered", () => {
    const { reader, got } = reading();
    for (const byte of [1, 2]) {
      reader.push(write(byte));
      expect(got.at(-1)?.[1]).toEqual(Buffer.from(filled(byte)));
      reader.answered();
    }
    expect(got[0]?.[1].buffer).toBe(got[1]?.[1].buffer);
    // Others keep theirs: what is printed, what is small, what is more than one call carries.
    reader.push(Buffer.concat([frame(["out", 1], filled(3)), write(4, 5), write(5, (1 << 20) + 1)]));
    expect(got.slice(2).every(([, { buffer }]) => buffer !== got[0]?.[1].buffer)).toBe(true);
  });

  it("are not changed by a guest that does not wait for its answers", () => {
    const { reader, got } = reading();
    reader.push(write(1));
    // Not answered yet.
    reader.push(write(2));
    expect(got[0]?.[1].every((byte) => byte === 1)).toBe(true);
    // Answered while the next one is coming in.
    reader.answered();
    const next = write(3);
    reader.push(next.subarray(0, 50_000));
    reader.answered();
    reader.push(next.subarray(50_000));
    reader.push(write(4));
    expect(got.map(([, payload]) => [payload[0], payload.at(-1)])).toEqual([
      [3, 3],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
    expect(got[2]?.[1].buffer).not.toBe(got[3]?.[1].buffer);
  });
});
