import { AsyncLocalStorage } from "node:async_hooks";
import { posix } from "node:path";
import { HostError } from "../../python/guest/channel.ts";
import type { Files } from "../../guest/files.ts";
import type { WireStat } from "../../protocol.ts";
import type { FileSystem } from "./bash.ts";

type Encoding = Parameters<FileSystem["readFile"]>[1];

const O_RDONLY = 0;
const O_WRITE = 1 | 64 | 512;
const O_APPEND = 1 | 64 | 1024;
const BLOCK_BYTES = 1 << 20;

/**
 * The filesystem of a shell: the host's files at their mount, live, and beside it a small one in memory, for `/tmp` and
 * whatever else a script takes for granted.
 *
 * @param mostBytes How large a file may be that is read whole, which is how just-bash reads.
 */
export function liveFileSystem(
  files: Files,
  mountPaths: readonly string[],
  beside: FileSystem,
  mostBytes: number,
): FileSystem {
  const live = new LiveFileSystem(files, mostBytes);
  const isLive = (path: unknown): boolean =>
    typeof path === "string" && mountPaths.some((one) => path === one || path.startsWith(`${one}/`));
  const both: Record<string, unknown> = {};
  const inContext = AsyncLocalStorage.snapshot();
  for (const name of METHODS) {
    const act = live[name] as (...args: unknown[]) => unknown;
    const actBeside = beside[name] as (...args: unknown[]) => unknown;
    // just-bash takes the clock and more away from what runs on behalf of a script. This is the program's own code.
    both[name] = (...args: unknown[]) =>
      inContext(async () => {
        const path = name === "symlink" ? args[1] : args[0];
        // There it stays empty.
        if (path === "/dev/null" && (name === "writeFile" || name === "appendFile")) return undefined;
        return isLive(path) ? told(() => act.apply(live, args), String(path)) : actBeside.apply(beside, args);
      });
  }
  const across = { isLive, live, beside };
  return {
    ...(both as unknown as FileSystem),
    cp: (from, to, options) =>
      inContext(() => told(() => copy(across, from, to, options?.recursive ?? false), from)),
    mv: (from, to) => inContext(() => told(() => move(across, from, to), from)),
    resolvePath: (base, path) => posix.resolve("/", base, path),
    getAllPaths: () => [],
  };
}

const METHODS = [
  ...([
    "readFile",
    "readFileBytes",
    "readFileBuffer",
    "writeFile",
    "appendFile",
    "exists",
    "stat",
    "lstat",
  ] as const),
  ...(["mkdir", "readdir", "readdirWithFileTypes", "rm", "chmod", "symlink", "link", "readlink"] as const),
  ...(["realpath", "utimes"] as const),
];

interface Across {
  readonly isLive: (path: string) => boolean;
  readonly live: LiveFileSystem;
  readonly beside: FileSystem;
}

/** Errors as just-bash expects them: it knows them by their texts. */
async function told<T>(action: () => T | Promise<T>, path: string): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new Error(`${error.code}: ${TEXTS[error.code] ?? (error.message || "it failed")}, '${path}'`, {
      cause: error,
    });
  }
}

const TEXTS: Readonly<Record<string, string | undefined>> = {
  ENOENT: "no such file or directory",
  EEXIST: "file already exists",
  EISDIR: "illegal operation on a directory",
  ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty",
  EACCES: "permission denied",
  EROFS: "read-only file system",
  ELOOP: "too many levels of symbolic links",
  ENOSPC: "no space left on device",
  EDQUOT: "disk quota exceeded",
  EFBIG: "file too large",
  EXDEV: "invalid cross-device link",
};

async function copy(
  { isLive, live, beside }: Across,
  from: string,
  to: string,
  recursive: boolean,
): Promise<void> {
  const [source, target] = [from, to].map((path) => (isLive(path) ? live : beside)) as [
    FileSystem,
    FileSystem,
  ];
  if (source === target && source === beside) return beside.cp(from, to, { recursive });
  const { isDirectory, isSymbolicLink, mode } = await source.lstat(from);
  if (isSymbolicLink) return target.symlink(await source.readlink(from), to);
  if (!isDirectory) {
    await target.writeFile(to, await source.readFileBuffer(from));
    return target.chmod(to, mode & 0o777);
  }
  if (!recursive) throw new HostError("EISDIR", "");
  await target.mkdir(to, { recursive: true });
  for (const name of await source.readdir(from))
    await copy({ isLive, live, beside }, `${from}/${name}`, `${to}/${name}`, true);
}

async function move(across: Across, from: string, to: string): Promise<void> {
  const { isLive, live, beside } = across;
  if (isLive(from) && isLive(to)) return live.mv(from, to);
  if (!isLive(from) && !isLive(to)) return beside.mv(from, to);
  await copy(across, from, to, true);
  await (isLive(from) ? live : beside).rm(from, { recursive: true });
}

class LiveFileSystem implements FileSystem {
  readonly #files: Files;
  readonly #mostBytes: number;

  constructor(files: Files, mostBytes: number) {
    this.#files = files;
    this.#mostBytes = mostBytes;
  }

  async readFile(path: string, options?: Encoding): Promise<string> {
    return this.#read(path).toString(encodingOf(options));
  }

  async readFileBytes(path: string): Promise<never> {
    return this.#read(path).toString("latin1") as never;
  }

