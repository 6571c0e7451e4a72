import { CONTEXT } from "@vfs/conformance";
import type { VPath, Vfs } from "@vfs/core";
import { expect } from "vitest";
import { UNIT } from "../small.ts";
import type { S3Options, S3Provider } from "../../src/index.ts";

/** Something that is done while requests fail. */
export interface Scenario {
  readonly name: string;
  readonly prepare?: (vfs: Vfs, store: S3Provider) => Promise<unknown>;
  readonly act: (vfs: Vfs, store: S3Provider) => Promise<unknown>;
  /** States that are neither before nor after, and allowed: by their keys. */
  readonly between?: readonly (readonly string[])[];
  readonly options?: Partial<S3Options>;
}

/** A source that cannot be read again. */
async function writeSource(vfs: Vfs, units: number): Promise<void> {
  let begun = 0;
  const source = {
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      begun++;
      for (let i = 0; i < units; i++) yield new Uint8Array(UNIT).fill(i);
    },
  };
  try {
    await vfs.writeStream("/f", source);
  } finally {
    expect(begun, "how often the source was read").toBeLessThanOrEqual(1);
  }
}

const tree = async (vfs: Vfs): Promise<void> => {
  await vfs.mkdir("/t");
  for (const name of ["a", "b"]) await vfs.writeFile(`/t/${name}`, name);
};

const file = (vfs: Vfs): Promise<void> => vfs.writeFile("/f", "0123456789");

const units = (count: number, value = 0): Uint8Array => new Uint8Array(count * UNIT).fill(value);

const large =
  (count: number) =>
  (vfs: Vfs): Promise<void> =>
    vfs.writeFile("/f", units(count));

const READS: readonly Scenario[] = [
  { name: "stat", prepare: file, act: (vfs) => vfs.stat("/f") },
  {
    name: "readFile",
    prepare: file,
    act: async (vfs) => expect(await vfs.readFile("/f", "utf8")).toBe("0123456789"),
  },
  {
    name: "readdir",
    prepare: tree,
    act: async (vfs) => expect((await vfs.readdir("/t")).sort()).toEqual(["a", "b"]),
  },
  {
    name: "readdir of all below",
    prepare: tree,
    act: async (vfs) => expect(await vfs.readdir("/", { recursive: true })).toEqual(["t", "t/a", "t/b"]),
  },
  {
    name: "find",
    prepare: tree,
    act: async (vfs) => {
      const found: string[] = [];
      for await (const { path } of vfs.find("/", { type: "file" })) found.push(path);
      expect(found).toEqual(["/t/a", "/t/b"]);
    },
  },
  {
    name: "readlink",
    prepare: (vfs) => vfs.symlink("target", "/l"),
    act: async (vfs) => expect(await vfs.readlink("/l")).toBe("target"),
  },
  {
    name: "readFile through a link",
    prepare: async (vfs) => {
      await file(vfs);
      await vfs.symlink("f", "/l");
    },
    act: async (vfs) => expect(await vfs.readFile("/l", "utf8")).toBe("0123456789"),
  },
  {
    name: "history and a version of it",
    prepare: file,
    act: async (_vfs, store) => {
      const [version] = await store.history("/f");
      expect((await store.readVersion("/f", version?.versionId ?? "")).length).toBe(10);
    },
  },
];

