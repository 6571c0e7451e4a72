import type { BatchItem, BatchOptions, BatchResult } from "./verbs/batch.ts";
import type { Bytes, Chunk, Content } from "./bytes.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Dirent } from "./dirent.ts";
import type { Flags } from "./flags.ts";
import type { FileHandle } from "./file-handle.ts";
import type { MountOptions } from "./mount.ts";
import type { Time } from "./numbers.ts";
import type {
  AppendFileOptions,
  ChecksumAlgorithm,
  CpOptions,
  DiskUsage,
  Encoding,
  FindOptions,
  GlobOptions,
  GrepMatch,
  GrepOptions,
  GrepPattern,
  Abortable,
  Changes,
  ChangesVerbOptions,
  LookOptions,
  MetaChanges,
  MkdirVerbOptions,
  MountInfo,
  MvOptions,
  OpendirOptions,
  ReaddirOptions,
  ReadFileOptions,
  ReadStreamOptions,
  RmOptions,
  StatVerbOptions,
  TreeNode,
  TreeOptions,
  UnmountOptions,
  ViewOptions,
  Watcher,
  WatchOptions,
  WriteFileOptions,
  WriteStreamOptions,
} from "./options.ts";
import type { Provider } from "./provider.ts";
import type { StatFs, Usage } from "./stat.ts";
import type { Stats } from "./stats.ts";
import type { FsInfo } from "./verbs/info.ts";
import type { StoreSnapshots } from "./verbs/snapshots.ts";

/** Which face: promises, or plain values. */
export type Mode = "async" | "sync";

/** What a verb gives back: `Promise<T>`, or `T` on the synchronous face. */
export type Result<M extends Mode, T> = M extends "async" ? Promise<T> : T;

/** Values one after another: to be read with `for await`, or with `for` on the synchronous face. */
export type Sequence<M extends Mode, T> = M extends "async"
  ? AsyncIterable<T, void, undefined>
  : Iterable<T, void, undefined>;

type WithEncoding<O> = Omit<O, "encoding"> & { readonly encoding: Encoding };
type WithoutEncoding<O> = Omit<O, "encoding"> & { readonly encoding?: null | undefined };

/**
 * What can be done with files, in the words of `node:fs/promises` and of the shell. Paths are absolute, or relative to
 * `cwd()`. Every verb fails with a `VfsError` that has a POSIX code, or with the reason of an aborted signal.
 */
export interface Verbs<M extends Mode> {
  /** Reads a file: bytes that are yours, or text when an encoding is given. */
  readFile(path: string, options?: WithoutEncoding<ReadFileOptions> | null): Result<M, Bytes>;
  readFile(path: string, options: Encoding | WithEncoding<ReadFileOptions>): Result<M, string>;
  readFile(path: string, options?: Encoding | ReadFileOptions | null): Result<M, Bytes | string>;
  /**
   * Creates or replaces a file in one step: whoever reads sees the old content or the new, and when the source fails
   * the old content is still there.
   */
  writeFile(path: string, content: Content, options?: Encoding | WriteFileOptions | null): Result<M, void>;
  /** Adds to the end of a file, in one step with finding it, or creates the file. */
  appendFile(path: string, data: Chunk, options?: Encoding | AppendFileOptions | null): Result<M, void>;
  /** Cuts a file to `size` bytes, 0 unless told, or fills it up with zeros. */
  truncate(path: string, size?: number): Result<M, void>;
  /** Copies one file. `mode` may be `constants.COPYFILE_EXCL`: fail with `EEXIST` where there is something. */
  copyFile(path: string, to: string, mode?: number): Result<M, void>;
  /** Sets the times of an existing file to now, or creates an empty one. */
  touch(path: string): Result<M, void>;

