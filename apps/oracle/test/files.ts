import type { Awaitable, Flags } from "@vfs/core";

/** How a file is read or written as a whole. */
export interface HowToWrite {
  readonly flag?: Flags;
  readonly mode?: number;
}

/** What both sides tell of a file. */
export interface Described {
  readonly size: number;
  readonly mode: number;
  readonly nlink: number;
  readonly ino: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** What both sides tell of an entry. */
export interface Listed {
  readonly name: string;
  readonly parentPath: string;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** An open file of either side. */
export interface Opened {
  read(
    into: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Awaitable<{ bytesRead: number }>;
  write(
    data: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Awaitable<{ bytesWritten: number }>;
  truncate(size: number): Awaitable<void>;
  stat(): Awaitable<Described>;
  chmod(mode: number): Awaitable<void>;
  utimes(atime: number | Date, mtime: number | Date): Awaitable<void>;
  sync(): Awaitable<void>;
  datasync(): Awaitable<void>;
  close(): Awaitable<void>;
}

/** What is asked of the kernel and of a store alike: a `Vfs`, its `sync` face and the kernel's side all have it. */
export interface Files {
  readFile(path: string, options?: { start?: number; end?: number }): Awaitable<Uint8Array>;
  writeFile(path: string, data: Uint8Array, options: HowToWrite): Awaitable<void>;
  appendFile(path: string, data: Uint8Array, options: { mode?: number }): Awaitable<void>;
  truncate(path: string, size?: number): Awaitable<void>;
  copyFile(path: string, to: string, mode?: number): Awaitable<void>;
  cp(path: string, to: string, options: HowToCopy): Awaitable<void>;
  mkdir(path: string, options: { recursive?: boolean; mode?: number }): Awaitable<string | undefined>;
  mkdtemp(prefix: string): Awaitable<string>;
  rmdir(path: string): Awaitable<void>;
  rm(path: string, options: { recursive?: boolean; force?: boolean }): Awaitable<void>;
  unlink(path: string): Awaitable<void>;
  rename(path: string, to: string): Awaitable<void>;
  link(path: string, to: string): Awaitable<void>;
  symlink(target: string, path: string): Awaitable<void>;
  readlink(path: string): Awaitable<string>;
  realpath(path: string): Awaitable<string>;
  stat(path: string): Awaitable<Described>;
  lstat(path: string): Awaitable<Described>;
  exists(path: string): Awaitable<boolean>;
  access(path: string, mode?: number): Awaitable<void>;
  readdir(path: string, options: { recursive?: boolean; withFileTypes: true }): Awaitable<Listed[]>;
  readdir(path: string, options?: { recursive?: boolean }): Awaitable<string[]>;
  opendir(path: string): AsyncIterable<Listed> | Iterable<Listed>;
  chmod(path: string, mode: number): Awaitable<void>;
  utimes(path: string, atime: number | Date, mtime: number | Date): Awaitable<void>;
  lutimes(path: string, atime: number | Date, mtime: number | Date): Awaitable<void>;
  statfs(path: string): Awaitable<object>;
  open(path: string, flags: Flags | number, mode?: number): Awaitable<Opened>;
}

export interface HowToCopy {
  readonly recursive?: boolean;
  readonly force?: boolean;
  readonly errorOnExist?: boolean;
}
