import { expect, it } from "vitest";
import { alike } from "../src/check.ts";
import { bytes, randomizer } from "../src/samples.ts";

it("bytes › are the same each time, those of a seed the start of one sequence, and the caller's own", () => {
  const random = randomizer(7);
  const words = Uint32Array.from({ length: 5 }, () => random(2 ** 32));
  const sequence = [...new Uint8Array(words.buffer)];
  expect([...bytes(6, 7)]).toEqual(sequence.slice(0, 6));
  bytes(6, 7).fill(0);
  expect([...bytes(3, 7)]).toEqual(sequence.slice(0, 3));
  expect([...bytes(19, 7)]).toEqual(sequence.slice(0, 19));
  for (let seed = 100; seed < 140; seed++) bytes(4, seed);
  expect([...bytes(19, 7)]).toEqual(sequence.slice(0, 19));
  expect(bytes(0, 7).length).toBe(0);
});

it("alike › sees one other byte wherever it is, however the bytes lie in memory", () => {
  const all = bytes(40);
  for (const offset of [0, 1, 4])
    for (const length of [0, 1, 3, 4, 7, 8, 30]) {
      const one = all.slice(0, length);
      const other = new Uint8Array(offset + length + 4).subarray(offset, offset + length);
      other.set(one);
      expect(alike(one, other)).toBe(true);
      for (let at = 0; at < length; at++) {
        other[at] = (one[at] ?? 0) ^ 1;
        expect(alike(one, other)).toBe(false);
        expect(alike(other, one)).toBe(false);
        other[at] = one[at] ?? 0;
      }
      expect(alike(one, all.slice(0, length + 1))).toBe(false);
    }
});
