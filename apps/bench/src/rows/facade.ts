import { createVfs, type Context, type VPath } from "@vfs/core";
import { memory } from "@vfs/memory";
import { memfs } from "memfs";
import { sideBySide } from "../measure.ts";
import { atLeast, atMost, told, type Bench, type Row } from "../row.ts";

const KIB = new Uint8Array(1024).fill(65);
const PATH = "/some/folder/file";
const FILES = 100;

/** What one call costs, beside memfs and beside the bare provider. */
export const facade: Bench = {
  name: "memory: files of 1 KiB, 100 of them in a folder three levels down",
  run: async () => [...(await beside()), ...(await door())],
};

async function beside(): Promise<Row[]> {
  const vfs = createVfs(memory());
  const { fs } = memfs();
  await vfs.mkdir("/some/folder", { recursive: true });
  fs.mkdirSync("/some/folder", { recursive: true });
  for (let i = 0; i < FILES; i++) {
    await vfs.writeFile(PATH + i, KIB);
    fs.writeFileSync(PATH + i, KIB);
  }
  let i = 0;
  const path = (): string => PATH + (i++ % FILES);
  const pairs: [string, () => unknown, () => unknown][] = [
    ["readFile", () => vfs.readFile(path()), () => fs.promises.readFile(path())],
    ["writeFile", () => vfs.writeFile(path(), KIB), () => fs.promises.writeFile(path(), KIB)],
    ["stat", () => vfs.stat(path()), () => fs.promises.stat(path())],
    ["sync.readFile", () => vfs.sync.readFile(path()), () => fs.readFileSync(path())],
    ["sync.writeFile", () => vfs.sync.writeFile(path(), KIB), () => fs.writeFileSync(path(), KIB)],
    ["sync.stat", () => vfs.sync.stat(path()), () => fs.statSync(path())],
  ];
  const rows: Row[] = [];
  for (const [name, ours, theirs] of pairs) {
    const [our = Number.NaN, their = Number.NaN] = await sideBySide(ours, theirs);
    const what = `${name}: ${Math.round(our)} ns, memfs ${Math.round(their)} ns`;
    rows.push(atLeast(what, their / our, 1, "x memfs"));
  }
  return rows;
}

async function door(): Promise<Row[]> {
  const provider = memory();
  const vfs = createVfs(provider);
  await vfs.mkdir("/some/folder", { recursive: true });
  await vfs.writeFile(PATH, KIB);
  const ctx: Context = {
    sync: true,
    signal: undefined,
    actor: undefined,
    root: "/" as VPath,
    readOnly: false,
    umask: 0o022,
    resolved: false,
  };
  const follow = { follow: true };
  const [bare = Number.NaN, through = Number.NaN, promised = Number.NaN] = await sideBySide(
    () => provider.stat(PATH as VPath, follow, ctx),
    () => vfs.sync.stat(PATH),
    () => vfs.stat(PATH),
  );
  return [
    told("stat of the bare provider", bare, "ns"),
    atMost("what the facade and the door add to it", through - bare, 150, "ns"),
    atLeast("stats through promises", 1e3 / promised, 1, "million/s"),
  ];
}
