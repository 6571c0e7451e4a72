import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, type Provider, type StoreSnapshots, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { sqlite } from "@vfs/sqlite";
import { inTurns } from "../measure.ts";
import { atMost, told, type Bench, type Row } from "../row.ts";

const [FEW, MANY] = [100, 100_000];
const PER_FOLDER = 100;
const WRITTEN = 1000;
const ROUNDS = 15;
const TAKES = 200;

/** What snapshots cost that a store keeps of itself: by the number of files, and what is written after one. */
export const storeSnapshots: Bench = {
  name: "snapshots, which a store keeps of itself",
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), "vfs-bench-"));
    let files = 0;
    try {
      const inFile = (): Provider => sqlite({ file: join(folder, `${files++}.db`) });
      return [...(await rowsOf("memory", memory)), ...(await rowsOf("sqlite", inFile))];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function rowsOf(name: string, make: () => Provider): Promise<Row[]> {
  const [few, many] = [await filled(make(), FEW), await filled(make(), MANY)];
  const [takeFew = 0, takeMany = 0, openFew = 0, openMany = 0] = await inTurns(
    ROUNDS,
    () => takes(few.kept),
    () => takes(many.kept),
    () => opens(few.kept),
    () => opens(many.kept),
  );
  const [plain = 0, first = 0] = await firstWrites(many);
  for (const { vfs } of [few, many]) await vfs.close();
  const us = (ms: number, calls: number): number => (1000 * ms) / calls;
  return [
    told(`${name}: to take and drop one of ${FEW} files`, us(takeFew, TAKES), "us"),
    atMost(`of ${MANY.toLocaleString("en")} files`, takeMany / takeFew, 2, "x that"),
    told(`${name}: to open one of ${FEW} files and look at one`, us(openFew, TAKES), "us"),
    atMost(`of ${MANY.toLocaleString("en")} files`, openMany / openFew, 2, "x that"),
    told(`${name}: to write 1 KiB over a file`, us(plain, WRITTEN), "us"),
    atMost("for the first time after one was taken", first / plain, 3, "x that"),
  ];
}

interface Filled {
  readonly vfs: Vfs;
  readonly kept: StoreSnapshots;
}

async function filled(store: Provider, files: number): Promise<Filled> {
  const vfs = createVfs(store);
  for (let at = 0; at < files; at++) {
    if (at % PER_FOLDER === 0) vfs.sync.mkdir(`/d${at / PER_FOLDER}`);
    vfs.sync.writeFile(pathOf(at), new Uint8Array(1024).fill(at));
  }
  const kept = await vfs.storeSnapshots("/");
  if (kept === undefined) throw new Error("the store keeps no snapshots");
  return { vfs, kept };
}

async function takes(kept: StoreSnapshots): Promise<void> {
  for (let i = 0; i < TAKES; i++) await kept.drop((await kept.take()).id);
}

async function opens(kept: StoreSnapshots): Promise<void> {
  const { id } = await kept.take();
  for (let i = 0; i < TAKES; i++) createVfs(await kept.open(id)).sync.stat(pathOf(7));
  await kept.drop(id);
}

/** Each file is written once a round, so that with a snapshot of the round each is written for the first time. */
async function firstWrites({ vfs, kept }: Filled): Promise<number[]> {
  const data = new Uint8Array(1024).fill(7);
  const write = async (): Promise<void> => {
    for (let at = 0; at < WRITTEN; at++) await vfs.writeFile(pathOf(at), data);
  };
  const taken: string[] = [];
  const times: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, own] of times.entries()) {
      if (i === 1) taken.push((await kept.take()).id);
      own.push(...(await inTurns(1, write)));
      await kept.drop(...taken.splice(0));
    }
  return times.map((own) => own.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0);
}

function pathOf(at: number): string {
  return `/d${Math.floor(at / PER_FOLDER)}/f${at}`;
}