  /** The names in a directory, in no particular order, or a {@link Dirent} each. */
  readdir(
    path: string,
    options?: (ReaddirOptions & { readonly withFileTypes?: false | undefined }) | null,
  ): Result<M, string[]>;
  readdir(path: string, options: ReaddirOptions & { readonly withFileTypes: true }): Result<M, Dirent[]>;
  readdir(path: string, options?: ReaddirOptions | null): Result<M, string[] | Dirent[]>;
  /** The entries of a directory one after another, by pages: for directories too large for one array. */
  opendir(path: string, options?: OpendirOptions): Sequence<M, Dirent>;
  /** What is in a directory, sorted by name, with stats. */
  ls(path?: string): Result<M, Dirent[]>;
  /** Makes a directory. With `recursive` answers the first one that was made, undefined when all were there. */
  mkdir(path: string, options?: number | MkdirVerbOptions | null): Result<M, string | undefined>;
  /** Makes a directory whose name is `prefix` and six random characters, and answers its path. */
  mkdtemp(prefix: string): Result<M, string>;
  /** Removes a file or link, or a tree with `recursive`. */
  rm(path: string, options?: RmOptions): Result<M, void>;
  /** Removes an empty directory. */
  rmdir(path: string): Result<M, void>;
  /** Removes a file or a link. */
  unlink(path: string): Result<M, void>;

  /** Moves within one mount, in one step; `EXDEV` across mounts. */
  rename(path: string, to: string): Result<M, void>;
  /**
   * Moves, across mounts too: there it copies beside the destination, checks the copy, puts it in place, and only then
   * removes the original. If that is cut short both are there, never neither.
   */
  mv(path: string, to: string, options?: MvOptions): Result<M, void>;
  /** Copies a file, or a tree with `recursive`, across mounts too. */
  cp(path: string, to: string, options?: CpOptions): Result<M, void>;

  /** Describes what a path leads to. */
  stat(
    path: string,
    options?: StatVerbOptions & { readonly throwIfNoEntry?: true | undefined },
  ): Result<M, Stats>;
  stat(path: string, options: StatVerbOptions): Result<M, Stats | undefined>;
  /** As `stat`, but describes a link itself. */
  lstat(
    path: string,
    options?: StatVerbOptions & { readonly throwIfNoEntry?: true | undefined },
  ): Result<M, Stats>;
  lstat(path: string, options: StatVerbOptions): Result<M, Stats | undefined>;
  /** Whether a path leads to something. */
  exists(path: string): Result<M, boolean>;
  /** Fails unless the path can be used as `mode` says (`constants.R_OK` and so on). */
  access(path: string, mode?: number): Result<M, void>;
  chmod(path: string, mode: number): Result<M, void>;
  chown(path: string, uid: number, gid: number): Result<M, void>;
  lchown(path: string, uid: number, gid: number): Result<M, void>;
  /** Sets the times of a file: seconds since 1970, a `Date`, or nanoseconds since 1970 as a bigint. */
  utimes(path: string, atime: Time, mtime: Time): Result<M, void>;
  /** As `utimes`, but of a link itself. */
  lutimes(path: string, atime: Time, mtime: Time): Result<M, void>;
  /** Sets the content type and your own attributes; `stat` shows them. `ENOTSUP` where the store keeps none. */
  setMeta(path: string, changes: MetaChanges): Result<M, void>;

  /** The path without links on it. */
  realpath(path: string): Result<M, string>;
  /** Makes a symbolic link at `path`. */
  symlink(target: string, path: string): Result<M, void>;
  readlink(path: string): Result<M, string>;
  /** Makes `to` one more name of the file `path`. */
  link(path: string, to: string): Result<M, void>;

  /** Opens a file. It refers to the file, not to its name: it goes on after a rename and after a removal. */
  open(path: string, flags?: Flags | number, mode?: number): Result<M, FileHandle<M>>;
  /** The content of a file, by chunks, all of one version. */
  readStream(path: string, options?: ReadStreamOptions): Sequence<M, Bytes>;
  /** As `writeFile`, with progress; answers how many bytes were written. */
  writeStream(path: string, source: Content, options?: WriteStreamOptions): Result<M, number>;

