/**
 * The parts of Emscripten's runtime that the guest works with. They are not in any published types.
 *
 * @see https://emscripten.org/docs/api_reference/Filesystem-API.html
 */
export interface EmscriptenModule {
  readonly FS: EmscriptenFs;
  INITIAL_MEMORY?: number;
  readonly HEAPU8: Uint8Array;
  readonly HEAP16: Int16Array;
  readonly HEAP32: Int32Array;
  readonly HEAP64: BigInt64Array;
  readonly _malloc: (bytes: number) => number;
  readonly _PyRun_SimpleString: (text: number) => number;
  readonly _emscripten_builtin_memalign: (alignment: number, bytes: number) => number;
  instantiateWasm: (imports: WasmImports, receive: (instance: unknown, module: unknown) => void) => unknown;
}

/** What a module of WebAssembly is given. */
export interface WasmImports {
  readonly env: Record<string, unknown>;
  readonly [module: string]: Record<string, unknown>;
}

interface EmscriptenFs {
  readonly ErrnoError: new (errno: number) => Error;
  readonly filesystems: {
    readonly MEMFS: MemoryFs;
  };
  readonly streams: readonly (FsStream | null)[];
  open(path: string | FsNode, flags: number | string, mode?: number): FsStream;
  rename(from: string, to: string): void;
  createNode(parent: FsNode | null, name: string, mode: number): FsNode;
  nodePermissions(node: FsNode, wanted: string): number;
  hashRemoveNode(node: FsNode): void;
  getStreamChecked(fd: number): FsStream;
  dupStream(stream: FsStream, fd?: number): FsStream;
  close(stream: FsStream): void;
  mkdir(path: string, mode?: number): FsNode;
  mkdev(path: string, mode: number, device: number): FsNode;
  makedev(major: number, minor: number): number;
  registerDevice(device: number, operations: Partial<StreamOps>): void;
  mount(type: { mount(mount: unknown): FsNode }, options: object, path: string): FsNode;
  chdir(path: string): void;
  writeFile(path: string, data: Uint8Array): void;
  unlink(path: string): void;
  lookupPath(path: string, options: { parent?: boolean; follow?: boolean }): { readonly node: FsNode };
}

/** The files in the interpreter's own memory. */
interface MemoryFs {
  expandFileStorage: (node: MemoryNode, bytes: number) => void;
  resizeFileStorage: (node: MemoryNode, bytes: number) => void;
  readonly ops_table: { readonly file: { readonly stream: { write: StreamOps["write"] } } };
}

/** Such a file, or a directory of them. */
export interface MemoryNode extends FsNode {
  readonly parent: MemoryNode;
  readonly contents?: ArrayBufferView | Readonly<Record<string, MemoryNode>> | null;
}

export interface FsNode {
  id: number;
  readonly parent: FsNode;
  name: string;
  mode: number;
  mount: { mountpoint: string };
  /** Of the root of one of the host's mounts: what stands in front of its paths. */
  prefix?: string;
  node_ops: Partial<NodeOps>;
  stream_ops: Partial<StreamOps>;
}

export interface FsStream {
  readonly fd: number;
  readonly node: FsNode;
  readonly flags: number;
  position: number;
  /** What `dup`ed descriptors have in common. */
  readonly shared: { handle?: number; count?: number };
  stream_ops: Partial<StreamOps>;
}

/** What is to change in a file; times in milliseconds, `null` for as it is. */
export interface SetAttr {
  readonly mode?: number;
  readonly size?: number;
  readonly atime?: number | null;
  readonly mtime?: number | null;
  readonly dontFollow?: boolean;
}

export interface Attr {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly atime: { getTime(): number };
  readonly mtime: { getTime(): number };
  readonly ctime: { getTime(): number };
  readonly blksize: number;
  readonly blocks: number;
}

export interface NodeOps {
  getattr(node: FsNode): Attr;
  setattr(node: FsNode, attr: SetAttr): void;
  lookup(parent: FsNode, name: string): FsNode;
  mknod(parent: FsNode, name: string, mode: number, device: number): FsNode;
  rename(node: FsNode, directory: FsNode, name: string): void;
  unlink(parent: FsNode, name: string): void;
  rmdir(parent: FsNode, name: string): void;
  readdir(node: FsNode): string[];
  symlink(parent: FsNode, name: string, target: string): FsNode;
  readlink(node: FsNode): string;
  statfs(root: string): object;
}

export interface StreamOps {
  open(stream: FsStream): void;
  close(stream: FsStream): void;
  dup(stream: FsStream): void;
  getattr(stream: FsStream): Attr;
  setattr(stream: FsStream, attr: SetAttr): void;
  read(stream: FsStream, buffer: Int8Array, offset: number, length: number, position: number): number;
  write: (
    stream: FsStream,
    buffer: Int8Array,
    offset: number,
    length: number,
    position: number,
    ...rest: readonly unknown[]
  ) => number;
  llseek(stream: FsStream, offset: number, whence: number): number;
  fsync(stream: FsStream): number;
  mmap(stream: FsStream, length: number, position: number): { ptr: number; allocated: boolean };
  msync(stream: FsStream, buffer: Uint8Array, offset: number, length: number): number;
}

/** The error numbers of Emscripten (WASI), by POSIX code. */
const WASI_ERRNO: Readonly<Record<string, number>> = {
  EACCES: 2,
  EAGAIN: 6,
  EBADF: 8,
  EBUSY: 10,
  ECANCELED: 11,
  EDEADLK: 16,
  EDQUOT: 19,
  EEXIST: 20,
  EFBIG: 22,
  EILSEQ: 25,
  EINVAL: 28,
  EIO: 29,
  EISDIR: 31,
  ELOOP: 32,
  EMFILE: 33,
  EMLINK: 34,
  ENAMETOOLONG: 37,
  ENOENT: 44,
  ENOMEM: 48,
  ENOSPC: 51,
  ENOSYS: 52,
  ENOTDIR: 54,
  ENOTEMPTY: 55,
  ENOTSUP: 138,
  ENXIO: 60,
  EPERM: 63,
  EROFS: 69,
  ESTALE: 72,
  ETIMEDOUT: 73,
  EXDEV: 75,
};

const EIO = 29;

/** The number that WASI has for an error. */
export function errnoOf(code: string): number {
  return WASI_ERRNO[code] ?? EIO;
}

/** An error as Emscripten's file functions throw it. */
export function errnoError({ FS }: EmscriptenModule, code: string): Error {
  return new FS.ErrnoError(errnoOf(code));
}

/** Whether an error is one of Emscripten's, with this code. */
export function isErrno(error: unknown, code: string): boolean {
  return (error as { errno?: number } | undefined)?.errno === WASI_ERRNO[code];
}
