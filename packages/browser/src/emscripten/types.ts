/**
 * The parts of an Emscripten file system that are used here; `pyodide.FS` has them.
 *
 * @see https://emscripten.org/docs/api_reference/Filesystem-API.html
 */
export interface EmscriptenFs {
  readonly ErrnoError: new (errno: number) => Error;
  stat(path: string): EmscriptenStat;
  lstat(path: string): EmscriptenStat;
  readdir(path: string): string[];
  mkdir(path: string, mode?: number): unknown;
  rmdir(path: string): void;
  unlink(path: string): void;
  rename(from: string, to: string): void;
  symlink(target: string, path: string): unknown;
  readlink(path: string): string;
  chmod(path: string, mode: number, dontFollow?: boolean): void;
  utime(path: string, atimeMs: number, mtimeMs: number): void;
  truncate(path: string, size: number): void;
  lookupPath(path: string, options: { readonly follow: boolean }): { readonly node: EmscriptenNode };
  open(path: string, flags: number, mode?: number): EmscriptenStream;
  close(stream: EmscriptenStream): void;
  read(stream: EmscriptenStream, into: Uint8Array, offset: number, length: number, position?: number): number;
  write(
    stream: EmscriptenStream,
    data: Uint8Array,
    offset: number,
    length: number,
    position?: number,
  ): number;
  isFile(mode: number): boolean;
  isDir(mode: number): boolean;
  isLink(mode: number): boolean;
  createNode(parent: EmscriptenNode | null, name: string, mode: number, device?: number): EmscriptenNode;
  hashRemoveNode(node: EmscriptenNode): void;
  mount(type: object, options: object, path: string): unknown;
  unmount(path: string): void;
}

export interface EmscriptenStat {
  readonly mode: number;
  readonly size: number;
  readonly mtime: Date | number;
  readonly atime: Date | number;
  readonly ctime: Date | number;
}

export interface EmscriptenNode {
  readonly parent: EmscriptenNode;
  id: number;
  name: string;
  mode: number;
  node_ops: {
    readonly setattr?: (node: EmscriptenNode, attributes: Readonly<Record<string, number>>) => void;
  };
  stream_ops: object;
}

export interface EmscriptenStream {
  readonly node: EmscriptenNode;
  readonly flags: number;
  position: number;
  /** What descriptors that were `dup`ed have in common. */
  readonly shared: { vfsHandle?: number; vfsCount?: number };
}

/** The error numbers of Emscripten, which are those of WASI, by POSIX code. */
const NUMBERS: Readonly<Record<string, number>> = {
  EACCES: 2,
  EAGAIN: 6,
  EBADF: 8,
  EBUSY: 10,
  ECANCELED: 11,
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
  ENXIO: 60,
  EPERM: 63,
  EROFS: 69,
  ESTALE: 72,
  ETIMEDOUT: 73,
  EXDEV: 75,
  ENOTSUP: 138,
};

const CODES: ReadonlyMap<number, string> = new Map(
  Object.entries(NUMBERS).map(([code, number]) => [number, code]),
);

/** Emscripten's number of a POSIX code. */
export function numberOf(code: string): number {
  return NUMBERS[code] ?? NUMBERS["EIO"] ?? 29;
}

/** The POSIX code of an error of Emscripten's; undefined for any other. */
export function codeOf(error: unknown): string | undefined {
  const { errno } = (error ?? {}) as { readonly errno?: unknown };
  return typeof errno === "number" ? CODES.get(errno) : undefined;
}

export const TYPE_MASK = 0o170000;
export const TYPES = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;
