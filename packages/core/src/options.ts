import type { IdentityOptions } from "./identity.ts";
import type { ChangeKind } from "./changes.ts";
import type { Layer } from "./layer.ts";
import type { Flags } from "./flags.ts";
import type { VfsError } from "./error.ts";
import type { RegexEngine } from "./searcher.ts";

/** The one text encoding; everything else is bytes. */
export type Encoding = "utf8" | "utf-8";

/**
 * Whether text is wanted.
 *
 * @throws TypeError for an encoding other than UTF-8.
 */
export function checkEncoding(encoding: string | null | undefined): boolean {
  if (encoding === undefined || encoding === null) return false;
  if (encoding === "utf8" || encoding === "utf-8") return true;
  throw new TypeError(
    `encoding must be "utf8", got "${encoding}"; decode other encodings from the bytes with TextDecoder`,
  );
}

/** Called as bytes arrive; when it returns a promise, the next bytes wait for it. */
export type Progress = (bytes: number, totalBytes: number | undefined) => void | PromiseLike<void>;

export interface Abortable {
  /** Ends the call early with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface ReadFileOptions extends Abortable {
  readonly encoding?: Encoding | null | undefined;
  /** First byte, 0 unless told. */
  readonly start?: number | undefined;
  /** The byte behind the last one; the end of the file unless told. */
  readonly end?: number | undefined;
  /** Fail with `ESTALE` unless the file still has this etag. */
  readonly ifMatch?: string | undefined;
}

export interface WriteFileOptions extends Abortable {
  readonly encoding?: Encoding | null | undefined;
  /** `w` unless told; `wx` fails with `EEXIST` where there is something, `a` appends. */
  readonly flag?: Flags | undefined;
  /** Permission bits of a file that is created, less the view's umask. */
  readonly mode?: number | undefined;
  /** Write only over the version that has this etag, else fail with `ESTALE`. */
  readonly ifMatch?: string | undefined;
  /** `"*"`: write only where there is nothing, else fail with `EEXIST`. The same as the flag `wx`. */
  readonly ifNoneMatch?: "*" | undefined;
  /** A media type, `text/csv`. Where the store keeps none it is left out. */
  readonly contentType?: string | undefined;
  /** Your own attributes: `ENOTSUP` where the store keeps none. */
  readonly meta?: Readonly<Record<string, string>> | undefined;
  /** How long the file is there, in milliseconds from now: `ENOTSUP` without a layer that takes it away, `expiry()`. */
  readonly ttlMs?: number | undefined;
  /** Return only when the content would survive a loss of power. */
  readonly durable?: boolean | undefined;
}

export interface WriteStreamOptions extends WriteFileOptions {
  /** The length of the source in bytes, when it is known: progress then has a total. */
  readonly size?: number | undefined;
  /** Into how long pieces the source is cut or gathered, in bytes; as it comes unless told. */
  readonly chunkSize?: number | undefined;
  readonly onProgress?: Progress | undefined;
}

export interface AppendFileOptions extends Abortable {
  readonly encoding?: Encoding | null | undefined;
  readonly mode?: number | undefined;
  readonly durable?: boolean | undefined;
}

export interface ReadStreamOptions extends Abortable {
  /** First byte, 0 unless told. */
  readonly start?: number | undefined;
  /** The byte behind the last one; the end of the file unless told. */
  readonly end?: number | undefined;
  /** Bytes in a chunk, 64 KiB unless told; the last one may be shorter. */
  readonly chunkSize?: number | undefined;
  readonly ifMatch?: string | undefined;
  readonly onProgress?: Progress | undefined;
}

export interface OpendirOptions extends Abortable {
  /** Put a stat into each `Dirent`, as `readdir` does. */
  readonly stat?: boolean | undefined;
}

export interface ReaddirOptions extends Abortable {
  readonly withFileTypes?: boolean | undefined;
  /** Everything below, with names relative to the directory. */
  readonly recursive?: boolean | undefined;
  /** Put a stat into each `Dirent`. One call for all where the store can, one for each where it cannot. */
  readonly stat?: boolean | undefined;
}

