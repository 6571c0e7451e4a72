import { isVfsError, VfsError, type FileHandle, type Stats, type Vfs } from "@vfs/core";
import {
  numberOf,
  TYPE_MASK,
  TYPES,
  type EmscriptenFs,
  type EmscriptenNode,
  type EmscriptenStat,
  type EmscriptenStream,
} from "./types.ts";

const ACCESS_MODE = 0o3;
const WRITE_ONLY = 0o1;
const READ_WRITE = 0o2;
const APPEND = 0o2000;
const SEEK_CUR = 1;
const SEEK_END = 2;

/** What {@link mountInto} needs of Pyodide, or of any other module that exports its `FS`. */
export interface EmscriptenHost {
  readonly FS: EmscriptenFs;
}

/** Something that is mounted into an Emscripten module. */
export interface EmscriptenMount extends Disposable {
  /** Takes it away. Files of it that are open in the module must be closed first. */
  unmount(): void;
}

/**
 * Mounts a synchronous Vfs into a running Pyodide, or another module of Emscripten, at a path that is made when it is not
 * there. Every file call of the program is one of the Vfs: nothing is copied in or out.
 *
 * The Vfs must not have to wait: `memory()`, `openOpfsSync()` in the worker that Python runs in, or another module's files.
 * For one that waits, run Python by `@vfs/sandbox`.
 *
 * @throws VfsError `ENOTSUP` for a Vfs whose root must wait; TypeError when `host` has no `FS`.
 * @example
 * mountInto(pyodide, "/data", vfs);
 * pyodide.runPython("open('/data/a.txt', 'w').write('hi')");
 */
export function mountInto(host: EmscriptenHost, path: string, vfs: Vfs): EmscriptenMount {
  const { FS } = host;
  if (typeof FS?.createNode !== "function")
    throw new TypeError("host must be a running Pyodide, or a module that exports FS");
  if (!vfs.capabilities("/").sync)
    throw new VfsError("ENOTSUP", {
      reason: "unsupported",
      hint: "a program of Emscripten cannot wait for files: mount a Vfs that is synchronous (openOpfsSync in a worker, memory), or run Python by @vfs/sandbox",
    });
  const parts = path.split("/").filter((name) => name !== "");
  for (const [i] of parts.entries()) makeDirectory(FS, `/${parts.slice(0, i + 1).join("/")}`);
  new Mounted(FS, vfs).mount(path);
  const unmount = (): void => FS.unmount(path);
  return { unmount, [Symbol.dispose]: unmount };
}

function makeDirectory(FS: EmscriptenFs, path: string): void {
  try {
    FS.mkdir(path);
  } catch (error) {
    if ((error as { errno?: number }).errno !== numberOf("EEXIST")) throw error;
  }
}

/** What is to change in a file; times in milliseconds. */
interface Attributes {
  readonly mode?: number;
  readonly size?: number;
  readonly atime?: number | null;
  readonly mtime?: number | null;
  readonly timestamp?: number;
  readonly dontFollow?: boolean;
}

/** A file system type of Emscripten, over a Vfs. */
class Mounted {
  readonly #fs: EmscriptenFs;
  readonly #sync: Vfs["sync"];
  /** Open files by the number that their streams carry. */
  readonly #handles = new Map<number, FileHandle<"sync">>();
  #lastHandle = 0;
  readonly #nodeOps: EmscriptenNode["node_ops"];
  readonly #streamOps: object;

  constructor(fs: EmscriptenFs, vfs: Vfs) {
    this.#fs = fs;
    this.#sync = vfs.sync;
    this.#nodeOps = this.#guarded(this.#makeNodeOps());
    this.#streamOps = this.#guarded(this.#makeStreamOps());
  }

