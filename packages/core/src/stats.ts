import type { ExactTimes, FileType, Stat } from "./stat.ts";

const TYPE_BITS: { readonly [K in FileType]: number } = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  other: 0o010000,
};
const USUAL_MODE: { readonly [K in FileType]: number } = {
  file: 0o644,
  directory: 0o755,
  symlink: 0o777,
  other: 0o644,
};

/** What `stat` answers: the shape of Node's `Stats`, with what stores know beyond it. Times are milliseconds since 1970. */
export class Stats {
  readonly type: FileType;
  /**
   * Which store it is in: a number that is the same for all files of one provider, in this program; and the same for
   * two providers that show files of one device.
   */
  readonly dev: number;
  /** Bytes. */
  readonly size: number;
  /** Type and permission bits, as in `st_mode`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  /** 0 when the store has no numbers for its files. */
  readonly ino: number;
  readonly mtimeMs: number;
  readonly atimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  /** The same in nanoseconds, when `bigint` was asked for. */
  readonly atimeNs?: bigint;
  readonly mtimeNs?: bigint;
  readonly ctimeNs?: bigint;
  readonly birthtimeNs?: bigint;
  /** Changes whenever the content changes. */
  readonly etag: string | undefined;
  readonly contentType: string | undefined;
  /** The user's own attributes; empty when there are none. */
  readonly meta: Readonly<Record<string, string>>;
  /** Digests that the store keeps, in lower-case hex by algorithm. */
  readonly checksums: Readonly<Record<string, string>>;

  constructor(stat: Stat, dev: number, bigint = false) {
    const { type, mtimeMs } = stat;
    this.type = type;
    this.dev = dev;
    this.size = stat.size;
    this.mode = (stat.mode ?? USUAL_MODE[type]) | TYPE_BITS[type];
    this.uid = stat.uid ?? 0;
    this.gid = stat.gid ?? 0;
    this.nlink = stat.nlink ?? 1;
    this.ino = stat.ino ?? 0;
    this.mtimeMs = mtimeMs;
    this.atimeMs = stat.atimeMs ?? mtimeMs;
    this.ctimeMs = stat.ctimeMs ?? mtimeMs;
    this.birthtimeMs = stat.birthtimeMs ?? mtimeMs;
    this.etag = stat.etag;
    this.contentType = stat.contentType;
    this.meta = stat.meta ?? NONE;
    this.checksums = stat.checksums ?? NONE;
    if (bigint) Object.assign(this, stat.exactTimes ?? exactTimes(this));
  }

  get mtime(): Date {
    return new Date(this.mtimeMs);
  }
  get atime(): Date {
    return new Date(this.atimeMs);
  }
  get ctime(): Date {
    return new Date(this.ctimeMs);
  }
  get birthtime(): Date {
    return new Date(this.birthtimeMs);
  }

  isFile(): boolean {
    return this.type === "file";
  }
  isDirectory(): boolean {
    return this.type === "directory";
  }
  isSymbolicLink(): boolean {
    return this.type === "symlink";
  }
}

/** The times of a file in nanoseconds: as its store has them where that was asked for, else those of its milliseconds. */
export function exactTimes(stats: Stats): ExactTimes {
  return {
    atimeNs: stats.atimeNs ?? nanoseconds(stats.atimeMs),
    mtimeNs: stats.mtimeNs ?? nanoseconds(stats.mtimeMs),
    ctimeNs: stats.ctimeNs ?? nanoseconds(stats.ctimeMs),
    birthtimeNs: stats.birthtimeNs ?? nanoseconds(stats.birthtimeMs),
  };
}

/**
 * A time in nanoseconds since 1970 that `utimes` sets as exactly as milliseconds tell it; in seconds it would be rounded.
 *
 * @throws RangeError for what is not finite.
 */
export function nanoseconds(ms: number): bigint {
  // In two parts: the whole number has more digits than a double.
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1_000_000));
}

const NONE: Readonly<Record<string, string>> = Object.freeze({});
