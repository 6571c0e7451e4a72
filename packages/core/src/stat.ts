/** What a name stands for. `other` is a socket, a pipe or a device: it can be listed and removed, not read. */
export type FileType = "file" | "directory" | "symlink" | "other";

/** What a provider knows of one file. What is absent is not known, and `caps` says so. */
export interface Stat {
  readonly type: FileType;
  /** Bytes of a file, bytes of the target text of a symbolic link, 0 for a directory. */
  readonly size: number;
  /** Time of the last change of content, in milliseconds since 1970. */
  readonly mtimeMs: number;
  /** Permission bits only, `0o7777` at most. */
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly nlink?: number | undefined;
  /** Stable as long as the file exists, and shared by its hard links. */
  readonly ino?: number | undefined;
  readonly atimeMs?: number | undefined;
  readonly ctimeMs?: number | undefined;
  readonly birthtimeMs?: number | undefined;
  /** Changes whenever the content changes, and never comes back. */
  readonly etag?: string | undefined;
  readonly contentType?: string | undefined;
  /** The user's own attributes. */
  readonly meta?: Readonly<Record<string, string>> | undefined;
  /** Only when they are asked for, and where they say more than the milliseconds do. */
  readonly exactTimes?: ExactTimes | undefined;
  /** Digests that the store keeps, in lower-case hex by algorithm: `{ sha256: "..." }`. */
  readonly checksums?: Readonly<Record<string, string>> | undefined;
}

/** The times of a file in nanoseconds since 1970. */
export interface ExactTimes {
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
}

/** One line of a listing. */
export interface Entry {
  /** A single name; in a recursive listing a path relative to the listed directory, `a/b`. */
  readonly name: string;
  readonly type: FileType;
  /** Present when the listing was asked for stats and `caps.listStat` is true. */
  readonly stat?: Stat | undefined;
}

/** A part of a listing. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back for the next part; absent at the end. */
  readonly cursor?: string | undefined;
}

/** What `setStat` may change; what is absent stays as it is. */
export interface StatChanges {
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly atimeMs?: number | undefined;
  readonly mtimeMs?: number | undefined;
  /** The times are those of this moment: who may write the file may set them, though it is not theirs. */
  readonly toNow?: true | undefined;
  /** `null` takes the content type away. */
  readonly contentType?: string | null | undefined;
  /** Replaces all of the user's attributes. */
  readonly meta?: Readonly<Record<string, string>> | undefined;
}

/** How much room there is, in the words of statfs(2): all counts are of blocks of `bsize` bytes, or of files. */
export interface StatFs {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

/** How full a store is. */
export interface Usage {
  /** Bytes of content that are stored. */
  readonly bytes: number;
  /** Files, directories and links, without the root. */
  readonly files: number;
  readonly limitBytes?: number | undefined;
  readonly limitFiles?: number | undefined;
}
