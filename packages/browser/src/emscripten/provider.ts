import {
  capabilities,
  isVfsError,
  linkMet,
  namesOf,
  timeOfChange,
  VfsError,
  type Bytes,
  type Capabilities,
  type Context,
  type Entry,
  type ErrorCode,
  type ListOptions,
  type MkdirOptions,
  type Page,
  type Provider,
  type ReadOptions,
  type RemoveOptions,
  type RenameOptions,
  type Stat,
  type StatChanges,
  type StatOptions,
  type VPath,
  type WriteOptions,
} from "@vfs/core";
import { codeOf, type EmscriptenFs, type EmscriptenStat, type EmscriptenStream } from "./types.ts";

const CAPS: Capabilities = capabilities({
  write: true,
  sync: true,
  keeps: "inode",
  truncate: true,
  rename: "tree",
  listStat: true,
  modes: true,
  times: "all",
  symlinks: true,
});

const READ_ONLY = 0;
const CREATE_EMPTY_AND_WRITE = 0o1 | 0o100 | 0o1000;
const SET_GID = 0o2000;
const PERMISSIONS = 0o7777;

export interface EmscriptenOptions {
  /** `Module.FS`, or `pyodide.FS`, of a module that runs. */
  readonly FS: EmscriptenFs;
  /** The directory that is the root of the store; it must be there. `/` unless told. */
  readonly root?: string | undefined;
}

/**
 * The files of an Emscripten module that runs in the page: what Pyodide, or any other program compiled with Emscripten,
 * has in its memory and mounts. It never waits.
 *
 * @throws TypeError when `FS` is none.
 * @example
 * const vfs = createVfs(emscripten({ FS: pyodide.FS, root: "/home/pyodide" }));
 */
export function emscripten({ FS, root = "/" }: EmscriptenOptions): Provider {
  if (typeof FS?.readdir !== "function")
    throw new TypeError("FS must be the file system of an Emscripten module: pass pyodide.FS or Module.FS");
  return new EmscriptenProvider(FS, root === "/" ? "" : root.replace(/\/+$/, ""));
}

class EmscriptenProvider implements Provider {
  readonly name = "emscripten";
  readonly caps: Capabilities = CAPS;
  readonly #fs: EmscriptenFs;
  readonly #root: string;

  constructor(fs: EmscriptenFs, root: string) {
    this.#fs = fs;
    this.#root = root;
  }

  stat(path: VPath, { follow }: StatOptions, _ctx: Context): Stat {
    const at = this.#way(path, follow === true);
    return this.#try(() => this.#toStat(this.#fs.lstat(at), at));
  }

