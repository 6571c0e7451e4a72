import type {
  Awaitable,
  Bytes,
  Chunk,
  Content,
  Dirent,
  MkdirVerbOptions,
  ReadFileOptions,
  RmOptions,
  StatFs,
  StatVerbOptions,
  Stats,
  WriteFileOptions,
} from "@vfs/core";
import type { Descriptors } from "./descriptors.ts";

/** An open file, as either face of a Vfs gives it. Positions and lengths are bytes. */
export interface Opened {
  read(
    buffer: Uint8Array,
    offset?: number,
    length?: number,
    position?: number | null,
  ): Awaitable<{ bytesRead: number }>;
  write(
    data: Chunk,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Awaitable<{ bytesWritten: number }>;
  truncate(size?: number): Awaitable<void>;
  stat(): Awaitable<Stats>;
  chmod(mode: number): Awaitable<void>;
  chown(uid: number, gid: number): Awaitable<void>;
  utimes(atime: number, mtime: number): Awaitable<void>;
  sync(): Awaitable<void>;
  datasync(): Awaitable<void>;
  close(): Awaitable<void>;
}

/** An open file with both of its faces. */
export interface BothFaces {
  readonly now: Opened;
  readonly later: Opened;
}

/** The verbs of a Vfs that this package is made of, whether they answer at once or later. */
export interface Verbs {
  readFile(path: string, options?: ReadFileOptions): Awaitable<Bytes | string>;
  writeFile(path: string, content: Content, options?: WriteFileOptions): Awaitable<void>;
  appendFile(path: string, data: Chunk, options?: WriteFileOptions): Awaitable<void>;
  copyFile(path: string, to: string, mode?: number): Awaitable<void>;
  open(path: string, flags?: number, mode?: number): Awaitable<BothFaces>;
  readdir(
    path: string,
    options: { readonly withFileTypes: true; readonly recursive?: boolean },
  ): Awaitable<Dirent[]>;
  readdir(path: string, options?: { readonly recursive?: boolean }): Awaitable<string[]>;
  opendir(path: string): AsyncIterable<Dirent> | Iterable<Dirent>;
  mkdir(path: string, options?: MkdirVerbOptions): Awaitable<string | undefined>;
  mkdtemp(prefix: string): Awaitable<string>;
  rm(path: string, options?: RmOptions): Awaitable<void>;
  rmdir(path: string): Awaitable<void>;
  unlink(path: string): Awaitable<void>;
  rename(path: string, to: string): Awaitable<void>;
  stat(path: string, options?: StatVerbOptions): Awaitable<Stats | undefined>;
  lstat(path: string, options?: StatVerbOptions): Awaitable<Stats | undefined>;
  exists(path: string): Awaitable<boolean>;
  access(path: string, mode?: number): Awaitable<void>;
  chmod(path: string, mode: number): Awaitable<void>;
  chown(path: string, uid: number, gid: number): Awaitable<void>;
  lchown(path: string, uid: number, gid: number): Awaitable<void>;
  utimes(path: string, atime: number, mtime: number): Awaitable<void>;
  lutimes(path: string, atime: number, mtime: number): Awaitable<void>;
  realpath(path: string): Awaitable<string>;
  symlink(target: string, path: string): Awaitable<void>;
  readlink(path: string): Awaitable<string>;
  link(path: string, to: string): Awaitable<void>;
  statfs(path: string): Awaitable<StatFs>;
  cwd(): string;
}

/** On which side a call is made: with a Vfs that answers at once, or later; and which files are open. */
export interface Side {
  readonly sync: boolean;
  /** It is `fs.promises`, which takes more, and tells a little differently, than what calls back. */
  readonly promises: boolean;
  readonly verbs: Verbs;
  readonly files: Descriptors;
}

/** One operation of `node:fs`: checks its arguments, asks the Vfs, answers in Node's words. */
export type Call = (side: Side, a: unknown, b: unknown, c: unknown, d: unknown) => Awaitable<unknown>;

/** Operations by the names that `fs.promises` has for them. */
export type Calls = Readonly<Record<string, Call>>;