  /** Everything below a directory that fits. Directories come before what is in them; links are not followed. */
  find(path: string, options?: FindOptions): Sequence<M, Dirent>;
  /**
   * The lines below a directory, or in one file, that match; a text is looked for as it is. Results come in path order:
   * the names of a directory by code points, and what is in a directory where its name stands. Links are not followed.
   */
  grep(path: string, pattern: GrepPattern, options?: GrepOptions): Sequence<M, GrepMatch>;
  /** Paths that match a pattern: `*`, `**`, `?`, `[a-z]`, `{a,b}`. */
  glob(pattern: string | readonly string[], options?: GlobOptions): Sequence<M, string>;
  /** Adds up a tree. */
  du(path?: string, options?: LookOptions): Result<M, DiskUsage>;
  tree(path?: string, options?: TreeOptions): Result<M, TreeNode>;
  /** A digest of a file in lower-case hex: the one that the store keeps, or computed chunk by chunk. */
  checksum(path: string, algorithm?: ChecksumAlgorithm, options?: Abortable): Result<M, string>;

  /**
   * Does several things and tells of each what became of it, in the order of `items`.
   *
   * @example
   * await vfs.batch([{ op: "writeFile", path: "/a", data: "x" }, { op: "rm", path: "/b" }], { stopOnError: true })
   */
  batch(items: readonly BatchItem[], options?: BatchOptions): Result<M, BatchResult[]>;

  /**
   * What happened after a revision, in the store that a path is on. Without a revision: that of now, to begin from; the
   * store keeps its history from then on. `ESTALE` when the revision is too old to know: look at everything anew.
   */
  changes(since?: number, options?: ChangesVerbOptions): Result<M, Changes>;

  /** Goes to a directory: relative paths start there from now on, on both faces. */
  cd(path: string): Result<M, void>;
  /** Room in the mount that `path` is on: `ENOTSUP` where the store does not know. */
  usage(path?: string): Result<M, Usage>;
  statfs(path: string): Result<M, StatFs>;
  /** What is mounted, with how full it is where that is known. */
  info(): Result<M, FsInfo>;
  /** Returns when everything acknowledged so far is durable, on every mount. */
  flush(): Result<M, void>;

  /** Puts a provider at `path`, which need not exist. What lies there is hidden until it is unmounted. */
  mount(path: string, provider: Provider, options?: MountOptions): Result<M, void>;
  /** Takes a provider away and closes it: `EBUSY` when files are open there or something is mounted below. */
  unmount(path: string, options?: UnmountOptions): Result<M, void>;
  /** Closes all handles, layers and providers. Nothing works after it. */
  close(): Result<M, void>;
}

/** Verbs that answer at once, whatever the mounts are. */
export interface Immediate {
  /** Where relative paths start. */
  cwd(): string;
  /** What is mounted, outermost first. */
  mounts(): MountInfo[];
  /** What the store behind a path can do, through the layers of its mount. Links on the path are not followed. */
  capabilities(path: string): Capabilities;
  /**
   * Calls `listener` after each change that is made through core to a mounted store, by whichever Vfs, and after each
   * mount and unmount; before the call that made it returns. Returns how to stop.
   */
  onChange(listener: () => void): () => void;
}

/** The face for synchronous mounts; a mount that must wait fails with `ENOTSUP`. */
export interface VfsSync extends Verbs<"sync">, Immediate, Disposable {}

/** Files of many stores under one root. */
export interface Vfs extends Verbs<"async">, Immediate, AsyncDisposable {
  /** The same verbs for synchronous mounts, on the same files. */
  readonly sync: VfsSync;
  /** A scoped face on the same mounts: a chroot, with an identity. Closing it closes nothing. */
  view(options?: ViewOptions): Vfs;
  /**
   * The snapshots that the store behind a path keeps by itself; undefined where there are none, or where a layer, the root of
   * a view or the caller's identity stands between the caller and the whole store. What is mounted in it is not in them.
   * `@vfs/snapshot` works everywhere.
   */
  storeSnapshots(path?: string): Promise<StoreSnapshots | undefined>;
  /**
   * Tells what happens to a file, or in a directory, by whomever. It follows the path: when what is there is removed
   * that is an event, and so is what comes in its place. Links on the path are followed once. It ends with the signal
   * (and its reason), with `return()`, and when the mount is taken away or the Vfs closes.
   */
  watch(path: string, options?: WatchOptions): Watcher;
}
