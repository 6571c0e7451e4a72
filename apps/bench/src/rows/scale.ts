import type { Vfs } from "@vfs/core";
import { inTurns, medianMs } from "../measure.ts";
import { atMost, told, type Row } from "../row.ts";

export const FEW = 1000;
export const MANY = 1_000_000;
const FILES_A_FOLDER = 1000;
export const ROUNDS = 5;

const CONTENT = new Uint8Array(100).fill(7);

/** Files of 100 bytes in folders of 1,000. */
export async function fill(vfs: Vfs, files: number): Promise<void> {
  for (let done = 0; done < files; done += FILES_A_FOLDER) {
    const directory = `/d${done / FILES_A_FOLDER}`;
    await vfs.mkdir(directory);
    const names = Array.from({ length: FILES_A_FOLDER }, (_, i) => `${directory}/f${i}`);
    await Promise.all(names.map((name) => vfs.writeFile(name, CONTENT)));
  }
}

/** A walk over all of a large store, and one folder of it by pages. */
export async function walks(vfs: Vfs): Promise<Row[]> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const began = performance.now();
  let found = 0;
  for await (const entry of vfs.find("/", { type: "file" })) if (entry.name !== "") found++;
  const walkMs = performance.now() - began;
  if (found !== MANY) throw new Error(`a walk found ${found} files of ${MANY}`);
  globalThis.gc?.();
  const grown = process.memoryUsage.rss() - before;
  const pagesMs = await medianMs(ROUNDS, async () => {
    let entries = 0;
    for await (const entry of vfs.opendir("/d7")) if (entry.name !== "") entries++;
    if (entries !== FILES_A_FOLDER) throw new Error(`a folder has ${entries} entries`);
  });
  return [
    told("walk of all", (walkMs * 1000) / MANY, "us a file"),
    told("memory after it", grown / MANY, "bytes a file"),
    told("a folder of 1,000 by pages", (pagesMs * 1000) / FILES_A_FOLDER, "us an entry"),
  ];
}

/** The same calls in turns on both: files at random out of one folder, so that the paths are equally known. */
export async function calls(few: Vfs, many: Vfs, times: number): Promise<Row[]> {
  const kinds: Readonly<Record<string, (vfs: Vfs, i: number) => Promise<unknown>>> = {
    stat: (vfs, i) => vfs.stat(`/d0/f${(i * 7) % FILES_A_FOLDER}`),
    readFile: (vfs, i) => vfs.readFile(`/d0/f${(i * 7) % FILES_A_FOLDER}`),
    writeFile: (vfs, i) => vfs.writeFile(`/d0/f${(i * 7) % FILES_A_FOLDER}`, CONTENT),
    "rename of a folder of 1,000": (vfs, i) =>
      i % 2 === 0 ? vfs.rename("/d0", "/e") : vfs.rename("/e", "/d0"),
  };
  const rows: Row[] = [];
  for (const [name, call] of Object.entries(kinds)) {
    const on = (vfs: Vfs) => async (): Promise<void> => {
      for (let i = 0; i < times; i++) await call(vfs, i);
    };
    const [fewMs = Number.NaN, manyMs = Number.NaN] = await inTurns(ROUNDS, on(few), on(many));
    rows.push(
      atMost(`${name}, among a million files`, manyMs / fewMs, 1.5, "x that among 1,000"),
      told(`${name}, among a million files`, (manyMs * 1000) / times, "us"),
    );
  }
  return rows;
}