export interface MkdirVerbOptions {
  /** Make the parents too, and do not mind that it exists. */
  readonly recursive?: boolean | undefined;
  readonly mode?: number | undefined;
}

export interface RmOptions extends Abortable {
  readonly recursive?: boolean | undefined;
  /** Do not mind that there is nothing. */
  readonly force?: boolean | undefined;
  /** Remove only the version that has this etag, else fail with `ESTALE`. Files only. */
  readonly ifMatch?: string | undefined;
}

export interface CpOptions extends Abortable {
  readonly recursive?: boolean | undefined;
  /** Overwrite what is there; true unless told. */
  readonly force?: boolean | undefined;
  /** With `force: false`: fail with `EEXIST` instead of leaving what is there alone. */
  readonly errorOnExist?: boolean | undefined;
  /** Copy what links lead to, instead of the links. */
  readonly dereference?: boolean | undefined;
  readonly preserveTimestamps?: boolean | undefined;
  /** Leave out what it answers `false` for, with everything below. */
  readonly filter?: ((source: string, destination: string) => boolean | PromiseLike<boolean>) | undefined;
  /** Bytes so far and in all; the tree is measured beforehand. */
  readonly onProgress?: Progress | undefined;
}

export interface MvOptions extends Abortable {
  /** Overwrite a file that is there; true unless told. Otherwise `EEXIST`. */
  readonly force?: boolean | undefined;
  /** Bytes so far and in all, when the move has to copy. */
  readonly onProgress?: Progress | undefined;
}

export interface StatVerbOptions {
  /** Tell the times in nanoseconds too: `mtimeNs` and so on. */
  readonly bigint?: boolean | undefined;
  /** `false`: answer `undefined` where there is nothing. */
  readonly throwIfNoEntry?: boolean | undefined;
}

/** For what looks at all that lies below a directory. */
export interface LookOptions extends Abortable {
  /**
   * Is told of each directory below that cannot be read, and of what cannot be looked at: the others go on. Without it
   * such a failure ends the call.
   */
  readonly onError?: ((error: VfsError) => void) | undefined;
}

export interface FindOptions extends LookOptions {
  /** A glob that the last name must match: `*.txt`. */
  readonly name?: string | undefined;
  /** Only this kind. */
  readonly type?: "file" | "directory" | "symlink" | undefined;
  /** Go below the directory; true unless told. */
  readonly recursive?: boolean | undefined;
  /** How many levels below the directory: 1 is what lies in it. */
  readonly maxDepth?: number | undefined;
  /** Only what has at least, or at most, so many bytes; a directory has 0. */
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Only what was changed at this time or later: milliseconds since 1970. */
  readonly modifiedSinceMs?: number | undefined;
  /** Only what was changed before this time. */
  readonly modifiedBeforeMs?: number | undefined;
  /** Put a stat into each result. */
  readonly stat?: boolean | undefined;
}

/** A text to be found as it is, or an expression; of several, any. */
export type GrepPattern = string | RegExp | readonly (string | RegExp)[];

