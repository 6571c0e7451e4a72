/** What a file is. */
export type FileType = "file" | "directory" | "symlink" | "other";

/** What the guest program tells of a file; see `WireStat`. */
export type Told = readonly [
  type: FileType,
  mode: number,
  size: number,
  mtimeMs: number,
  atimeMs: number,
  ctimeMs: number,
  ino: number,
  nlink: number,
  uid: number,
  gid: number,
];

const TYPE_BITS = { file: 0o100000, directory: 0o040000, symlink: 0o120000, other: 0o010000 } as const;

/** Which kind of file something is, by Node's questions. */
class Typed {
  readonly #type: FileType;
  constructor(type: FileType) {
    this.#type = type;
  }
  isFile(): boolean {
    return this.#type === "file";
  }
  isDirectory(): boolean {
    return this.#type === "directory";
  }
  isSymbolicLink(): boolean {
    return this.#type === "symlink";
  }
  isFIFO(): boolean {
    return false;
  }
  isSocket(): boolean {
    return false;
  }
  isBlockDevice(): boolean {
    return false;
  }
  isCharacterDevice(): boolean {
    return false;
  }
}

/** Node's `Stats`. */
export class Stats extends Typed {
  readonly dev = 2;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev = 0;
  readonly blksize = 65_536;
  readonly ino: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  constructor([type, mode, size, mtimeMs, atimeMs, ctimeMs, ino, nlink, uid, gid]: Told) {
    super(type);
    this.mode = TYPE_BITS[type] | mode;
    this.nlink = nlink;
    this.uid = uid;
    this.gid = gid;
    this.ino = ino;
    this.size = size;
    this.blocks = Math.ceil(size / 512);
    this.atimeMs = atimeMs;
    this.mtimeMs = mtimeMs;
    this.ctimeMs = ctimeMs;
    this.birthtimeMs = ctimeMs;
    this.atime = new Date(atimeMs);
    this.mtime = new Date(mtimeMs);
    this.ctime = new Date(ctimeMs);
    this.birthtime = this.ctime;
  }
}

/** Node's `Dirent`. */
export class Dirent extends Typed {
  readonly name: string;
  readonly parentPath: string;
  constructor(name: string, parentPath: string, type: FileType) {
    super(type);
    this.name = name;
    this.parentPath = parentPath;
  }
}
