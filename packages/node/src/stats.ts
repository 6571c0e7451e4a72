import {
  constants,
  Stats as NodeStats,
  type BigIntStats as NodeBigIntStats,
  type BigIntStatsFs,
  type StatsFs,
} from "node:fs";
import { exactTimes, type StatFs as VfsStatFs, type Stats as VfsStats } from "@vfs/core";

const { S_IFMT, S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFBLK, S_IFCHR } = constants;
const BLOCK_BYTES = 4096;
const SECTOR_BYTES = 512;

/** The fields of Node's `Stats`. Its methods, and its dates, come from Node. */
class Stats {
  readonly dev: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev = 0;
  readonly blksize = BLOCK_BYTES;
  readonly ino: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;

  constructor(stats: VfsStats) {
    this.dev = stats.dev;
    this.mode = stats.mode;
    this.nlink = stats.nlink;
    this.uid = stats.uid;
    this.gid = stats.gid;
    this.ino = stats.ino;
    this.size = stats.size;
    this.blocks = sectors(stats.size);
    this.atimeMs = stats.atimeMs;
    this.mtimeMs = stats.mtimeMs;
    this.ctimeMs = stats.ctimeMs;
    this.birthtimeMs = stats.birthtimeMs;
  }
}

// So they are `instanceof fs.Stats`, of this face and of Node. Its constructor is not called: that is deprecated.
Object.setPrototypeOf(Stats.prototype, NodeStats.prototype);

/** Node's `BigIntStats`, which Node does not export. */
class BigIntStats {
  readonly dev: bigint;
  readonly mode: bigint;
  readonly nlink: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly rdev = 0n;
  readonly blksize: bigint = BigInt(BLOCK_BYTES);
  readonly ino: bigint;
  readonly size: bigint;
  readonly blocks: bigint;
  readonly atimeMs: bigint;
  readonly mtimeMs: bigint;
  readonly ctimeMs: bigint;
  readonly birthtimeMs: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;

  constructor(stats: VfsStats) {
    this.dev = BigInt(stats.dev);
    this.mode = BigInt(stats.mode);
    this.nlink = BigInt(stats.nlink);
    this.uid = BigInt(stats.uid);
    this.gid = BigInt(stats.gid);
    this.ino = BigInt(stats.ino);
    this.size = BigInt(stats.size);
    this.blocks = BigInt(sectors(stats.size));
    const { atimeNs, mtimeNs, ctimeNs, birthtimeNs } = exactTimes(stats);
    this.atimeNs = atimeNs;
    this.mtimeNs = mtimeNs;
    this.ctimeNs = ctimeNs;
    this.birthtimeNs = birthtimeNs;
    this.atimeMs = this.atimeNs / 1_000_000n;
    this.mtimeMs = this.mtimeNs / 1_000_000n;
    this.ctimeMs = this.ctimeNs / 1_000_000n;
    this.birthtimeMs = this.birthtimeNs / 1_000_000n;
  }

  get atime(): Date {
    return new Date(Number(this.atimeMs));
  }
  get mtime(): Date {
    return new Date(Number(this.mtimeMs));
  }
  get ctime(): Date {
    return new Date(Number(this.ctimeMs));
  }
  get birthtime(): Date {
    return new Date(Number(this.birthtimeMs));
  }

  isFile(): boolean {
    return this.#is(S_IFREG);
  }
  isDirectory(): boolean {
    return this.#is(S_IFDIR);
  }
  isSymbolicLink(): boolean {
    return this.#is(S_IFLNK);
  }
  isFIFO(): boolean {
    return this.#is(S_IFIFO);
  }
  isSocket(): boolean {
    return this.#is(S_IFSOCK);
  }
  isBlockDevice(): boolean {
    return this.#is(S_IFBLK);
  }
  isCharacterDevice(): boolean {
    return this.#is(S_IFCHR);
  }

  #is(type: number): boolean {
    return (Number(this.mode) & S_IFMT) === type;
  }
}

function sectors(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * (BLOCK_BYTES / SECTOR_BYTES);
}

/** Node's stats for those of a Vfs. */
export function toStats(stats: VfsStats): NodeStats {
  return new Stats(stats) as unknown as NodeStats;
}

/** The same in bigints, with nanoseconds. */
export function toBigIntStats(stats: VfsStats): NodeBigIntStats {
  return new BigIntStats(stats) as unknown as NodeBigIntStats;
}

/** What a watcher of a file that is not there is told: zeros. */
export function noStats(bigint: boolean): NodeStats | NodeBigIntStats {
  const zeros = {
    dev: 0,
    mode: 0,
    nlink: 0,
    uid: 0,
    gid: 0,
    ino: 0,
    size: 0,
    atimeMs: 0,
    mtimeMs: 0,
    ctimeMs: 0,
    birthtimeMs: 0,
  } as unknown as VfsStats;
  return bigint ? toBigIntStats(zeros) : toStats(zeros);
}

class StatFs {
  readonly type = 0;
  readonly bsize: number;
  readonly frsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;

  constructor({ bsize, blocks, bfree, bavail, files, ffree }: VfsStatFs) {
    this.bsize = bsize;
    this.frsize = bsize;
    this.blocks = blocks;
    this.bfree = bfree;
    this.bavail = bavail;
    this.files = files;
    this.ffree = ffree;
  }
}

/** Node's account of the room in a filesystem. */
export function toStatFs(room: VfsStatFs): StatsFs {
  return new StatFs(room);
}

/** The same in bigints. */
export function toBigIntStatFs(room: VfsStatFs): BigIntStatsFs {
  const plain = new StatFs(room);
  const big = Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, BigInt(value as number)]));
  return Object.setPrototypeOf(big, StatFs.prototype) as BigIntStatsFs;
}