export interface GrepOptions extends Abortable {
  /** A glob that the names of searched files must match. */
  readonly name?: string | undefined;
  /**
   * Globs of files to search, all unless told. One without a slash is held against the name, one with a slash against
   * the path below the directory: `src/*.ts`.
   */
  readonly include?: string | readonly string[] | undefined;
  /** Globs of what to leave out, a directory with everything in it. */
  readonly exclude?: string | readonly string[] | undefined;
  readonly recursive?: boolean | undefined;
  /** `a` and `A` are the same. */
  readonly ignoreCase?: boolean | undefined;
  /**
   * What expressions are run by, in place of the one of JavaScript, which some patterns keep busy for ever. For patterns
   * of people you do not trust: `linearRegex` of `@vfs/core/linear-regex`, or RE2.
   *
   * @example
   * vfs.grep("/", new RegExp(pattern), { engine: linearRegex });
   * vfs.grep("/", new RegExp(pattern), { engine: (source, flags) => new RE2(source, flags) });
   */
  readonly engine?: RegexEngine | undefined;
  /** A result for each match, not for the first one of a line only. */
  readonly everyMatch?: boolean | undefined;
  /** The lines that do not match. */
  readonly invert?: boolean | undefined;
  /** How many lines in front of each match, and behind it, come along. */
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  /** End after so many results. */
  readonly maxResults?: number | undefined;
  /** So many results of one file at the most. */
  readonly maxPerFile?: number | undefined;
  /** One result for each file that has a match: its first. */
  readonly filesOnly?: boolean | undefined;
  /** Leave larger files out. */
  readonly maxFileBytes?: number | undefined;
  /**
   * What becomes of files with a NUL byte in their first 8 KiB: they are passed over unless told, `name`d (one result,
   * with `binary` and without text, when there is a match), or searched as text.
   */
  readonly binary?: "skip" | "name" | "search" | undefined;
  /** How many files are read at once where the store must be waited for; 8 unless told. */
  readonly concurrency?: number | undefined;
  /**
   * Is told of each file and directory that cannot be read. Without it those that may not be read are passed over, and
   * any other failure ends the search.
   */
  readonly onError?: ((error: VfsError) => void) | undefined;
}

/** A line that matched. */
export interface GrepMatch {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** Where in the line the match begins, from 1, in UTF-16 units. */
  readonly column: number;
  /** How long the match is, in UTF-16 units; 0 with `invert`. */
  readonly length: number;
  /** The line, without its end; of one that is longer the first 1,048,576 UTF-16 units, and only these are searched. */
  readonly text: string;
  /** Present when they were asked for: the lines in front of it, and behind. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  /** Of a binary file, whose name is all that is told. */
  readonly binary?: true;
}

export interface GlobOptions extends Abortable {
  /** What the pattern and the results are relative to; the working directory unless told. */
  readonly cwd?: string | undefined;
}

/** What a tree holds. */
export interface DiskUsage {
  /** Bytes of file content. */
  readonly bytes: number;
  readonly files: number;
  /** Without the one that was asked about. */
  readonly directories: number;
}

/** A directory with everything in it, sorted by name. */
export interface TreeNode {
  readonly name: string;
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "other";
  /** Bytes; of a directory 0. */
  readonly size: number;
  /** Present for a directory. */
  readonly children?: readonly TreeNode[];
}

export interface TreeOptions extends LookOptions {
  readonly maxDepth?: number | undefined;
}

/** New attributes; what is absent stays. */
export interface MetaChanges {
  /** A media type; `null` takes it away. */
  readonly contentType?: string | null | undefined;
  /** Replaces all of your attributes. */
  readonly meta?: Readonly<Record<string, string>> | undefined;
}

/** What a digest is computed with: the shape of `node:crypto`'s `Hash` and of `@noble/hashes`. */
export interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** A digest by name, or your own algorithm as a function that makes a {@link Hasher}. */
export type ChecksumAlgorithm = "sha256" | (() => Hasher);

/** How a scoped face differs from the one it is made from. */
export interface ViewOptions {
  /** The directory that is `/` in the view. Nothing outside it can be reached, by links neither. */
  readonly root?: string | undefined;
  /** Where relative paths start in the view; its root unless told. */
  readonly cwd?: string | undefined;
  /** Every mutating call fails with `EROFS`. A view of a read-only view is read-only. */
  readonly readOnly?: boolean | undefined;
  /** On whose behalf, for policy and audit. */
  readonly actor?: string | undefined;
  /**
   * Whose rights the view has: permission bits are checked, and what is created belongs to it. Root's unless told. A view
   * of somebody's view stays theirs. Mounts whose store has no `caps.permissions` answer `ENOTSUP`.
   */
  readonly identity?: IdentityOptions | undefined;
  /** Permission bits that new files and directories do not get. */
  readonly umask?: number | undefined;
}

