import type { Vfs } from "@vfs/core";
import { randomBytes, randomizer } from "./random.ts";

const NAMES = ["a", "b", "c"];
const LENGTHS = [0, 10, 1024, 9000, 70_000];
const STREAM_BYTES = 600_000;

/** What a worker's directory is to hold: the name of the folder in it, and the files in that. */
export interface Model {
  readonly folder: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** One change: what it makes of the model, and how it is done. */
export interface Step {
  readonly what: string;
  readonly after: Model;
  readonly run: (vfs: Vfs) => Promise<unknown>;
}

export const EMPTY: Model = { folder: "d0", files: new Map() };

/**
 * What a worker does, without end: each step one call, the same ones for the same seed. So whoever knows how many
 * steps are done knows what must be there.
 */
export function* steps(top: string, seed: number): Generator<Step, never, undefined> {
  const random = randomizer(seed);
  let model = EMPTY;
  for (let n = 0; ; n++) {
    const step = next(model, top, random, seed * 10_000 + n);
    if (step === undefined) continue;
    yield step;
    model = step.after;
  }
}

function next(model: Model, top: string, random: (bound: number) => number, seed: number): Step | undefined {
  const pick = <T>(values: readonly T[]): T => values.at(random(values.length)) as T;
  const { folder, files } = model;
  const [name, other] = [pick(NAMES), pick(NAMES)];
  const at = (file: string): string => `${top}/${folder}/${file}`;
  const before = files.get(name);
  const length = pick(LENGTHS);
  const data = randomBytes(length, seed);
  const with_ = (...changed: [string, Uint8Array | undefined][]): Model => {
    const map = new Map(files);
    for (const [file, content] of changed)
      if (content === undefined) map.delete(file);
      else map.set(file, content);
    return { folder, files: map };
  };
  switch (random(9)) {
    case 0:
    case 1:
      return {
        what: `write ${name}`,
        after: with_([name, data]),
        run: (vfs) => vfs.writeFile(at(name), data),
      };
    case 2:
      return {
        what: `append to ${name}`,
        after: with_([name, Buffer.concat([before ?? NOTHING, data])]),
        run: (vfs) => vfs.appendFile(at(name), data),
      };
    case 3: {
      const stream = randomBytes(STREAM_BYTES >> random(2), seed);
      return {
        what: `stream to ${name}`,
        after: with_([name, stream]),
        run: (vfs) => vfs.writeStream(at(name), parts(stream)),
      };
    }
    case 4: {
      const moved = folder === "d0" ? "d1" : "d0";
      return {
        what: `move the folder to ${moved}`,
        after: { folder: moved, files },
        run: (vfs) => vfs.rename(`${top}/${folder}`, `${top}/${moved}`),
      };
    }
  }
  if (before === undefined) return undefined;
  switch (random(4)) {
    case 0:
      if (name === other) return undefined;
      return {
        what: `rename ${name} to ${other}`,
        after: with_([other, before], [name, undefined]),
        run: (vfs) => vfs.rename(at(name), at(other)),
      };
    case 1:
      if (name === other) return undefined;
      return {
        what: `copy ${name} to ${other}`,
        after: with_([other, before]),
        run: (vfs) => vfs.copyFile(at(name), at(other)),
      };
    case 2:
      return {
        what: `cut ${name}`,
        after: with_([name, before.subarray(0, length)]),
        run: (vfs) => vfs.truncate(at(name), Math.min(before.length, length)),
      };
    default:
      // Left open: who ends without closing leaves it behind without a name.
      return {
        what: `remove ${name} while it is open`,
        after: with_([name, undefined]),
        run: async (vfs) => {
          await vfs.open(at(name), "r+");
          await vfs.unlink(at(name));
        },
      };
  }
}

const NOTHING = new Uint8Array(0);

async function* parts(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += 100_000) {
    await new Promise((resolve) => setImmediate(resolve));
    yield data.subarray(at, at + 100_000);
  }
}

/** How a model differs from what is there: undefined when it does not. */
export async function difference(
  vfs: Vfs,
  top: string,
  { folder, files }: Model,
): Promise<string | undefined> {
  const folders = await vfs.readdir(top);
  if (folders.join() !== folder) return `the folder is ${folders.join()}, not ${folder}`;
  const names = (await vfs.readdir(`${top}/${folder}`)).sort().join();
  const expected = [...files.keys()].sort().join();
  if (names !== expected) return `there are ${names}, not ${expected}`;
  for (const [name, content] of files) {
    const found = await vfs.readFile(`${top}/${folder}/${name}`);
    if (Buffer.compare(found, content) !== 0)
      return `${name} has ${found.length} bytes, not those ${content.length}`;
  }
  return undefined;
}
