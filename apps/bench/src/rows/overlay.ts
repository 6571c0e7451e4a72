import { createVfs } from "@vfs/core";
import { encrypt, overlay } from "@vfs/layers";
import { memory } from "@vfs/memory";
import { sideBySide } from "../measure.ts";
import { atMost, told, type Bench, type Row } from "../row.ts";

const KIB = new Uint8Array(1024).fill(65);
const MIB = new Uint8Array(1 << 20).fill(66);
const PATH = "/some/folder/file";
const FILES = 100;

/** What it costs to read through an overlay what nobody has changed, and what encryption costs. */
export const overlays: Bench = {
  name: "overlay and encrypt: over memory",
  run: async () => [...(await untouched()), ...(await encrypted())],
};

async function untouched(): Promise<Row[]> {
  const lower = memory();
  const base = createVfs(lower);
  await base.mkdir("/some/folder", { recursive: true });
  for (let i = 0; i < FILES; i++) await base.writeFile(PATH + i, KIB);
  const over = createVfs(overlay(lower, memory()));
  // Something is changed beside them, so that not everything is the lower's.
  await over.writeFile("/some/folder/changed", KIB);
  await over.writeFile("/some/new", KIB);
  let i = 0;
  const path = (): string => PATH + (i++ % FILES);
  const rows: Row[] = [];
  for (const [name, below, above] of [
    ["readFile", () => base.readFile(path()), () => over.readFile(path())],
    ["sync.readFile", () => base.sync.readFile(path()), () => over.sync.readFile(path())],
    ["sync.stat", () => base.sync.stat(path()), () => over.sync.stat(path())],
  ] as const) {
    const [theirs = Number.NaN, ours = Number.NaN] = await sideBySide(below, above);
    rows.push(atMost(`${name} of an untouched file`, ours / theirs, 1.15, "x the base"));
  }
  const [plain = Number.NaN, changed = Number.NaN] = await sideBySide(
    () => base.sync.writeFile("/some/folder/file0", KIB),
    () => over.sync.writeFile("/some/folder/changed", KIB),
  );
  rows.push(told("sync.writeFile of a changed file", changed / plain, "x the base"));
  return rows;
}

async function encrypted(): Promise<Row[]> {
  const vfs = createVfs(memory());
  const key = globalThis.crypto.getRandomValues(new Uint8Array(32));
  await vfs.mount("/e", memory(), { layers: [encrypt({ key })] });
  await vfs.writeFile("/e/f", MIB);
  const [write = Number.NaN, read = Number.NaN, range = Number.NaN] = await sideBySide(
    () => vfs.writeFile("/e/f", MIB),
    () => vfs.readFile("/e/f"),
    () => vfs.readFile("/e/f", { start: 500_000, end: 500_100 }),
  );
  return [
    told("encrypt: writeFile of 1 MiB", 1e9 / write, "MiB/s"),
    told("encrypt: readFile of 1 MiB", 1e9 / read, "MiB/s"),
    told("encrypt: 100 bytes in the middle of 1 MiB", range / 1000, "us"),
  ];
}