  mount(path: string): void {
    const type = { mount: () => this.#withOps(this.#fs.createNode(null, "/", TYPES.directory | 0o755)) };
    this.#fs.mount(type, {}, path);
  }

  #makeNodeOps(): Record<string, (...args: never[]) => unknown> {
    const sync = this.#sync;
    return {
      getattr: (node: EmscriptenNode) => attributesOf(sync.lstat(pathOf(node)), node),
      setattr: (node: EmscriptenNode, attributes: Attributes) => this.#setAttributes(node, attributes),
      lookup: (parent: EmscriptenNode, name: string) => this.#lookup(parent, name),
      mknod: (parent: EmscriptenNode, name: string, mode: number) => this.#make(parent, name, mode),
      rename: (node: EmscriptenNode, directory: EmscriptenNode, name: string) => {
        sync.rename(pathOf(node), childOf(directory, name));
        node.name = name;
        // Emscripten remembers a renamed node by its new name, until it is told to ask again.
        queueMicrotask(() => this.#fs.hashRemoveNode(node));
      },
      unlink: (parent: EmscriptenNode, name: string) => sync.unlink(childOf(parent, name)),
      rmdir: (parent: EmscriptenNode, name: string) => sync.rmdir(childOf(parent, name)),
      readdir: (node: EmscriptenNode) => [".", "..", ...sync.readdir(pathOf(node))],
      symlink: (parent: EmscriptenNode, name: string, target: string) => {
        sync.symlink(target, childOf(parent, name));
        return this.#node(parent, name, TYPES.symlink | 0o777);
      },
      readlink: (node: EmscriptenNode) => sync.readlink(pathOf(node)),
    };
  }

  #makeStreamOps(): Record<string, (...args: never[]) => unknown> {
    return {
      open: (stream: EmscriptenStream) => this.#open(stream),
      dup: ({ shared }: EmscriptenStream) => {
        if (shared.vfsCount !== undefined) shared.vfsCount++;
      },
      close: (stream: EmscriptenStream) => this.#close(stream),
      getattr: (stream: EmscriptenStream) => attributesOf(this.#handle(stream).stat(), stream.node),
      read: (stream: EmscriptenStream, into: Int8Array, offset: number, length: number, position: number) =>
        this.#handle(stream).read(bytesIn(into, offset, length), 0, length, position).bytesRead,
      write: (stream: EmscriptenStream, from: Int8Array, offset: number, length: number, position: number) =>
        this.#write(stream, bytesIn(from, offset, length), position),
      llseek: (stream: EmscriptenStream, offset: number, whence: number) => {
        const base =
          whence === SEEK_CUR ? stream.position : whence === SEEK_END ? this.#handle(stream).stat().size : 0;
        if (base + offset < 0) throw new VfsError("EINVAL");
        return base + offset;
      },
      fsync: (stream: EmscriptenStream) => {
        if (stream.shared.vfsHandle !== undefined) this.#handle(stream).sync();
        return 0;
      },
    };
  }

  #lookup(parent: EmscriptenNode, name: string): EmscriptenNode {
    const stats = this.#sync.lstat(childOf(parent, name));
    const node = this.#node(parent, name, modeOf(stats));
    if (stats.ino > 0) node.id = stats.ino;
    return node;
  }