const WRITES: readonly Scenario[] = [
  { name: "writeFile of a new file", act: (vfs) => vfs.writeFile("/d/f", "x") },
  { name: "writeFile with wx", act: (vfs) => vfs.writeFile("/f", "x", { flag: "wx" }) },
  { name: "writeFile over a file", prepare: file, act: (vfs) => vfs.writeFile("/f", "new") },
  {
    name: "writeFile with ifMatch",
    prepare: file,
    act: async (vfs) => vfs.writeFile("/f", "new", { ifMatch: (await vfs.stat("/f")).etag }),
  },
  { name: "writeStream", act: (vfs) => writeSource(vfs, 2) },
  { name: "appendFile", prepare: file, act: (vfs) => vfs.appendFile("/f", " and new") },
  { name: "appendFile that makes the file", act: (vfs) => vfs.appendFile("/f", "new") },
  { name: "truncate", prepare: file, act: (vfs) => vfs.truncate("/f", 3) },
  {
    name: "a handle's write",
    prepare: file,
    act: async (vfs) => {
      const handle = await vfs.open("/f", "r+");
      await handle.write("new", 5);
      await handle.close();
    },
  },
  { name: "mkdir", act: (vfs) => vfs.mkdir("/d") },
  { name: "symlink", act: (vfs) => vfs.symlink("target", "/l") },
  { name: "unlink", prepare: file, act: (vfs) => vfs.unlink("/f") },
  { name: "rmdir", prepare: (vfs) => vfs.mkdir("/d"), act: (vfs) => vfs.rmdir("/d") },
  { name: "rm -r", prepare: tree, act: (vfs) => vfs.rm("/t", { recursive: true }) },
  { name: "chmod", prepare: file, act: (vfs) => vfs.chmod("/f", 0o600) },
  { name: "copyFile", prepare: file, act: (vfs) => vfs.copyFile("/f", "/g") },
  { name: "copyFile with COPYFILE_EXCL", prepare: file, act: (vfs) => vfs.copyFile("/f", "/g", 1) },
  {
    name: "copyFile with COPYFILE_EXCL, where copies know no condition",
    options: { conditionalCopy: false },
    prepare: file,
    act: (vfs) => vfs.copyFile("/f", "/g", 1),
  },
  { name: "cp -r", prepare: tree, act: (vfs) => vfs.cp("/t", "/u", { recursive: true }) },
  { name: "rename of a file", prepare: file, act: (vfs) => vfs.rename("/f", "/g"), between: [["f", "g"]] },
  {
    name: "rename of a directory",
    prepare: tree,
    act: (vfs) => vfs.rename("/t", "/u"),
    between: [["t/", "t/a", "t/b", "u/", "u/a", "u/b"]],
  },
];

const PIECES = [{ offset: 5, data: new TextEncoder().encode("new") }];

const OF_LARGE_FILES: readonly Scenario[] = [
  { name: "writeFile of 17 units", act: (vfs) => vfs.writeFile("/f", units(17)) },
  { name: "writeStream of 17 units", act: (vfs) => writeSource(vfs, 17) },
  { name: "appendFile to 9 units", prepare: large(9), act: (vfs) => vfs.appendFile("/f", "tail") },
  { name: "truncate to 14 of 16 units", prepare: large(16), act: (vfs) => vfs.truncate("/f", 14 * UNIT) },
  {
    name: "patch of 9 units",
    prepare: large(9),
    act: async (vfs, store) => {
      const { etag: ifMatch = "", size } = await vfs.stat("/f");
      await store.patch("/f" as VPath, { pieces: PIECES, kept: size, size, ifMatch }, CONTEXT);
    },
  },
  {
    name: "readFile of 20 units",
    prepare: (vfs) => vfs.writeFile("/f", units(20, 3)),
    act: async (vfs) => expect(Buffer.from(units(20, 3)).equals(await vfs.readFile("/f"))).toBe(true),
  },
  {
    name: "readStream of 20 units",
    prepare: (vfs) => vfs.writeFile("/f", units(20, 3)),
    act: async (vfs) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of vfs.readStream("/f")) chunks.push(chunk);
      expect(Buffer.from(units(20, 3)).equals(Buffer.concat(chunks))).toBe(true);
    },
  },
  {
    name: "copyFile of 25 units, which is more than is copied at once",
    prepare: large(25),
    act: (vfs) => vfs.copyFile("/f", "/g"),
  },
];

export const SCENARIOS: readonly Scenario[] = [...READS, ...WRITES, ...OF_LARGE_FILES];

/** What directory buckets do in another way. */
export const OF_DIRECTORY_BUCKETS: readonly Scenario[] = [
  { name: "readFile", prepare: file, act: (vfs) => vfs.readFile("/f") },
  { name: "appendFile", prepare: file, act: (vfs) => vfs.appendFile("/f", " and new") },
  { name: "rename of a file", prepare: file, act: (vfs) => vfs.rename("/f", "/g") },
  {
    name: "rename of a file onto another",
    prepare: async (vfs) => {
      await file(vfs);
      await vfs.writeFile("/g", "other");
    },
    act: (vfs) => vfs.rename("/f", "/g"),
  },
];
