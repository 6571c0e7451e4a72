import type { Awaitable } from "./awaitable.ts";
import type { Bytes } from "./bytes.ts";
import type { Capabilities } from "./capabilities.ts";
import type { ChangesPage, StoreChange } from "./changes.ts";
import type { Context } from "./context.ts";
import type { VPath } from "./path.ts";
import type { ProviderSnapshots } from "./provider-snapshots.ts";
import type { Entry, FileType, Page, Stat, StatChanges, StatFs, Usage } from "./stat.ts";

export interface StatOptions {
  /** Raise a `LinkMet` when the last name is a symbolic link. Without it a link is described as it is. */
  readonly follow?: boolean | undefined;
  /** Give `exactTimes` too, where they say more than the milliseconds do. */
  readonly exactTimes?: boolean | undefined;
}

export interface ReadOptions {
  /** First byte, 0 unless told. At or past the end nothing is read, and that is no error. */
  readonly offset?: number | undefined;
  /** How many bytes at the most; to the end of the file unless told. */
  readonly length?: number | undefined;
  /** Fail with `ESTALE` unless this is the file's etag. */
  readonly ifMatch?: string | undefined;
}

export interface ListOptions {
  /** Go on where the page that gave this cursor ended. */
  readonly cursor?: string | undefined;
  /** How many entries at the most; a provider may give fewer, and one that has no pages gives all. */
  readonly limit?: number | undefined;
  /** List the whole tree, each directory before what is in it. Only with `caps.listRecursive`. */
  readonly recursive?: boolean | undefined;
  /** Put a stat beside each entry. Only with `caps.listStat`. */
  readonly stat?: boolean | undefined;
}

/**
 * What is looked for below a directory. All conditions must hold. A provider may answer more than what fits, where a
 * condition is more than its store understands: core looks again. What fits must be among it.
 */
export interface FindQuery {
  /** A glob that the last name must match, as `nameMatcher` reads it. */
  readonly name?: string | undefined;
  readonly type?: FileType | undefined;
  /** Sizes as `stat` tells them: 0 for a directory. */
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Changed at this time or later. */
  readonly modifiedSinceMs?: number | undefined;
  /** Changed before this time. */
  readonly modifiedBeforeMs?: number | undefined;
  /** How many levels below the directory, at least 1; all unless told. */
  readonly maxDepth?: number | undefined;
  /** Put a stat beside each entry. Core sets it with each condition that takes one. */
  readonly stat?: boolean | undefined;
  /** Go on where the page that gave this cursor ended. */
  readonly cursor?: string | undefined;
  /** How many entries at the most. */
  readonly limit?: number | undefined;
}

/** Which files are read below a directory. As with {@link FindQuery}, a provider may answer more than what fits. */
export interface ScanQuery {
  /** Globs: only files whose name matches one of them. */
  readonly include?: readonly string[] | undefined;
  /** Globs: no file whose name matches one of them, and nothing below a directory whose name does. */
  readonly exclude?: readonly string[] | undefined;
  /** A text that must occur in the content, as UTF-8. */
  readonly text?: string | undefined;
  /** Larger files come without their content. */
  readonly wholeBytes: number;
  /** How many bytes of content in a page, about: it has one file at the least, unless there is none. */
  readonly pageBytes: number;
  /** Go on where the page that gave this cursor ended. */
  readonly cursor?: string | undefined;
}

/** A file that a scan came by. */
export interface Scanned {
  /** Relative to the directory that is scanned: `a/b`. */
  readonly name: string;
  readonly size: number;
  /** Absent where the file is larger than was asked for. */
  readonly data?: Bytes | undefined;
}

/** Something that is written together with much else. */
export interface NewEntry {
  /** Relative to the directory that is written into: `a/b`. Empty for that directory itself. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink";
  /** Of a file. The provider may keep it: nobody changes it any more. */
  readonly data?: Uint8Array | undefined;
  /** Of a link: the text that it stands for. */
  readonly target?: string | undefined;
  /** Permission bits; where they are absent, 0o644 for a new file and 0o755 for a new directory. */
  readonly mode?: number | undefined;
  /** Times of a file or a link, both or neither: as they come to be, where they are absent. */
  readonly mtimeMs?: number | undefined;
  readonly atimeMs?: number | undefined;
}

/** What is written at once. */
export interface WriteManyOptions {
  /** No two of one name, and each directory that is among them before what is in it. */
  readonly entries: readonly NewEntry[];
}

