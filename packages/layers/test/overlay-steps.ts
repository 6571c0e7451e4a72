import { isVfsError, type FileHandle, type Vfs } from "@vfs/core";
import fc from "fast-check";

/** One thing that is done to a tree. */
export interface Step {
  readonly op: keyof typeof DONE;
  readonly a: string;
  readonly b: string;
  readonly n: number;
}

// Few names, so that they meet.
const NAMES = ["a", "b", "c"];
const PATHS: readonly string[] = [
  ...NAMES.map((x) => `/${x}`),
  ...NAMES.flatMap((x) => NAMES.map((y) => `/${x}/${y}`)),
  "/a/a/a",
  "/a/a/b",
  "/b/a/a",
  "/c/b/a",
];

/** What a tree has open. */
export type Handles = Map<number, FileHandle<"async">>;

type Do = (vfs: Vfs, step: Step, handles: Handles) => Promise<unknown>;

const content = (n: number): string => `${n}`.repeat((n % 7) + 1);

const DONE = {
  writeFile: (vfs, { a, n }) => vfs.writeFile(a, content(n)),
  writeStream: (vfs, { a, n }) => vfs.writeStream(a, [content(n), "streamed"]),
  append: (vfs, { a, n }) => vfs.appendFile(a, content(n)),
  truncate: (vfs, { a, n }) => vfs.truncate(a, n % 9),
  mkdir: (vfs, { a }) => vfs.mkdir(a),
  mkdirs: (vfs, { a }) => vfs.mkdir(a, { recursive: true }).then(() => undefined),
  unlink: (vfs, { a }) => vfs.unlink(a),
  rmdir: (vfs, { a }) => vfs.rmdir(a),
  rm: (vfs, { a }) => vfs.rm(a, { recursive: true }),
  rename: (vfs, { a, b }) => vfs.rename(a, b),
  mv: (vfs, { a, b }) => vfs.mv(a, b, { force: false }),
  link: (vfs, { a, b }) => vfs.link(a, b),
  symlink: (vfs, { a, b }) => vfs.symlink(b, a),
  copyFile: (vfs, { a, b }) => vfs.copyFile(a, b),
  // Onto a free name: a copy that fails half-way has come as far as the order of the listing lets it.
  cp: async (vfs, { a, b }) => ((await vfs.exists(b)) ? "not free" : vfs.cp(a, b, { recursive: true })),
  chmod: (vfs, { a, n }) => vfs.chmod(a, 0o600 + (n % 8)),
  utimes: (vfs, { a, n }) => vfs.utimes(a, n, n),
  setMeta: (vfs, { a, n }) => vfs.setMeta(a, { meta: { n: `${n}` } }),
  readFile: (vfs, { a }) => vfs.readFile(a, "utf8"),
  readdir: async (vfs, { a }) => (await vfs.readdir(a)).sort(),
  readlink: (vfs, { a }) => vfs.readlink(a),
  open: async (vfs, { a, n }, handles) => {
    if (handles.has(n % 3)) return;
    handles.set(n % 3, await vfs.open(a, n % 2 === 0 ? "r+" : "a+"));
  },
  handleRead: async (_vfs, { n }, handles) => handles.get(n % 3)?.readFile("utf8"),
  handleWrite: async (_vfs, { n }, handles) => {
    await handles.get(n % 3)?.write(content(n), n % 5);
  },
  handleTruncate: (_vfs, { n }, handles) => handles.get(n % 3)?.truncate(n % 6) ?? Promise.resolve(),
  handleChmod: (_vfs, { n }, handles) => handles.get(n % 3)?.chmod(0o640) ?? Promise.resolve(),
  handleStat: async (_vfs, { n }, handles) => {
    const stat = await handles.get(n % 3)?.stat();
    return stat === undefined ? undefined : [stat.size, stat.nlink, stat.mode];
  },
  close: async (_vfs, { n }, handles) => {
    await handles.get(n % 3)?.close();
    handles.delete(n % 3);
  },
} satisfies Record<string, Do>;

const done = (op: keyof typeof DONE, a: string, b = a, n = 1): Step => ({ op, a, b, n });

/** A tree in which most steps find something. */
export const BEGINNING: readonly Step[] = [
  done("mkdirs", "/a/a"),
  done("mkdirs", "/b/a"),
  done("writeFile", "/a/b", "", 11),
  done("writeFile", "/a/a/a", "", 12),
  done("writeFile", "/a/a/b", "", 13),
  done("writeFile", "/b/a/a", "", 14),
  done("writeFile", "/c", "", 15),
  done("link", "/a/b", "/b/b"),
  done("symlink", "/b/c", "/a/a"),
];

/** Steps of all kinds; the more telling ones more often. */
export const steps = (most: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      op: fc.constantFrom(
        ...(Object.keys(DONE) as (keyof typeof DONE)[]),
        "rename",
        "rename",
        "mv",
        "link",
        "rm",
      ),
      a: fc.constantFrom(...PATHS),
      b: fc.constantFrom(...PATHS),
      n: fc.nat({ max: 50 }),
    }),
    { maxLength: most },
  );

/** Does a step; answers what came of it, as it can be compared. */
export async function take(vfs: Vfs, step: Step, handles: Handles): Promise<unknown> {
  try {
    return (await (DONE[step.op] as Do)(vfs, step, handles)) ?? "done";
  } catch (reason) {
    if (!isVfsError(reason)) throw reason;
    return reason.code;
  }
}

/** Everything that can be seen of a tree: which names are one file, and times that were set. */
export async function picture(vfs: Vfs): Promise<unknown[]> {
  const lines: unknown[] = [];
  const first = new Map<number, string>();
  for (const path of [
    "/",
    ...(await vfs.readdir("/", { recursive: true })).map((name) => `/${name}`),
  ].sort()) {
    const stat = await vfs.lstat(path);
    const { type, size, mode, nlink, mtimeMs, meta } = stat;
    const same = first.get(stat.ino) ?? path;
    first.set(stat.ino, same);
    const held =
      type === "file" ? await vfs.readFile(path, "utf8") : type === "symlink" ? await vfs.readlink(path) : "";
    lines.push({
      path,
      type,
      size,
      mode,
      nlink,
      same,
      held,
      // Core leaves out those of a directory when it copies a tree, memory does not.
      meta: type === "file" ? { ...meta } : {},
      setMs: mtimeMs < 1e6 ? mtimeMs : 0,
    });
  }
  return lines;
}
