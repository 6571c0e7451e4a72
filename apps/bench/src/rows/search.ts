import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, type Layer, type Provider, type Vfs } from "@vfs/core";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { sqlite } from "@vfs/sqlite";
import { inTurns } from "../measure.ts";
import { told, type Bench, type Row } from "../row.ts";

const FILES = 5000;
const FOLDERS = 100;
const ROUNDS = 5;
const TEXT = "const value = compute(input);\n".repeat(34);
const NEEDLE = "needle in line\n";

/** Finds by name and greps a text: in the store, taken apart by core, and over node:fs as one would write it. */
export const searching: Bench = {
  name: "search: find by name and grep of a text over 5,000 files of 1 KiB",
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), "vfs-bench-"));
    const host = join(folder, "host");
    try {
      for (const [path, content] of files()) {
        mkdirSync(join(host, path, ".."), { recursive: true });
        writeFileSync(join(host, path), content);
      }
      const rows: Row[] = [];
      rows.push(...(await beside("local", local({ root: host }), host)));
      for (const [name, provider] of [
        ["sqlite", sqlite({ file: join(folder, "store.db") })],
        ["memory", memory()],
      ] as const) {
        const vfs = createVfs(provider);
        for (let i = 0; i < FOLDERS; i++) await vfs.mkdir(`/${i}`);
        await Promise.all(files().map(([path, content]) => vfs.writeFile(path, content)));
        rows.push(...(await beside(name, provider, host)));
      }
      return rows;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** One file in fifty has another ending, and one in a hundred the text. */
function files(): [path: string, content: string][] {
  return Array.from({ length: FILES }, (_, i) => [
    `/${i % FOLDERS}/file${i}.${i % 50 === 0 ? "ts" : "txt"}`,
    i % 100 === 0 ? TEXT + NEEDLE : TEXT,
  ]);
}

/** Makes core take every search apart. */
const APART: Layer = {
  name: "apart",
  slot: "policy",
  decidesBelow: () => true,
  handle: (call, next) => next(call),
};

async function beside(name: string, provider: Provider, host: string): Promise<Row[]> {
  await using vfs = createVfs(provider);
  const apart = createVfs(provider, { layers: [APART], keepOpen: true });
  const rows: Row[] = [];
  const made: [string, (of: Vfs) => AsyncIterable<unknown>, () => Promise<number>, number][] = [
    ["find *.ts", (of) => of.find("/", { name: "*.ts" }), () => naiveFind(host), FILES / 50],
    ["grep", (of) => of.grep("/", "needle in"), () => naiveGrep(host), FILES / 100],
  ];
  for (const [what, search, naive, expected] of made) {
    const check = (count: number): void => {
      if (count !== expected) throw new Error(`${what} in ${name} found ${count}, not ${expected}`);
    };
    const times = await inTurns(
      ROUNDS,
      async () => check(await howMany(search(vfs))),
      async () => check(await howMany(search(apart))),
      async () => check(await naive()),
    );
    const [whole = Number.NaN, parts = Number.NaN, theirs = Number.NaN] = times;
    const ms = `${whole.toFixed(1)} ms, taken apart ${parts.toFixed(1)}, node:fs ${theirs.toFixed(1)}`;
    rows.push(told(`${name}: ${what}: ${ms}`, parts / whole, "x taken apart"));
    rows.push(told(`${name}: ${what}, beside node:fs`, theirs / whole, "x node:fs"));
  }
  return rows;
}

async function howMany(found: AsyncIterable<unknown>): Promise<number> {
  let number = 0;
  for await (const _ of found) number++;
  return number;
}

async function naiveFind(host: string): Promise<number> {
  const entries = await readdir(host, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.name.endsWith(".ts")).length;
}

async function naiveGrep(host: string): Promise<number> {
  const entries = await readdir(host, { recursive: true, withFileTypes: true });
  let found = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const lines = (await readFile(join(entry.parentPath, entry.name), "utf8")).split("\n");
    for (const line of lines) if (line.includes("needle in")) found++;
  }
  return found;
}