  async readFileBuffer(path: string): Promise<Uint8Array> {
    return this.#read(path);
  }

  async writeFile(path: string, content: string | Uint8Array, options?: Encoding): Promise<void> {
    this.#write(path, O_WRITE, content, options);
  }

  async appendFile(path: string, content: string | Uint8Array, options?: Encoding): Promise<void> {
    this.#write(path, O_APPEND, content, options);
  }

  async exists(path: string): Promise<boolean> {
    try {
      this.#files.stat(path);
      return true;
    } catch (error) {
      if (error instanceof HostError) return false;
      throw error;
    }
  }

  async stat(path: string): ReturnType<FileSystem["stat"]> {
    return described(this.#files.stat(path));
  }

  async lstat(path: string): ReturnType<FileSystem["lstat"]> {
    return described(this.#files.lstat(path));
  }

  async mkdir(path: string, { recursive = false }: { recursive?: boolean } = {}): Promise<void> {
    if (!recursive) return this.#files.mkdir(path, 0o777);
    this.#makeAll(path);
  }

  async readdir(path: string): Promise<string[]> {
    return this.#files
      .readdir(path)
      .map(([name]) => name)
      .toSorted();
  }

  async readdirWithFileTypes(path: string): ReturnType<NonNullable<FileSystem["readdirWithFileTypes"]>> {
    const entries = this.#files.readdir(path).map(([name, type]) => Object.assign(typed(type), { name }));
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  }

  async rm(
    path: string,
    { recursive = false, force = false }: { recursive?: boolean; force?: boolean } = {},
  ): Promise<void> {
    try {
      this.#remove(path, recursive);
    } catch (error) {
      if (!force || !(error instanceof HostError) || error.code !== "ENOENT") throw error;
    }
  }

  /** Within the mount; see `copy`. */
  cp(): Promise<void> {
    return Promise.reject(new HostError("ENOTSUP", ""));
  }

  async mv(from: string, to: string): Promise<void> {
    this.#files.rename(from, to);
  }

  resolvePath(base: string, path: string): string {
    return posix.resolve("/", base, path);
  }

  getAllPaths(): string[] {
    return [];
  }

  async chmod(path: string, mode: number): Promise<void> {
    this.#files.chmod(path, mode);
  }

  async symlink(target: string, path: string): Promise<void> {
    this.#files.symlink(path, target);
  }

  async link(existing: string, path: string): Promise<void> {
    this.#files.link(existing, path);
  }

  async readlink(path: string): Promise<string> {
    return this.#files.readlink(path);
  }

  async realpath(path: string): Promise<string> {
    return this.#files.realpath(path);
  }

  async utimes(path: string, atime: Date, mtime: Date): Promise<void> {
    this.#files.utimes(path, atime.getTime(), mtime.getTime(), false);
  }

  #read(path: string): Buffer {
    const fd = this.#files.open(path, O_RDONLY, 0);
    try {
      const size = this.#files.fstat(fd)[2];
      if (size > this.#mostBytes) throw new HostError("EFBIG", "");
      const bytes = Buffer.alloc(size);
      return bytes.subarray(0, this.#files.read(fd, -1, bytes));
    } finally {
      this.#files.close(fd);
    }
  }

  /** As in all filesystems of just-bash, directories that are missing are made: a failing redirection ends the script. */
  #write(path: string, flags: number, content: string | Uint8Array, options: Encoding): void {
    const bytes = typeof content === "string" ? Buffer.from(content, encodingOf(options)) : content;
    const fd = this.#openWithParents(path, flags);
    try {
      for (let at = 0; at < bytes.length; at += BLOCK_BYTES)
        this.#files.write(fd, -1, bytes.subarray(at, at + BLOCK_BYTES));
    } finally {
      this.#files.close(fd);
    }
  }

  #openWithParents(path: string, flags: number): number {
    try {
      return this.#files.open(path, flags, 0o666);
    } catch (error) {
      if (!(error instanceof HostError) || error.code !== "ENOENT") throw error;
      this.#makeAll(posix.dirname(path));
      return this.#files.open(path, flags, 0o666);
    }
  }

  #makeAll(path: string): void {
    const parts = path.split("/").filter(Boolean);
    for (let i = 1; i <= parts.length; i++) {
      const at = `/${parts.slice(0, i).join("/")}`;
      if (!this.#files.is(at, "directory")) this.#files.mkdir(at, 0o777);
    }
  }

  #remove(path: string, recursive: boolean): void {
    if (this.#files.lstat(path)[0] !== "directory") return this.#files.remove("unlink", path);
    if (recursive) for (const [name] of this.#files.readdir(path)) this.#remove(`${path}/${name}`, true);
    this.#files.remove("rmdir", path);
  }
}

function described([type, mode, size, mtimeMs, , , ino]: WireStat): Awaited<ReturnType<FileSystem["stat"]>> {
  const known = ino === 0 ? {} : { dev: 2, ino, identity: `live:${ino}` };
  return { ...typed(type), mode, size, mtime: new Date(mtimeMs), ...known };
}

function typed(type: WireStat[0]): { isFile: boolean; isDirectory: boolean; isSymbolicLink: boolean } {
  return { isFile: type === "file", isDirectory: type === "directory", isSymbolicLink: type === "symlink" };
}

function encodingOf(options: Encoding): BufferEncoding {
  const name = typeof options === "string" ? options : options?.encoding;
  return name ?? "utf8";
}