/** Layers for everything that a Vfs does. */
export interface VfsOptions {
  /** Outside in; they see paths from the root. */
  readonly layers?: readonly Layer[] | undefined;
  /** Leave the root provider open when the Vfs is closed: it belongs to somebody else. */
  readonly keepOpen?: boolean | undefined;
}

export interface UnmountOptions {
  /** Unmount although files are open there: their handles then fail with `EBADF`. */
  readonly force?: boolean | undefined;
}

/** A line of `vfs.mounts()`. */
export interface MountInfo {
  readonly path: string;
  /** The provider's name. */
  readonly provider: string;
  readonly readOnly: boolean;
  /** Names of the mount's layers, outside in. */
  readonly layers: readonly string[];
  /** How many files are open through it. */
  readonly openFiles: number;
}

export interface WatchOptions extends Abortable {
  /** Tell of everything below, mounts too; false unless told. */
  readonly recursive?: boolean | undefined;
  /** Keep the process alive while others may change something, as in Node; true unless told. */
  readonly persistent?: boolean | undefined;
  /**
   * How often to look again, in milliseconds, where a store cannot tell what others do; 1,000 unless told. A look that
   * takes long is not repeated before four times that long.
   */
  readonly intervalMs?: number | undefined;
  /** How many events may wait to be taken, 2,048 unless told. */
  readonly maxQueue?: number | undefined;
  /**
   * What becomes of more: `event` puts one of the kind `overflow` in place of all that wait, after which everything must
   * be looked at anew; `throw` fails; `ignore` loses them, as Node does. `event` unless told.
   */
  readonly overflow?: "event" | "throw" | "ignore" | undefined;
}

/** Something that happened. The first two are those of Node. */
export interface WatchEvent {
  /** `change`: the content or an attribute. `rename`: a name came, went or was moved. */
  readonly eventType: "rename" | "change";
  /** The path relative to the watched directory; the name of what is watched when it is about that; `null` for an overflow. */
  readonly filename: string | null;
  /** What happened. */
  readonly kind: ChangeKind | "mounted" | "unmounted" | "overflow";
  /** The whole path; of an overflow, the one that is watched. */
  readonly path: string;
  /** Of `renamed`: the path before, and the same relative to the watched directory. */
  readonly oldPath?: string | undefined;
  readonly oldName?: string | undefined;
  /** What it is or was, where that is known. */
  readonly type?: "file" | "directory" | "symlink" | "other" | undefined;
  /** Where it stands in the history of its store: see `changes`. */
  readonly revision?: number | undefined;
}

/** The events of a path, one after another. It watches from when it is made, not from the first `next()` on. */
export interface Watcher extends AsyncIterableIterator<WatchEvent, undefined, undefined>, AsyncDisposable {
  /**
   * Fulfilled when nothing that happens from here on is missed; on a store that need not wait that is already so when
   * `watch` returns. Rejected when it cannot be watched, which `next()` tells as well.
   */
  readonly ready: Promise<void>;
  /** Ends it, as `return()` does. What waits is forgotten. */
  close(): void;
}

export interface ChangesVerbOptions extends Abortable {
  /** What of the store to tell of: this path and everything below it. `/` unless told. Mounts below have histories of their own. */
  readonly path?: string | undefined;
  /** How many changes at the most. */
  readonly limit?: number | undefined;
}

/** A part of the history of a path. */
export interface Changes {
  readonly changes: readonly {
    readonly kind: ChangeKind;
    readonly path: string;
    readonly oldPath?: string | undefined;
    readonly type?: "file" | "directory" | "symlink" | "other" | undefined;
    readonly revision: number;
  }[];
  /** Up to where this goes: give it to the next `changes`. */
  readonly revision: number;
  /** There is more already. */
  readonly more: boolean;
}