  #make(parent: EmscriptenNode, name: string, mode: number): EmscriptenNode {
    const path = childOf(parent, name);
    const kind = mode & TYPE_MASK;
    if (kind === TYPES.directory) this.#sync.mkdir(path, mode & 0o7777);
    else if (kind === TYPES.file) this.#sync.writeFile(path, "", { mode: mode & 0o7777, flag: "wx" });
    else throw new VfsError("EPERM", { hint: "only files, directories and links can be made" });
    return this.#node(parent, name, mode);
  }

  #setAttributes(node: EmscriptenNode, { mode, size, atime, mtime, timestamp }: Attributes): void {
    const path = pathOf(node);
    const isLink = (node.mode & TYPE_MASK) === TYPES.symlink;
    if (size !== undefined) this.#sync.truncate(path, size);
    if (mode !== undefined && !isLink) {
      if ((mode & 0o7777) !== (node.mode & 0o7777)) this.#sync.chmod(path, mode & 0o7777);
      node.mode = (node.mode & TYPE_MASK) | (mode & 0o7777);
    }
    const [accessed, modified] = [atime ?? timestamp, mtime ?? timestamp];
    if (accessed === undefined && modified === undefined) return;
    const before = this.#sync.lstat(path);
    const times = [(accessed ?? before.atimeMs) / 1000, (modified ?? before.mtimeMs) / 1000] as const;
    if (isLink) this.#sync.lutimes(path, ...times);
    else this.#sync.utimes(path, ...times);
  }

  #open(stream: EmscriptenStream): void {
    if ((stream.node.mode & TYPE_MASK) === TYPES.directory) return;
    const access = stream.flags & ACCESS_MODE;
    const appends = (stream.flags & APPEND) !== 0;
    // Emscripten has made the file, or emptied it, by the time that it opens it.
    const flags =
      access === 0 ? 0 : (access === WRITE_ONLY ? WRITE_ONLY : READ_WRITE) | (appends ? APPEND : 0);
    const number = ++this.#lastHandle;
    this.#handles.set(number, this.#sync.open(pathOf(stream.node), flags));
    stream.shared.vfsHandle = number;
    stream.shared.vfsCount = 1;
  }

  #close({ shared }: EmscriptenStream): void {
    const { vfsHandle, vfsCount = 0 } = shared;
    if (vfsHandle === undefined) return;
    shared.vfsCount = vfsCount - 1;
    if (shared.vfsCount > 0) return;
    const handle = this.#handles.get(vfsHandle);
    this.#handles.delete(vfsHandle);
    handle?.close();
  }

  #write(stream: EmscriptenStream, data: Uint8Array, position: number): number {
    const handle = this.#handle(stream);
    const appends = (stream.flags & APPEND) !== 0;
    const { bytesWritten } = handle.write(data, 0, data.length, appends ? null : position);
    // Emscripten took the end of the file before the write; another writer may have moved it.
    if (appends) stream.position = handle.stat().size - bytesWritten;
    return bytesWritten;
  }

  #handle({ shared }: EmscriptenStream): FileHandle<"sync"> {
    const handle = this.#handles.get(shared.vfsHandle ?? -1);
    if (handle === undefined) throw new VfsError("EBADF");
    return handle;
  }

  /** A node that Emscripten does not remember, so that each look-up asks again. */
  #node(parent: EmscriptenNode, name: string, mode: number): EmscriptenNode {
    const node = this.#withOps(this.#fs.createNode(parent, name, mode));
    this.#fs.hashRemoveNode(node);
    return node;
  }

  #withOps(node: EmscriptenNode): EmscriptenNode {
    return Object.assign(node, { node_ops: this.#nodeOps, stream_ops: this.#streamOps });
  }

  /** Failures as Emscripten has them. */
  #guarded(operations: Record<string, (...args: never[]) => unknown>): object {
    const guard =
      (operation: (...args: never[]) => unknown) =>
      (...args: never[]): unknown => {
        try {
          return operation(...args);
        } catch (error) {
          throw isVfsError(error) ? new this.#fs.ErrnoError(numberOf(error.code)) : error;
        }
      };
    return Object.fromEntries(
      Object.entries(operations).map(([name, operation]) => [name, guard(operation)]),
    );
  }
}

/** Where a node lies, from the root of the mount. */
function pathOf(node: EmscriptenNode): string {
  const names: string[] = [];
  for (let at = node; at.parent !== at; at = at.parent) names.push(at.name);
  return `/${names.toReversed().join("/")}`;
}

function childOf(parent: EmscriptenNode, name: string): string {
  const directory = pathOf(parent);
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

function modeOf(stats: Stats): number {
  const type = stats.isDirectory() ? TYPES.directory : stats.isSymbolicLink() ? TYPES.symlink : TYPES.file;
  return type | (stats.mode & 0o7777);
}

function attributesOf(stats: Stats, node: EmscriptenNode): EmscriptenStat & Record<string, unknown> {
  const size = stats.isDirectory() ? 4096 : stats.size;
  return {
    dev: 1,
    // SQLite takes a file whose number changes for another file.
    ino: stats.ino > 0 ? stats.ino : node.id,
    mode: modeOf(stats),
    nlink: stats.nlink,
    uid: stats.uid,
    gid: stats.gid,
    rdev: 0,
    size,
    atime: new Date(stats.atimeMs),
    mtime: new Date(stats.mtimeMs),
    ctime: new Date(stats.ctimeMs),
    blksize: 65_536,
    blocks: Math.ceil(size / 512),
  };
}

/** Emscripten hands over its memory as signed bytes. */
function bytesIn(buffer: Int8Array, offset: number, length: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
}
