import { createVfs } from "@vfs/core";
import { expect, it } from "vitest";
import { memory } from "../src/index.ts";

const MIB = 1 << 20;

it("a piece that is written as a whole is the caller's again, and nobody else's whom it was shared with", async () => {
  await using vfs = createVfs(memory());
  const file = await vfs.open("/f", "w+");
  const piece = new Uint8Array(MIB);
  for (const [index, byte] of [1, 2, 3].entries()) await file.write(piece.fill(byte), 0, MIB, index * MIB);
  piece.fill(9);
  await vfs.cp("/f", "/copy");
  await file.write(piece.fill(7), 0, MIB, MIB);
  piece.fill(9);
  // In place, for nobody else has it now.
  await file.write(piece.fill(8), 0, MIB, 2 * MIB);
  await file.close();
  const starts = async (path: string): Promise<number[]> => {
    const bytes = await vfs.readFile(path);
    expect(bytes.every((byte, at) => byte === bytes[at - (at % MIB)])).toBe(true);
    return [bytes.length, ...[0, 1, 2].map((index) => bytes[index * MIB] ?? 0)];
  };
  expect([await starts("/f"), await starts("/copy")]).toEqual([
    [3 * MIB, 1, 7, 8],
    [3 * MIB, 1, 2, 3],
  ]);
});
