import { OPERATIONS, type Capabilities, type OpName, type Vfs } from "@vfs/core";

/** Something that is done to a path. What it gives back is looked through for the secret. */
export interface Attempt {
  readonly name: string;
  /** Which class of operations it is of. */
  readonly kind: "read" | "list" | "meta" | "write" | "create" | "delete" | "link";
  readonly needs?: (caps: Capabilities) => boolean;
  /** It concerns the last name itself, or one beside it: of a link it is the link that it gets, and that is allowed. */
  readonly ofName?: true;
  /** It uses the path as a text, which may lead elsewhere from where it stands then. */
  readonly byText?: true;
  readonly run: (vfs: Vfs, path: string) => Promise<unknown>;
}

async function gather<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

const TO = "/open/taken";
const FROM = "/open/notes.txt";
const BAD = "changed by somebody who may not";

/** Every verb that takes a path, at least once in each way. `FROM` and `TO` are in the root of the caller's view. */
export const ATTEMPTS: readonly Attempt[] = [
  { name: "readFile", kind: "read", run: (vfs, path) => vfs.readFile(path, "utf8") },
  { name: "readStream", kind: "read", run: (vfs, path) => gather(vfs.readStream(path)) },
  {
    name: "open and read",
    kind: "read",
    run: async (vfs, path) => {
      await using file = await vfs.open(path, "r");
      return file.readFile("utf8");
    },
  },
  {
    name: "open to append, and read",
    kind: "read",
    run: async (vfs, path) => {
      await using file = await vfs.open(path, "a+");
      return file.read(new Uint8Array(100), 0, 100, 0);
    },
  },
  { name: "grep of it", kind: "read", run: (vfs, path) => gather(vfs.grep(path, "SECRET")) },
  { name: "checksum", kind: "read", run: (vfs, path) => vfs.checksum(path) },
  { name: "copyFile from it", kind: "read", run: (vfs, path) => vfs.copyFile(path, TO) },
  {
    name: "cp from it",
    kind: "read",
    ofName: true,
    run: (vfs, path) => vfs.cp(path, TO, { recursive: true }),
  },
  {
    name: "batch of reads",
    kind: "read",
    run: (vfs, path) => vfs.batch([{ op: "readFile", path, encoding: "utf8" }]),
  },
  {
    name: "readdir",
    kind: "list",
    run: (vfs, path) => vfs.readdir(path, { recursive: true, withFileTypes: true }),
  },
  { name: "opendir", kind: "list", run: (vfs, path) => gather(vfs.opendir(path)) },
  { name: "find", kind: "list", run: (vfs, path) => gather(vfs.find(path)) },
  { name: "tree", kind: "list", run: (vfs, path) => vfs.tree(path) },
  { name: "du", kind: "list", run: (vfs, path) => vfs.du(path) },
  {
    name: "readlink",
    kind: "list",
    ofName: true,
    needs: ({ symlinks }) => symlinks,
    run: (vfs, path) => vfs.readlink(path),
  },
  {
    name: "stat by a handle",
    kind: "read",
    run: async (vfs, path) => {
      await using file = await vfs.open(path, "r");
      return file.stat();
    },
  },
  {
    name: "chmod by a handle",
    kind: "meta",
    needs: ({ modes }) => modes,
    run: async (vfs, path) => {
      await using file = await vfs.open(path, "r+");
      await file.chmod(0o777);
      await file.sync();
    },
  },
  { name: "chmod", kind: "meta", needs: ({ modes }) => modes, run: (vfs, path) => vfs.chmod(path, 0o777) },
  {
    name: "utimes",
    kind: "meta",
    needs: ({ times }) => times !== "none",
    run: (vfs, path) => vfs.utimes(path, 1, 1),
  },
  {
    name: "setMeta",
    kind: "meta",
    needs: ({ meta }) => meta,
    run: (vfs, path) => vfs.setMeta(path, { meta: { k: "v" } }),
  },
  { name: "touch", kind: "meta", run: (vfs, path) => vfs.touch(path) },
  { name: "writeFile", kind: "write", run: (vfs, path) => vfs.writeFile(path, BAD) },
  { name: "writeStream", kind: "write", run: (vfs, path) => vfs.writeStream(path, [BAD]) },
  { name: "appendFile", kind: "write", run: (vfs, path) => vfs.appendFile(path, BAD) },
  { name: "truncate", kind: "write", run: (vfs, path) => vfs.truncate(path, 1) },
  {
    name: "open and write",
    kind: "write",
    run: async (vfs, path) => {
      await using file = await vfs.open(path, "r+");
      await file.write(BAD);
      await file.truncate(3);
    },
  },
  { name: "open to empty it", kind: "write", run: async (vfs, path) => (await vfs.open(path, "w")).close() },
  { name: "copyFile onto it", kind: "write", run: (vfs, path) => vfs.copyFile(FROM, path) },
  {
    name: "cp onto it",
    kind: "write",
    ofName: true,
    run: (vfs, path) => vfs.cp(FROM, path, { recursive: true }),
  },
  { name: "rename onto it", kind: "write", ofName: true, run: (vfs, path) => vfs.rename(FROM, path) },
  { name: "mv onto it", kind: "write", ofName: true, run: (vfs, path) => vfs.mv(FROM, path) },
  {
    name: "batch of writes",
    kind: "write",
    run: (vfs, path) => vfs.batch([{ op: "writeFile", path, data: BAD }]),
  },
  {
    name: "writeFile beside it",
    kind: "create",
    ofName: true,
    run: (vfs, path) => vfs.writeFile(`${path}.new`, BAD, { flag: "wx" }),
  },
  {
    name: "mkdir",
    kind: "create",
    ofName: true,
    run: (vfs, path) => vfs.mkdir(`${path}.d`, { recursive: true }),
  },
  { name: "mkdtemp", kind: "create", ofName: true, run: (vfs, path) => vfs.mkdtemp(path) },
  { name: "unlink", kind: "delete", ofName: true, run: (vfs, path) => vfs.unlink(path) },
  {
    name: "rm",
    kind: "delete",
    ofName: true,
    run: (vfs, path) => vfs.rm(path, { recursive: true, force: true }),
  },
  { name: "rename away", kind: "delete", ofName: true, run: (vfs, path) => vfs.rename(path, TO) },
  { name: "mv away", kind: "delete", ofName: true, run: (vfs, path) => vfs.mv(path, TO) },
  {
    name: "link to it",
    kind: "link",
    ofName: true,
    needs: ({ links }) => links,
    run: (vfs, path) => vfs.link(path, TO),
  },
  {
    name: "link onto it",
    kind: "link",
    ofName: true,
    needs: ({ links }) => links,
    run: (vfs, path) => vfs.link(FROM, `${path}.l`),
  },
  {
    name: "symlink to it, and read",
    kind: "link",
    byText: true,
    needs: ({ symlinks }) => symlinks,
    run: async (vfs, path) => {
      await vfs.symlink(path, TO);
      return vfs.readFile(TO, "utf8");
    },
  },
  {
    name: "symlink in its place",
    kind: "link",
    ofName: true,
    needs: ({ symlinks }) => symlinks,
    run: (vfs, path) => vfs.symlink("/x", `${path}.l`),
  },
];

/** Operations of core that the attempts do not come to, with why that is no hole in the matrix. */
export const NOT_TRIED: Readonly<Partial<Record<OpName, string>>> = {
  usage: "tells numbers of a whole store",
  statfs: "tells numbers of a whole store",
  writeMany: "stands for writes, and only where every layer lets many pass: no policy does",
  flush: "tells nothing and changes no content",
  mount: "tried by itself",
  unmount: "tried by itself",
  watch: "tried by itself",
  changes: "tried by itself",
  snapshots: "tried by itself",
};

export const ALL_OPERATIONS: readonly OpName[] = Object.keys(OPERATIONS) as OpName[];