  read(path: VPath, { offset = 0, length = Infinity }: ReadOptions, _ctx: Context): Bytes {
    return this.#opened(path, READ_ONLY, (stream, size) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      const count = bytes.length === 0 ? 0 : this.#fs.read(stream, bytes, 0, bytes.length, offset);
      return count < bytes.length ? bytes.slice(0, count) : bytes;
    });
  }

  list(path: VPath, { stat = false }: ListOptions, _ctx: Context): Page<Entry> {
    const at = this.#way(path, true);
    return this.#try(() => {
      if (!this.#fs.isDir(this.#fs.lstat(at).mode)) throw new VfsError("ENOTDIR");
      const names = this.#fs.readdir(at).filter((name) => name !== "." && name !== "..");
      return { items: names.map((name) => this.#entry(at, name, stat)) };
    });
  }

  /** Nobody else runs before it is done. */
  write(path: VPath, data: Uint8Array, { mode, mtimeMs }: WriteOptions, _ctx: Context): Stat {
    const at = this.#way(path, true);
    return this.#try(() => {
      const before = time(this.#find(at)?.mtime ?? 0);
      const stream = this.#fs.open(at, CREATE_EMPTY_AND_WRITE, mode ?? 0o644);
      try {
        if (data.length > 0) this.#fs.write(stream, data, 0, data.length, 0);
      } finally {
        this.#fs.close(stream);
      }
      const { atime } = this.#fs.lstat(at);
      this.#fs.utime(at, time(atime), mtimeMs ?? timeOfChange(before, Date.now()));
      return this.#toStat(this.#fs.lstat(at), at);
    });
  }

  truncate(path: VPath, size: number, _ctx: Context): void {
    const at = this.#way(path, true);
    this.#try(() => {
      const { atime, mtime } = this.#fs.lstat(at);
      this.#fs.truncate(at, size);
      this.#fs.utime(at, time(atime), timeOfChange(time(mtime), Date.now()));
    });
  }

  mkdir(path: VPath, { mode = 0o755 }: MkdirOptions, _ctx: Context): void {
    const at = this.#way(path, false);
    this.#try(() => {
      const parent = at.slice(0, at.lastIndexOf("/")) || "/";
      const inherited = this.#fs.lstat(parent).mode & SET_GID;
      this.#fs.mkdir(at, mode);
      if (inherited !== 0) this.#fs.chmod(at, mode | inherited);
    });
  }

  remove(path: VPath, { kind }: RemoveOptions, _ctx: Context): void {
    const at = this.#way(path, false);
    this.#try(() => {
      const isDirectory = this.#fs.isDir(this.#fs.lstat(at).mode);
      if (kind === "file" && isDirectory) throw new VfsError("EISDIR", { hint: "use rmdir or rm" });
      if (kind === "directory" && !isDirectory) throw new VfsError("ENOTDIR");
      if (isDirectory) this.#fs.rmdir(at);
      else this.#fs.unlink(at);
    });
  }

  rename(path: VPath, to: VPath, { noReplace = false }: RenameOptions, _ctx: Context): void {
    const [from, at] = [this.#way(path, false), this.#way(to, false)];
    this.#try(() => {
      const source = this.#fs.lstat(from);
      if (from === at) return;
      if (from.startsWith(`${at}/`)) throw new VfsError("ENOTEMPTY");
      if (this.#fs.isDir(source.mode) && at.startsWith(`${from}/`))
        throw new VfsError("EINVAL", { hint: "a directory cannot be moved into itself" });
      const target = this.#find(at);
      if (target !== undefined) this.#makeWay(at, source, target, noReplace);
      this.#fs.rename(from, at);
    });
  }

  /** Emscripten is not particular about what it replaces. */
  #makeWay(at: string, source: EmscriptenStat, target: EmscriptenStat, noReplace: boolean): void {
    if (noReplace) throw new VfsError("EEXIST");
    const [comes, is] = [this.#fs.isDir(source.mode), this.#fs.isDir(target.mode)];
    if (comes && !is) throw new VfsError("ENOTDIR");
    if (!comes && is) throw new VfsError("EISDIR");
    if (is) this.#fs.rmdir(at);
  }

  setStat(
    path: VPath,
    { mode, atimeMs, mtimeMs }: StatChanges,
    { follow }: StatOptions,
    _ctx: Context,
  ): void {
    const at = this.#way(path, follow === true);
    this.#try(() => {
      const stat = this.#fs.lstat(at);
      if (mode !== undefined) this.#fs.chmod(at, mode, true);
      if (atimeMs === undefined && mtimeMs === undefined) return;
      const [atime, mtime] = [atimeMs ?? time(stat.atime), mtimeMs ?? time(stat.mtime)];
      if (!this.#fs.isLink(stat.mode)) return this.#fs.utime(at, atime, mtime);
      const { node } = this.#fs.lookupPath(at, { follow: false });
      node.node_ops.setattr?.(node, { atime, mtime });
    });
  }

  symlink(path: VPath, target: string, _ctx: Context): void {
    const at = this.#way(path, false);
    this.#try(() => {
      if (this.#find(at) !== undefined) throw new VfsError("EEXIST");
      this.#fs.symlink(target, at);
    });
  }

  readlink(path: VPath, _ctx: Context): string {
    const at = this.#way(path, false);
    return this.#try(() => {
      if (!this.#fs.isLink(this.#fs.lstat(at).mode))
        throw new VfsError("EINVAL", { hint: "it is no symbolic link" });
      return this.#fs.readlink(at);
    });
  }

  /** Where a path lies in the module, once it is known that no link is on it. */
  #way(path: VPath, last: boolean): string {
    let at = this.#root;
    const names = namesOf(path);
    let inside = "";
    for (const [i, name] of names.entries()) {
      const isLast = i === names.length - 1;
      at += `/${name}`;
      inside += `/${name}`;
      if (isLast && !last) break;
      const stat = this.#find(at);
      if (stat === undefined) {
        if (isLast) break;
        throw new VfsError("ENOENT");
      }
      if (this.#fs.isLink(stat.mode)) throw linkMet(path, inside as VPath, this.#fs.readlink(at));
      if (!isLast && !this.#fs.isDir(stat.mode)) throw new VfsError("ENOTDIR");
    }
    return at === "" ? "/" : at;
  }

  #find(at: string): EmscriptenStat | undefined {
    try {
      return this.#fs.lstat(at);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw toVfsError(error);
    }
  }

  #opened<T>(path: VPath, flags: number, use: (stream: EmscriptenStream, size: number) => T): T {
    const at = this.#way(path, true);
    return this.#try(() => {
      const { mode, size } = this.#fs.lstat(at);
      if (this.#fs.isDir(mode)) throw new VfsError("EISDIR");
      const stream = this.#fs.open(at, flags);
      try {
        return use(stream, size);
      } finally {
        this.#fs.close(stream);
      }
    });
  }

  #entry(directory: string, name: string, withStat: boolean): Entry {
    const at = `${directory === "/" ? "" : directory}/${name}`;
    const stat = this.#toStat(this.#fs.lstat(at), at);
    return withStat ? { name, type: stat.type, stat } : { name, type: stat.type };
  }

  #toStat(stat: EmscriptenStat, at: string): Stat {
    const { mode, mtime, atime, ctime } = stat;
    const type = this.#fs.isDir(mode)
      ? "directory"
      : this.#fs.isLink(mode)
        ? "symlink"
        : this.#fs.isFile(mode)
          ? "file"
          : "other";
    const size =
      type === "file" ? stat.size : type === "symlink" ? encoder.encode(this.#fs.readlink(at)).length : 0;
    const [mtimeMs, atimeMs, ctimeMs] = [time(mtime), time(atime), time(ctime)];
    return { type, size, mode: mode & PERMISSIONS, mtimeMs, atimeMs, ctimeMs };
  }

  #try<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw toVfsError(error);
    }
  }
}

const encoder = new TextEncoder();

function time(at: Date | number): number {
  return typeof at === "number" ? at : at.getTime();
}

function toVfsError(error: unknown): unknown {
  if (isVfsError(error)) return error;
  const code = codeOf(error);
  return code === undefined ? error : new VfsError(code as ErrorCode, { cause: error });
}
