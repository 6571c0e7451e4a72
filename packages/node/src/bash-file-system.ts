import { AsyncLocalStorage } from "node:async_hooks";
import { posix } from "node:path";
import { isVfsError, type Stats, type Vfs, type VfsSync } from "@vfs/core";

type TextEncoding = "utf8" | "utf-8" | "ascii" | "binary" | "base64" | "hex" | "latin1";
type EncodingOption = TextEncoding | { readonly encoding?: TextEncoding | null | undefined };

/** What just-bash knows of a file: its `FsStat`. */
export interface BashStat {
  isFile: boolean;
  isDirectory: boolean;
  isSymbolicLink: boolean;
  /** Permission bits. */
  mode: number;
  size: number;
  mtime: Date;
  dev?: number;
  ino?: number;
  /** The same text for the same file, where the store numbers its files. */
  identity?: string;
}

/** An entry of a directory: its `DirentEntry`. */
export interface BashDirent {
  name: string;
  isFile: boolean;
  isDirectory: boolean;
  isSymbolicLink: boolean;
}

/**
 * The `IFileSystem` of just-bash 3, with all that is optional in it. It is written out here so that nobody needs
 * just-bash for its types.
 */
export interface BashFileSystem {
  readFile(path: string, options?: EncodingOption): Promise<string>;
  /** One character a byte, which just-bash calls `ByteString`: a type that nobody else can name. */
  readFileBytes(path: string): Promise<never>;
  readFileBuffer(path: string): Promise<Uint8Array>;
  writeFile(path: string, content: string | Uint8Array, options?: EncodingOption): Promise<void>;
  appendFile(path: string, content: string | Uint8Array, options?: EncodingOption): Promise<void>;
  exists(path: string): Promise<boolean>;
  stat(path: string): Promise<BashStat>;
  lstat(path: string): Promise<BashStat>;
  mkdir(path: string, options?: { recursive?: boolean }): Promise<void>;
  readdir(path: string): Promise<string[]>;
  readdirWithFileTypes(path: string): Promise<BashDirent[]>;
  rm(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void>;
  cp(from: string, to: string, options?: { recursive?: boolean }): Promise<void>;
  mv(from: string, to: string): Promise<void>;
  resolvePath(base: string, path: string): string;
  getAllPaths(): string[];
  chmod(path: string, mode: number): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  link(existing: string, path: string): Promise<void>;
  readlink(path: string): Promise<string>;
  realpath(path: string): Promise<string>;
  utimes(path: string, atime: Date, mtime: Date): Promise<void>;
}

/**
 * Makes the filesystem of a just-bash shell out of a Vfs: commands work on every mount, live.
 *
 * `getAllPaths` is synchronous, so it tells of synchronous mounts only; of one that must wait it names the directory
 * where that is mounted, and nothing below. No command of just-bash 3.4 asks for it: their patterns go by `readdir`.
 *
 * As in just-bash, a redirection makes the directories that it lacks. One that is refused (`EROFS`, `EACCES`, no room)
 * ends `exec` with the `VfsError`: just-bash 3.4.2 does not turn that into an exit code.
 *
 * @example
 * const bash = new Bash({ fs: toIFileSystem(vfs), cwd: "/" });
 * await bash.exec("grep -r TODO /s3 > /todo.txt");
 */
export function toIFileSystem(vfs: Vfs): BashFileSystem {
  return outside(faceFor(vfs));
}

/**
 * just-bash takes timers and more away from everything that runs on behalf of a script, which it tells by the async
 * context. Stores are the host's own code and need them: each call is made in the context that this one is made in.
 */
function outside(fs: BashFileSystem): BashFileSystem {
  const inContext = AsyncLocalStorage.snapshot();
  const wrapped: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(fs) as [string, (...args: unknown[]) => unknown][])
    wrapped[name] = (...args: unknown[]) => inContext(method, ...args);
  return wrapped as unknown as BashFileSystem;
}

