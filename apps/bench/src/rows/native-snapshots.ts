import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { snapshots, type Snapshots } from "@vfs/snapshot";
import { sqlite } from "@vfs/sqlite";
import { inTurns, median, medianMs } from "../measure.ts";
import { atLeast, atMost, told, type Bench, type Row } from "../row.ts";

const FEW = 100;
const MANY = 100_000;
const PER_FOLDER = 100;
const TIMES = 21;
const CHANGED = 10;
/** Before anything is measured. */
const WARM_ROUNDS = 5;

/** chuk-virtual-fs, a tree of 2,000 files of 1 KiB: snapshots made and restored a second, as measured by this project. */
const CHUK_FILES = 2000;

/** What snapshots cost that a store keeps by itself. */
export const nativeSnapshots: readonly Bench[] = [
  benchOf("memory", { makes: 28, restores: 13 }, (use) => use(memory())),
  benchOf("sqlite", { makes: 0.6, restores: 0.2 }, async (use) => {
    const folder = mkdtempSync(join(tmpdir(), "vfs-bench-"));
    try {
      return await use(sqlite({ file: join(folder, "snapshots.db") }));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }),
];

type Using = <T>(use: (store: Provider) => Promise<T>) => Promise<T>;

interface Tree {
  readonly vfs: Vfs;
  readonly states: Snapshots;
  readonly files: number;
}

function benchOf(
  name: string,
  chuk: { readonly makes: number; readonly restores: number },
  using: Using,
): Bench {
  return {
    name: `snapshots that ${name} keeps by itself`,
    run: () =>
      withTree(using, FEW, (few) =>
        withTree(using, MANY, async (many) => [
          ...(await besideSize(few, many)),
          ...(await firstWrites(many)),
          ...(await withTree(using, CHUK_FILES, (tree) => besideChuk(tree, chuk))),
        ]),
      ),
  };
}

function withTree<T>(using: Using, files: number, use: (tree: Tree) => Promise<T>): Promise<T> {
  return using(async (store) => {
    const vfs = createVfs(store);
    for (let at = 0; at < files; at += PER_FOLDER) {
      await vfs.mkdir(`/d${at / PER_FOLDER}`);
      await Promise.all(
        Array.from({ length: PER_FOLDER }, (_, i) =>
          vfs.writeFile(pathOf(at + i), new Uint8Array(1024).fill(at + i)),
        ),
      );
    }
    const states = snapshots(vfs);
    try {
      return await use({ vfs, states, files });
    } finally {
      await states.close();
      await vfs.close();
    }
  });
}

async function besideSize(few: Tree, many: Tree): Promise<Row[]> {
  const make = ({ states }: Tree) => states.create("one").then(() => states.delete("one"));
  const fork = ({ states }: Tree) => states.fork().then((forked) => forked.close());
  const both = (action: (tree: Tree) => Promise<unknown>): Promise<number[]> =>
    inTurns(
      TIMES,
      () => action(few),
      () => action(many),
    );
  for (const tree of [few, many]) for (let i = 0; i < 5; i++) await make(tree).then(() => fork(tree));
  const [making = 0, makingMany = 0] = await both(make);
  const [forking = 0, forkingMany = 0] = await both(fork);
  const back = await goingBack(few, CHANGED);
  const backMany = await goingBack(many, CHANGED);
  return [
    told(`made and deleted, of ${FEW} files`, making, "ms"),
    atMost(`of ${MANY} files`, makingMany / making, 2, "x that"),
    told(`forked and closed, of ${FEW} files`, forking, "ms"),
    atMost(`of ${MANY} files`, forkingMany / forking, 2, "x that"),
    told(`restored, ${CHANGED} of ${FEW} files changed`, back, "ms"),
    atMost(`${CHANGED} of ${MANY} files`, backMany / back, 2, "x that"),
    told(`1,000 of ${MANY} files`, await goingBack(many, 1000), "ms"),
  ];
}

/** The time of a restore alone. */
async function goingBack({ vfs, states, files }: Tree, changed: number): Promise<number> {
  const times: number[] = [];
  await states.create("back");
  for (let round = 0; round < 7; round++) {
    for (let at = 0; at < changed; at++)
      await vfs.writeFile(pathOf((at * 197 + round) % files), new Uint8Array(1024).fill(at + 1));
    times.push(await medianMs(1, () => states.restore("back")));
  }
  await states.delete("back");
  return median(times);
}

/** The first write of each of many files after a snapshot, beside the second. */
async function firstWrites({ vfs, states }: Tree): Promise<Row[]> {
  const data = new Uint8Array(1024).fill(3);
  const all = async (): Promise<void> => {
    for (let at = 0; at < 2000; at++) await vfs.writeFile(pathOf(at), data);
  };
  const [firsts, plains]: number[][] = [[], []];
  for (let round = -WARM_ROUNDS; round < 15; round++) {
    await states.create("one");
    const [first, plain] = [await medianMs(1, all), await medianMs(1, all)];
    await states.delete("one");
    if (round < 0) continue;
    firsts?.push(first);
    plains?.push(plain);
  }
  const [first, plain] = [median(firsts ?? []), median(plains ?? [])];
  return [atMost("the first write of a file after a snapshot", first / plain, 3, "x any other")];
}

async function besideChuk(
  { vfs, states }: Tree,
  { makes, restores }: { readonly makes: number; readonly restores: number },
): Promise<Row[]> {
  const change = async (round: number): Promise<void> => {
    for (let at = 0; at < CHANGED; at++)
      await vfs.writeFile(pathOf(at * 197), new Uint8Array(1024).fill(round));
  };
  for (let round = 0; round < 60 * WARM_ROUNDS; round++) {
    await states.create("warm");
    await change(round);
    await states.restore("warm");
    await states.delete("warm");
  }
  let made = 0;
  const making = await medianMs(TIMES, () => states.create(`state-${made++}`));
  const restoring: number[] = [];
  for (let round = 0; round < TIMES; round++) {
    await change(round);
    restoring.push(await medianMs(1, () => states.restore("state-0")));
  }
  const rate = (ms: number): number => 1000 / ms;
  return [
    told(`${CHUK_FILES} files: snapshots a second`, rate(making), ""),
    atLeast("beside chuk-virtual-fs", rate(making) / makes, 100, "x"),
    told(`${CHUK_FILES} files, ${CHANGED} changed: restores a second`, rate(median(restoring)), ""),
    atLeast("beside chuk-virtual-fs", rate(median(restoring)) / restores, 100, "x"),
  ];
}

function pathOf(at: number): string {
  return `/d${Math.floor(at / PER_FOLDER)}/f${at}`;
}
