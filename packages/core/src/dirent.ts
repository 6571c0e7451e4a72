import type { FileType } from "./stat.ts";
import type { Stats } from "./stats.ts";

/** One entry of a directory: the shape of Node's `Dirent`, with its whole path. */
export class Dirent {
  readonly name: string;
  /** The directory that it is in. */
  readonly parentPath: string;
  readonly type: FileType;
  /** Present when it was asked for, or came for nothing. */
  readonly stat: Stats | undefined;

  constructor(name: string, parentPath: string, type: FileType, stat?: Stats) {
    this.name = name;
    this.parentPath = parentPath;
    this.type = type;
    this.stat = stat;
  }

  get path(): string {
    return this.parentPath === "/" ? `/${this.name}` : `${this.parentPath}/${this.name}`;
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