/** What a new version of a file is to have. */
export interface WriteOptions {
  /** Permission bits of a file that is created; one that exists keeps its own. */
  readonly mode?: number | undefined;
  /** Write only over the version that has this etag, else fail with `ESTALE`. */
  readonly ifMatch?: string | undefined;
  /** `"*"`: write only when there is nothing, not even a link, else fail with `EEXIST`. */
  readonly ifNoneMatch?: "*" | undefined;
  readonly mtimeMs?: number | undefined;
  readonly contentType?: string | undefined;
  /** The user's attributes. What is absent here stays as `caps.keeps` says. */
  readonly meta?: Readonly<Record<string, string>> | undefined;
  /** How long the file is there, in milliseconds from now. No provider is given it: a layer sees to it, or core refuses. */
  readonly ttlMs?: number | undefined;
  /** Return only when the content would survive a loss of power. */
  readonly durable?: boolean | undefined;
  /** The provider may keep `data` itself: the caller will not touch it again. */
  readonly owned?: boolean | undefined;
  /** Nobody looks at the answer: all that need not be there may be left out of it. No layer is in between. */
  readonly unseen?: boolean | undefined;
}

export interface StreamWriteOptions extends WriteOptions {
  /** The length of the source in bytes, when it is known. */
  readonly size?: number | undefined;
}

export interface StreamReadOptions extends ReadOptions {
  /** How many bytes a chunk has, 64 KiB unless told; the last one may be shorter. */
  readonly chunkSize?: number | undefined;
}

export interface AppendOptions {
  /** Permission bits of a file that is created. */
  readonly mode?: number | undefined;
  readonly durable?: boolean | undefined;
}

/** Bytes that are written into a file, and where. */
export interface PatchPiece {
  /** Bytes from the beginning. */
  readonly offset: number;
  readonly data: Uint8Array;
}

/** How a file is patched. */
export interface PatchOptions {
  /** What is written, in order; no two pieces touch, and none is empty or ends behind `size`. */
  readonly pieces: readonly PatchPiece[];
  /** How much of the old content stays, from its beginning on: not more than there is, nor than `size`. Then come zeros. */
  readonly kept: number;
  /** How long the file is then. */
  readonly size: number;
  /** The version that is patched: another one is `ESTALE`. */
  readonly ifMatch: string;
}

export interface MkdirOptions {
  readonly mode?: number | undefined;
}

export interface RemoveOptions {
  /** What the caller believes it is: `EISDIR` for a directory that was to be a file, `ENOTDIR` the other way round. */
  readonly kind: "file" | "directory";
  /** With everything below it. Only with `caps.removeTree`. */
  readonly recursive?: boolean | undefined;
  readonly ifMatch?: string | undefined;
}

export interface RenameOptions {
  /** Fail with `EEXIST` when there is something at the new name. */
  readonly noReplace?: boolean | undefined;
}

export interface CopyOptions {
  /** Copy a directory with everything below it. Only with `caps.copy` `"tree"`, and only onto a free name. */
  readonly recursive?: boolean | undefined;
  /** `"*"`: fail with `EEXIST` when there is something at the new name. */
  readonly ifNoneMatch?: "*" | undefined;
  /** The copy gets the times of the original. */
  readonly preserveTimestamps?: boolean | undefined;
}

/** How a file is opened. */
export interface OpenFlags {
  readonly read: boolean;
  readonly write: boolean;
  /** Every write goes to the end, wherever that is by then. */
  readonly append: boolean;
  readonly create: boolean;
  /** With `create`: fail with `EEXIST` when there is something, even a link. */
  readonly exclusive: boolean;
  readonly truncate: boolean;
  /** `O_NOFOLLOW`: a link at the end is `ELOOP`. Core sees to that: a provider raises its `LinkMet` as ever. */
  readonly noFollow?: boolean | undefined;
}

export interface OpenOptions {
  readonly flags: OpenFlags;
  /** Permission bits of a file that is created. */
  readonly mode?: number | undefined;
}

export interface SyncOptions {
  /** Content and size only, without times: `fdatasync`. */
  readonly dataOnly?: boolean | undefined;
}

/** Where a store tells what happens in it. Paths are those of the store. */
export interface WatchReport {
  /** What happened, in order: after it has, and before the caller that did it hears so. */
  changes(changes: readonly StoreChange[]): void;
  /** Something happened, and it is not known what. */
  lost(): void;
  /** Nothing more can be told, and this is why. */
  failed(reason: unknown): void;
}

