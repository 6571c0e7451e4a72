import { Dirent as NodeDirent } from "node:fs";
import {
  chain,
  isPromiseLike,
  type Awaitable,
  type Bytes,
  type Dirent,
  type FileType,
  type Flags,
  type Stats,
  type Vfs,
} from "@vfs/core";
import { toNodeStats } from "./stats.ts";

/** A verb of an asynchronous face that may also answer at once. */
type Loose<F> = F extends (...args: infer A) => Promise<infer R> ? (...args: A) => Awaitable<R> : never;

/** The verbs of either face: what is not there at once comes as a promise. */
export type Side = { readonly [K in keyof Vfs]: Loose<Vfs[K]> };

/** What `node:fs` hands on to a provider: it has looked at the arguments by then. */
interface Given {
  readonly encoding?: BufferEncoding | "buffer" | null;
  readonly flag?: Flags;
  readonly mode?: number;
  readonly signal?: AbortSignal;
  readonly flush?: boolean;
  readonly bigint?: boolean;
  readonly throwIfNoEntry?: boolean;
  readonly recursive?: boolean;
  readonly withFileTypes?: boolean;
}
type Options = Given | string | number | null | undefined;
type Data = string | ArrayBufferView;

/** The calls of a provider of `node:vfs` that have two names: `stat` and `statSync`. Each serves both faces. */
export const CALLS: Readonly<Record<string, (side: Side, ...args: never[]) => Awaitable<unknown>>> = {
  stat: (side, path: string, options: Options) =>
    chain(side.stat(path, entryOptions(options)), (stats) => shaped(stats, options)),
  lstat: (side, path: string, options: Options) =>
    chain(side.lstat(path, entryOptions(options)), (stats) => shaped(stats, options)),
  readdir,
  readFile,
  writeFile: (side, path: string, data: Data, options: Options) => write(side, path, data, options, "w"),
  appendFile: (side, path: string, data: Data, options: Options) => write(side, path, data, options, "a"),
  mkdir: (side, path: string, options: Options) =>
    side.mkdir(path, typeof options === "number" ? options : given(options)),
  rmdir: (side, path: string) => side.rmdir(path),
  unlink: (side, path: string) => side.unlink(path),
  rename: (side, path: string, to: string) => side.rename(path, to),
  copyFile: (side, path: string, to: string, mode?: number) => side.copyFile(path, to, mode),
  realpath: (side, path: string) => side.realpath(path),
  access: (side, path: string, mode?: number) => side.access(path, mode),
  exists: (side, path: string) => side.exists(path),
  link: (side, path: string, to: string) => side.link(path, to),
  symlink: (side, target: string, path: string) => side.symlink(target, path),
  readlink: (side, path: string) => side.readlink(path),
  chmod: (side, path: string, mode: number) => side.chmod(path, mode),
  chown: (side, path: string, uid: number, gid: number) => side.chown(path, uid, gid),
  lchown: (side, path: string, uid: number, gid: number) => side.lchown(path, uid, gid),
  utimes: (side, path: string, atime: Time, mtime: Time) => side.utimes(path, seconds(atime), seconds(mtime)),
  lutimes: (side, path: string, atime: Time, mtime: Time) =>
    side.lutimes(path, seconds(atime), seconds(mtime)),
};

type Time = string | number | Date;

function write(side: Side, path: string, data: Data, options: Options, usual: Flags): Awaitable<void> {
  const { encoding, flag = usual, mode, signal, flush } = given(options);
  return side.writeFile(path, contentOf(data, encoding), { flag, mode, signal, durable: flush });
}

function readFile(side: Side, path: string, options: Options): Awaitable<string | Buffer> {
  const { encoding, flag = "r", signal } = given(options);
  // Other flags make the file, or refuse to.
  const opened = flag === "r" ? undefined : chain(side.open(path, flag), (handle) => handle.close());
  return chain(opened, () =>
    chain(side.readFile(path, { signal }), (bytes) => decoded(bytes as Bytes, encoding)),
  );
}

function readdir(side: Side, path: string, options: Options): Awaitable<(string | NodeDirent)[]> {
  const { recursive = false, withFileTypes = false } = given(options);
  if (!withFileTypes) return side.readdir(path, { recursive }) as Awaitable<string[]>;
  const entries = side.readdir(path, { recursive, withFileTypes }) as Awaitable<Dirent[]>;
  // What comes at once Node finishes itself: puts the directory in, and takes the name of a recursive listing apart.
  if (!isPromiseLike(entries))
    return entries.map((entry) => toDirent(entry.path.slice(endOf(path)), entry, path));
  return entries.then((all) => all.map((entry) => toDirent(entry.name, entry, entry.parentPath)));
}

// Its types leave the constructor out.
const DirentClass = NodeDirent as unknown as new (
  name: string,
  type: number,
  parentPath: string,
) => NodeDirent;

// libuv's UV_DIRENT_FILE and so on.
const TYPES: Readonly<Record<FileType, number>> = { file: 1, directory: 2, symlink: 3, other: 4 };

function toDirent(name: string, { type }: Dirent, directory: string): NodeDirent {
  return new DirentClass(name, TYPES[type], directory);
}

/** Where the names below a directory begin. */
function endOf(directory: string): number {
  return directory === "/" ? 1 : directory.length + 1;
}

function shaped(stats: Stats | undefined, options: Options): unknown {
  return stats && toNodeStats(stats, given(options).bigint === true);
}

function entryOptions(options: Options): { throwIfNoEntry: boolean } {
  return { throwIfNoEntry: given(options).throwIfNoEntry !== false };
}

function given(options: Options): Given {
  if (typeof options === "string") return { encoding: options as BufferEncoding };
  return typeof options === "object" && options !== null ? options : {};
}

/** What is to be written: other than text is taken as bytes, a part of a buffer as that part. */
export function contentOf(data: Data, encoding?: BufferEncoding | "buffer" | null): Uint8Array {
  if (typeof data === "string")
    return Buffer.from(data, encoding === "buffer" ? "utf8" : (encoding ?? "utf8"));
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // A stream or an iterable, which the Vfs takes as it is.
  return data;
}

/** Content as it was asked for: text, or a Buffer. */
export function decoded(bytes: Uint8Array, encoding: Given["encoding"]): string | Buffer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return encoding === undefined || encoding === null || encoding === "buffer"
    ? buffer
    : buffer.toString(encoding);
}

function seconds(time: Time): number | Date {
  return typeof time === "string" ? Number(time) : time;
}
