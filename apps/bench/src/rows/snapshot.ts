import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { snapshots } from "@vfs/snapshot";
import { medianMs, median } from "../measure.ts";
import { atLeast, atMost, told, type Bench, type Row } from "../row.ts";

const FILES = 2000;
const PER_FOLDER = 100;
const ROUNDS = 7;
const MIB = 1 << 20;

/** What snapshots of any store cost: a second one beside the first, going back, and fifty of a tree that changes. */
export const snapshotting: Bench = {
  name: "snapshots, content-addressed, of a tree in memory",
  run: async () => [
    ...(await secondBesideFirst()),
    ...(await fifty("files of 256 KiB", 400, 256 << 10)),
    ...(await fifty("files of 16 KiB", 6400, 16 << 10)),
  ],
};

async function secondBesideFirst(): Promise<Row[]> {
  const [firsts, seconds, others, backs]: number[][] = [[], [], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    const vfs = createVfs(memory());
    const store = memory();
    for (let at = 0; at < FILES; at++) await write(vfs, pathOf(at), 1024, at);
    const states = snapshots(vfs, { store });
    firsts?.push(await medianMs(1, () => states.create("first")));
    for (let at = 0; at < 10; at++) await write(vfs, pathOf(at * 197), 1024, FILES + at);
    seconds?.push(await medianMs(1, () => states.create("second")));
    backs?.push(await medianMs(1, () => states.restore("first")));
    for (let at = 0; at < 10; at++) await write(vfs, pathOf(at * 193), 1024, 2 * FILES + at);
    others?.push(await medianMs(1, () => snapshots(vfs, { store }).create("third")));
  }
  const [first, second, other, back] = [firsts, seconds, others, backs].map((times) => median(times ?? []));
  return [
    told(`first of ${FILES} files of 1 KiB`, first ?? 0, "ms"),
    told("second, 10 files changed", second ?? 0, "ms"),
    atLeast("the second is faster by", (first ?? 0) / (second ?? 1), 20, "times"),
    told("the third, by a program that has just begun", other ?? 0, "ms"),
    told("going back to the first", back ?? 0, "ms"),
  ];
}

/** A tree of 100 MiB that cannot be packed, of which one file in a hundred is another one each time. */
async function fifty(what: string, files: number, bytes: number): Promise<Row[]> {
  const vfs = createVfs(memory());
  const store = memory();
  const states = snapshots(vfs, { store });
  for (let at = 0; at < files; at++) await write(vfs, pathOf(at), bytes, at);
  for (let round = 0; round < 50; round++) {
    for (let at = 0; at < files / 100; at++)
      await write(vfs, pathOf((round * 37 + at * 101) % files), bytes, files * (round + 1) + at);
    await states.create(`s${round}`);
  }
  const { bytes: kept } = await createVfs(store, { keepOpen: true }).du("/");
  return [
    atMost(`50 snapshots of 100 MiB in ${what}, 1 % changed each`, kept / (100 * MIB), 1.7, "x the tree"),
  ];
}

function pathOf(at: number): string {
  return `/d${Math.floor(at / PER_FOLDER)}/f${at}`;
}

/** Noise, another one for each seed. */
async function write(vfs: Vfs, path: string, length: number, seed: number): Promise<void> {
  const words = new Int32Array(length / 4);
  let state = Math.imul(seed + 1, 2_654_435_761);
  for (let at = 0; at < words.length; at++) {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    words[at] = mixed ^ (mixed >>> 14);
  }
  await vfs.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await vfs.writeFile(path, new Uint8Array(words.buffer));
}
