// `local` beside node:fs/promises on one directory, each row in turns so that both meet the same machine:
//   node --conditions=@vfs/source packages/local/bench/against-node.ts [directory]
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import * as node from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs } from "@vfs/core";
import { local } from "../src/index.ts";

const ROUNDS = 15;
const FILES = 500;
const FOLDERS = 10;
const SMALL = new Uint8Array(1024).fill(7);
const STREAM_BYTES = 256 << 20;
const CHUNK = new Uint8Array(64 << 10).fill(9);

const base = mkdtempSync(join(process.argv[2] ?? tmpdir(), "vfs-bench-"));
const vfs = createVfs(local({ root: base }));
const names = Array.from({ length: FILES }, (_, i) => `${i % FOLDERS}/f${i}`);

type Row = readonly [
  name: string,
  count: number,
  ours: (folder: string) => Promise<unknown>,
  theirs: (folder: string) => Promise<unknown>,
];

const one = async (action: (name: string) => Promise<unknown>): Promise<void> => {
  for (const name of names) await action(name);
};
const many = async (action: (name: string) => Promise<unknown>): Promise<void> => {
  for (let i = 0; i < names.length; i += 50) await Promise.all(names.slice(i, i + 50).map(action));
};

function* chunks(): Generator<Uint8Array<ArrayBuffer>> {
  for (let i = 0; i < STREAM_BYTES; i += CHUNK.length) yield CHUNK;
}

async function drain(source: AsyncIterable<Uint8Array>): Promise<void> {
  let bytes = 0;
  for await (const chunk of source) bytes += chunk.length;
  if (bytes !== STREAM_BYTES) throw new Error(`${bytes} bytes came back`);
}

async function streamOut(path: string): Promise<void> {
  const handle = await node.open(path, "w");
  for (const chunk of chunks()) await handle.write(chunk);
  await handle.close();
}

async function streamIn(path: string): Promise<void> {
  const handle = await node.open(path, "r");
  await drain(handle.createReadStream({ highWaterMark: 64 << 10 }));
}

const ROWS: readonly Row[] = (["one at a time", "50 at once"] as const).flatMap((how): Row[] => {
  const each = how === "one at a time" ? one : many;
  return [
    [
      `write new 1 KiB, ${how}`,
      FILES,
      (f) => each((n) => vfs.writeFile(`/${f}/${n}`, SMALL)),
      (f) => each((n) => node.writeFile(join(base, f, n), SMALL)),
    ],
    [
      `write over 1 KiB, ${how}`,
      FILES,
      (f) => each((n) => vfs.writeFile(`/${f}/${n}`, SMALL)),
      (f) => each((n) => node.writeFile(join(base, f, n), SMALL)),
    ],
    [
      `read 1 KiB, ${how}`,
      FILES,
      (f) => each((n) => vfs.readFile(`/${f}/${n}`)),
      (f) => each((n) => node.readFile(join(base, f, n))),
    ],
    [
      `stat, ${how}`,
      FILES,
      (f) => each((n) => vfs.stat(`/${f}/${n}`)),
      (f) => each((n) => node.stat(join(base, f, n))),
    ],
    [
      `append 1 KiB, ${how}`,
      FILES,
      (f) => each((n) => vfs.appendFile(`/${f}/${n}`, SMALL)),
      (f) => each((n) => node.appendFile(join(base, f, n), SMALL)),
    ],
  ];
});
const STREAMS: readonly Row[] = [
  [
    "stream 256 MiB in",
    1,
    (f) => vfs.writeStream(`/${f}/big`, chunks()),
    (f) => streamOut(join(base, f, "big")),
  ],
  ["stream 256 MiB out", 1, (f) => drain(vfs.readStream(`/${f}/big`)), (f) => streamIn(join(base, f, "big"))],
];

function folder(name: string): string {
  for (let i = 0; i < FOLDERS; i++) mkdirSync(join(base, name, `${i}`), { recursive: true });
  return name;
}

function empty(name: string): void {
  rmSync(join(base, name), { recursive: true });
  folder(name);
}

async function time(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

async function compare(rows: readonly Row[], rounds: number): Promise<void> {
  const times = new Map<string, { ours: number[]; theirs: number[] }>();
  for (let round = 0; round < rounds; round++) {
    const mine = folder(`a${round}`);
    const other = folder(`b${round}`);
    for (const [name, , ours, theirs] of rows) {
      if (name.startsWith("write new")) for (const f of [mine, other]) empty(f);
      const found = times.get(name) ?? { ours: [], theirs: [] };
      times.set(name, found);
      const turns = round % 2 === 0 ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
      for (const who of turns)
        found[who].push(await time(() => (who === "ours" ? ours(mine) : theirs(other))));
    }
    rmSync(join(base, mine), { recursive: true });
    rmSync(join(base, other), { recursive: true });
  }
  for (const [name, count] of rows) {
    const { ours, theirs } = times.get(name) as { ours: number[]; theirs: number[] };
    const [a, b] = [median(ours), median(theirs)];
    const rate = (ms: number): string =>
      count === 1 ? `${Math.round(STREAM_BYTES / 1e3 / ms)} MB/s` : `${Math.round((count / ms) * 1000)}/s`;
    console.log(`${name.padEnd(36)} ${rate(a).padStart(10)} ${rate(b).padStart(10)} ${(b / a).toFixed(2)}x`);
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}

console.log(`${"".padEnd(36)} ${"local".padStart(10)} ${"node:fs".padStart(10)}`);
try {
  await compare(ROWS, ROUNDS);
  await compare(STREAMS, 5);
} finally {
  await vfs.close();
  rmSync(base, { recursive: true });
}