function faceFor(vfs: Vfs): BashFileSystem {
  return {
    readFile: async (path, options) => buffered(await vfs.readFile(path)).toString(encodingOf(options)),
    readFileBytes: async (path) => buffered(await vfs.readFile(path)).toString("latin1") as never,
    readFileBuffer: (path) => vfs.readFile(path),
    writeFile: (path, content, options) =>
      withParents(vfs, path, () => vfs.writeFile(path, bytesOf(content, options))),
    appendFile: (path, content, options) =>
      withParents(vfs, path, () => vfs.appendFile(path, bytesOf(content, options))),
    exists: (path) => vfs.exists(path),
    stat: async (path) => describe(await vfs.stat(path)),
    lstat: async (path) => describe(await vfs.lstat(path)),
    mkdir: async (path, options) => {
      await vfs.mkdir(path, options);
    },
    readdir: async (path) => (await vfs.readdir(path)).toSorted(),
    readdirWithFileTypes: async (path) => {
      const entries = await vfs.readdir(path, { withFileTypes: true });
      return entries.map(({ name, type }) => Object.assign(typed(type), { name })).toSorted(byName);
    },
    rm: (path, options) => remove(vfs, path, options),
    cp: (from, to, options) => vfs.cp(from, to, options),
    mv: (from, to) => vfs.mv(from, to),
    resolvePath: (base, path) => posix.resolve("/", base, path),
    getAllPaths: () => ["/", ...pathsBelow(vfs.sync, "/")],
    chmod: (path, mode) => vfs.chmod(path, mode),
    symlink: (target, path) => vfs.symlink(target, path),
    link: (existing, path) => vfs.link(existing, path),
    readlink: (path) => vfs.readlink(path),
    realpath: (path) => vfs.realpath(path),
    utimes: (path, atime, mtime) => vfs.utimes(path, atime, mtime),
  };
}

/**
 * Writes, and makes the directories that are missing, as all filesystems of just-bash do. Without that a redirection
 * into one would not fail in the script: `exec` itself would reject.
 */
async function withParents(vfs: Vfs, path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (reason) {
    if (!isVfsError(reason, "ENOENT")) throw reason;
    await vfs.mkdir(posix.dirname(path), { recursive: true });
    await write();
  }
}

/** An empty directory goes without being asked twice: `rmdir` of the shell comes this way. */
async function remove(
  vfs: Vfs,
  path: string,
  { recursive = false, force = false }: { recursive?: boolean; force?: boolean } = {},
): Promise<void> {
  if (recursive) return vfs.rm(path, { recursive, force });
  const found = await vfs.lstat(path, { throwIfNoEntry: !force });
  if (found?.isDirectory()) return vfs.rmdir(path);
  return vfs.rm(path, { force });
}

/** Everything that can be listed without waiting. */
function* pathsBelow(sync: VfsSync, directory: string): Generator<string> {
  const base = directory === "/" ? "" : directory;
  for (const { name, type } of entriesNow(sync, directory)) {
    const path = `${base}/${name}`;
    yield path;
    if (type === "directory") yield* pathsBelow(sync, path);
  }
}

function entriesNow(sync: VfsSync, directory: string): { name: string; type: Stats["type"] }[] {
  try {
    return sync.readdir(directory, { withFileTypes: true });
  } catch (reason) {
    // It must wait, or it may not be seen, or it has gone meanwhile: the list has no way to say so.
    if (isVfsError(reason)) return [];
    throw reason;
  }
}

function describe(stats: Stats): BashStat {
  const { type, mode, size, mtime, dev, ino } = stats;
  const told: BashStat = { ...typed(type), mode: mode & 0o7777, size, mtime };
  return ino === 0 ? told : Object.assign(told, { dev, ino, identity: `${dev}:${ino}` });
}

function typed(type: Stats["type"]): Pick<BashStat, "isFile" | "isDirectory" | "isSymbolicLink"> {
  return {
    isFile: type === "file",
    isDirectory: type === "directory",
    isSymbolicLink: type === "symlink",
  };
}

function bytesOf(content: string | Uint8Array, options: EncodingOption | undefined): Uint8Array {
  return typeof content === "string" ? Buffer.from(content, encodingOf(options)) : content;
}

function encodingOf(options: EncodingOption | undefined): TextEncoding {
  return (typeof options === "string" ? options : options?.encoding) ?? "utf8";
}

/** The same bytes, with the encodings that a Buffer knows. */
function buffered({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function byName(a: BashDirent, b: BashDirent): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
