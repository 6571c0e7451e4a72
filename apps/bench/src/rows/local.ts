import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import * as node from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, type Vfs } from "@vfs/core";
import { local } from "@vfs/local";
import { inTurns } from "../measure.ts";
import { told, type Bench, type Row } from "../row.ts";

const FILES = 500;
const FOLDERS = 10;
const KIB = new Uint8Array(1024).fill(7);
const NAMES = Array.from({ length: FILES }, (_, i) => `${i % FOLDERS}/f${i}`);

/** What confinement costs: the same work by `local` and by node:fs/promises, which follows every link. */
export const beside: Bench = {
  name: "local: files of 1 KiB, beside node:fs/promises",
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), "vfs-bench-"));
    await using vfs = createVfs(local({ root: folder }));
    try {
      return [...(await rows(vfs, folder, 1)), ...(await rows(vfs, folder, 50))];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function rows(vfs: Vfs, folder: string, atOnce: number): Promise<Row[]> {
  const ours = `/ours${atOnce}`;
  const theirs = join(folder, `theirs${atOnce}`);
  for (let i = 0; i < FOLDERS; i++)
    for (const top of [folder + ours, theirs]) mkdirSync(join(top, String(i)), { recursive: true });
  const each = (action: (name: string) => Promise<unknown>) => () => many(action, atOnce);
  const pairs: [string, () => Promise<void>, () => Promise<void>][] = [
    [
      "writeFile",
      each((name) => vfs.writeFile(`${ours}/${name}`, KIB)),
      each((name) => node.writeFile(`${theirs}/${name}`, KIB)),
    ],
    [
      "readFile",
      each((name) => vfs.readFile(`${ours}/${name}`)),
      each((name) => node.readFile(`${theirs}/${name}`)),
    ],
    ["stat", each((name) => vfs.stat(`${ours}/${name}`)), each((name) => node.stat(`${theirs}/${name}`))],
    [
      "appendFile",
      each((name) => vfs.appendFile(`${ours}/${name}`, KIB)),
      each((name) => node.appendFile(`${theirs}/${name}`, KIB)),
    ],
  ];
  const found: Row[] = [];
  for (const [name, our, their] of pairs) {
    const [ourMs = Number.NaN, theirMs = Number.NaN] = await inTurns(11, our, their);
    const perCall = Math.round((ourMs / FILES) * 1000);
    const what = `${name}, ${atOnce === 1 ? "one at a time" : `${atOnce} at once`}: ${perCall} us`;
    found.push(told(what, theirMs / ourMs, "x node:fs"));
  }
  return found;
}

async function many(action: (name: string) => Promise<unknown>, atOnce: number): Promise<void> {
  for (let i = 0; i < NAMES.length; i += atOnce) await Promise.all(NAMES.slice(i, i + atOnce).map(action));
}