export interface ProviderWatchOptions {
  /** Tell of everything below `path`, not only of what lies in it. */
  readonly recursive: boolean;
  /** Keep the process alive, where something has to wait for what others do. */
  readonly persistent: boolean;
  /** How often to look, where that is the only way to know of what others do; the store's own choice unless told. */
  readonly intervalMs?: number | undefined;
  readonly report: WatchReport;
}

/** A watch that is under way. */
export interface ProviderWatch {
  /** Ends it. Called once; nothing is reported after it. */
  close(): void;
}

export interface ChangesOptions {
  /** The revision up to which everything is known; without it only the revision of now is asked for. */
  readonly since?: number | undefined;
  /** How many changes at the most; a store may give fewer. */
  readonly limit?: number | undefined;
}

/** A source that a provider reads. It can be read once; it may fail half-way. */
export type ByteSource = AsyncIterable<Bytes> | Iterable<Bytes>;

/**
 * An open file. It refers to the file, not to its name: it goes on after a rename and after a removal, and follows
 * what is written through other handles. Core checks the handle's mode and its arguments before it calls.
 */
export interface ProviderFile {
  /** Reads into `into` from `position` on. Answers how many bytes: fewer only at the end of the file. */
  read(into: Uint8Array, position: number, ctx: Context): Awaitable<number>;
  /**
   * Writes all of `data` at `position`, or at the end in one step with finding the end. The caller keeps `data`. No
   * data changes nothing, wherever.
   */
  write(data: Uint8Array, position: number | "end", ctx: Context): Awaitable<void>;
  /** Cuts, or fills up with zeros. */
  truncate(size: number, ctx: Context): Awaitable<void>;
  stat(ctx: Context): Awaitable<Stat>;
  /** Returns when what was written is where `durable` would have it. */
  sync(options: SyncOptions, ctx: Context): Awaitable<void>;
  /** Called once. */
  close(ctx: Context): Awaitable<void>;
  /** Present when the provider has `setStat`. */
  setStat?(changes: StatChanges, ctx: Context): Awaitable<void>;
}

/**
 * A store. Three methods make one that can be read, six one that can be written; every other is a faster way that
 * exists if and only if `caps` says so.
 *
 * - Paths are absolute and normal, relative to the store's own root.
 * - Failures are a `VfsError` with a POSIX code, a new one each time and without a path: core writes the caller's into it.
 * - A path through a file is `ENOTDIR`, one through nothing `ENOENT`.
 * - With `caps.symlinks`, meeting a link in the middle of a path raises `linkMet(...)`; so does one at the end for
 *   every method that works on content (`read list write append truncate copy open readStream writeStream`), for
 *   `stat` and `setStat` with `follow`, but not for `write` with `ifNoneMatch` nor for an exclusive `open`. `copy` meets
 *   one at the end of `to` too, unless with `ifNoneMatch`; `rename`, `link`, `remove` and `readlink` work on links.
 * - Bytes belong to the caller: copy on write unless `owned`, and never hand out your own memory.
 */
export interface Provider {
  /** Short and lower-case: `memory`, `s3`. Shown in errors, mounts and traces. */
  readonly name: string;
  readonly caps: Capabilities;
  /**
   * What inode numbers are unique in, where that is more than this provider: `local:2049`. Two providers that give the
   * same text show the same files under the same numbers; `stat` then tells the same `dev` for both.
   */
  readonly inodeSpace?: string | undefined;

  /** Describes what `path` names. */
  stat(path: VPath, options: StatOptions, ctx: Context): Awaitable<Stat>;
  /** Reads content: `EISDIR` for a directory. */
  read(path: VPath, options: ReadOptions, ctx: Context): Awaitable<Bytes>;
  /** Lists a directory, each entry once, in any order: `ENOTDIR` for a file. */
  list(path: VPath, options: ListOptions, ctx: Context): Awaitable<Page<Entry>>;

  /** Creates or replaces a file in one step: readers see the old content or the new. Answers with the new stat. */
  write?(path: VPath, data: Uint8Array, options: WriteOptions, ctx: Context): Awaitable<Stat>;
  /** Makes one directory: `EEXIST` when there is anything, `ENOENT` without its parent. */
  mkdir?(path: VPath, options: MkdirOptions, ctx: Context): Awaitable<void>;
  /** Removes a file or link, or an empty directory (`ENOTEMPTY`), or a tree when told. */
  remove?(path: VPath, options: RemoveOptions, ctx: Context): Awaitable<void>;

