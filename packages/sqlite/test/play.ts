import type { Vfs } from "@vfs/core";
import { expect } from "vitest";
import { randomBytes, randomizer } from "./random.ts";

const BLOCK = 8192;
const CHUNK = 32 * BLOCK;

/** Lengths at which something else begins, and others. */
const LENGTHS = [
  0,
  1,
  100,
  1024,
  5000,
  BLOCK - 1,
  BLOCK,
  BLOCK + 1,
  3 * BLOCK + 5,
  CHUNK - 1,
  CHUNK,
  CHUNK + BLOCK + 3,
];
const NAMES = ["a", "b", "c"];

/** Changes files at random, in a store and in arrays, and compares after each step. */
export async function play(vfs: Vfs, seed: number, steps = 300): Promise<void> {
  const random = randomizer(seed);
  const pick = <T>(values: readonly T[]): T => values.at(random(values.length)) as T;
  const model = new Map<string, Uint8Array>(NAMES.map((name) => [name, new Uint8Array(0)]));
  for (const name of NAMES) await vfs.writeFile(`/${name}`, "");
  for (let step = 0; step < steps; step++) {
    const name = pick(NAMES);
    const path = `/${name}`;
    const before = model.get(name) ?? new Uint8Array(0);
    const data = randomBytes(pick(LENGTHS), seed * 1000 + step);
    const at = random(3) === 0 ? random(2 * CHUNK) : random(before.length + 1);
    switch (random(7)) {
      case 0:
        await vfs.writeFile(path, data);
        model.set(name, data);
        break;
      case 1:
        await vfs.appendFile(path, data);
        model.set(name, overlaid(before, data, before.length));
        break;
      case 2: {
        const size = random(2) === 0 ? at : pick(LENGTHS);
        await vfs.truncate(path, size);
        model.set(name, resized(before, size));
        break;
      }
      case 3: {
        const other = pick(NAMES);
        await vfs.copyFile(path, `/${other}`);
        model.set(other, before);
        break;
      }
      case 4: {
        await vfs.writeStream(path, parts(data, 1 + random(100_000)));
        model.set(name, data);
        break;
      }
      default: {
        const handle = await vfs.open(path, "r+");
        await handle.write(data, 0, data.length, at);
        await handle.close();
        if (data.length > 0) model.set(name, overlaid(before, data, at));
      }
    }
    for (const [file, content] of model) {
      expect((await vfs.stat(`/${file}`)).size, `size of ${file} after step ${step}`).toBe(content.length);
      const start = random(content.length + 1);
      const end = start + pick(LENGTHS);
      const found = await vfs.readFile(`/${file}`, { start, end });
      expect(
        Buffer.compare(found, content.subarray(start, end)),
        `${file} from ${start} after step ${step}`,
      ).toBe(0);
    }
  }
  for (const [file, content] of model)
    expect(Buffer.compare(await vfs.readFile(`/${file}`), content), `${file} at last`).toBe(0);
}

function resized(content: Uint8Array, size: number): Uint8Array {
  const whole = new Uint8Array(size);
  whole.set(content.subarray(0, size));
  return whole;
}

function overlaid(content: Uint8Array, data: Uint8Array, at: number): Uint8Array {
  const whole = resized(content, Math.max(content.length, at + data.length));
  whole.set(data, at);
  return whole;
}

function* parts(data: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += length) yield data.subarray(at, at + length);
}