  open?(path: VPath, options: OpenOptions, ctx: Context): Awaitable<ProviderFile>;
  /** Adds to the end in one step, or creates the file. */
  append?(path: VPath, data: Uint8Array, options: AppendOptions, ctx: Context): Awaitable<void>;
  truncate?(path: VPath, size: number, ctx: Context): Awaitable<void>;
  /**
   * Changes pieces of a file in one step, as `write` with `ifMatch` would, without the rest of it being sent: mode and
   * attributes stay. Core's open files use it for large files. Answers with the new stat.
   */
  patch?(path: VPath, options: PatchOptions, ctx: Context): Awaitable<Stat>;
  /**
   * Moves in one step, with the rules of rename(2): onto a file replaces it, onto a directory only if that is empty
   * (`ENOTEMPTY`) and a directory comes (`EISDIR`, `ENOTDIR`), never below itself (`EINVAL`), onto itself does nothing.
   */
  rename?(path: VPath, to: VPath, options: RenameOptions, ctx: Context): Awaitable<void>;
  /** Copies a file over `to`, or a tree onto a free name; with mode and attributes. */
  copy?(path: VPath, to: VPath, options: CopyOptions, ctx: Context): Awaitable<void>;
  setStat?(path: VPath, changes: StatChanges, options: StatOptions, ctx: Context): Awaitable<void>;
  /** Makes a link at `path` that stands for the text `target`. */
  symlink?(path: VPath, target: string, ctx: Context): Awaitable<void>;
  /** The text of a link: `EINVAL` when it is none. */
  readlink?(path: VPath, ctx: Context): Awaitable<string>;
  /** Makes `to` one more name of the file `path`: `EPERM` for a directory. */
  link?(path: VPath, to: VPath, ctx: Context): Awaitable<void>;
  /**
   * As `read`, in chunks, all of one version. Fails at once for what cannot be read; holds nothing open before the
   * first chunk is asked for, and nothing after the iteration has ended, early or not.
   */
  readStream?(path: VPath, options: StreamReadOptions, ctx: Context): Awaitable<ByteSource>;
  /**
   * As `write`, from a source; when the source fails nothing has changed. A link must be met, and what cannot be
   * written be refused, before the source is read.
   */
  writeStream?(path: VPath, source: ByteSource, options: StreamWriteOptions, ctx: Context): Awaitable<Stat>;
  /**
   * Reports what happens at `path` and in it from the moment on at which this has returned: with `caps.watch` `"changes"`
   * exactly what, with `"paths"` where to look. It may report more than was asked for. It follows the path, not what
   * lies there: `ENOENT` for nothing, but it goes on when that is removed, and something comes in its place.
   */
  watch?(path: VPath, options: ProviderWatchOptions, ctx: Context): Awaitable<ProviderWatch>;
  /**
   * What happened in the whole store after a revision. The first call may begin to keep the history, which is bounded.
   *
   * @throws VfsError `ESTALE` (see `historyLost`) for a revision from before what is kept.
   */
  changes?(options: ChangesOptions, ctx: Context): Awaitable<ChangesPage>;
  /**
   * What fits below a directory, with paths relative to it, each directory before what is in it; links are not
   * followed. Every page comes soon, also where little fits: it may be short, even empty, and have a cursor.
   */
  find?(path: VPath, query: FindQuery, ctx: Context): Awaitable<Page<Entry>>;
  /**
   * The files below a directory with their content, many at a time; links are not followed. They come in path order: the
   * names of a directory by code points, and what is in a directory where its name stands. Pages as those of `find`.
   */
  scan?(path: VPath, query: ScanQuery, ctx: Context): Awaitable<Page<Scanned>>;
  /**
   * Puts many things into a directory, which must be there unless it is among them. A directory that is there stays as it
   * is. A file or a link replaces a file or a link: each is there whole or not at all, with the mode that it is given
   * also where it replaces something.
   *
   * It may refuse what it cannot do so, with whatever error and at whatever point: where one kind of thing is in the place
   * of another, where a file has more names. Core then writes one after another, and tells of the one that fails.
   */
  writeMany?(path: VPath, options: WriteManyOptions, ctx: Context): Awaitable<void>;
  /** The states of the whole store that it keeps. */
  snapshots?(ctx: Context): Awaitable<ProviderSnapshots>;
  usage?(ctx: Context): Awaitable<Usage>;
  /** How much room there is where the store lies. */
  statfs?(ctx: Context): Awaitable<StatFs>;
  /** Returns when everything acknowledged so far is durable. */
  flush?(ctx: Context): Awaitable<void>;
  /** Gives back what the store holds. Nothing is called after it. */
  close?(): Awaitable<void>;
}
