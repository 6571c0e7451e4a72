import type { FileType, ProviderFile, Stat, VPath } from "@vfs/core";

/** A name in a directory of the overlay that is not as the lower has it. */
export interface Dentry {
  readonly name: string;
  /** What it stands for; without one it is a whiteout: the lower has the name, and it is gone. */
  readonly inode: Inode | undefined;
  /** The lower has the name too, in the same directory. */
  readonly over: boolean;
  /** Grows with each entry: where a listing goes on. */
  readonly order: number;
}

/** What the journal keeps of an inode. Attributes are those of its stat. */
export interface InodeState {
  readonly ino: number;
  readonly type: FileType;
  nlink: number | undefined;
  /** It has several names in the lower, so that paths which nobody touched may lead to it. */
  readonly linked: boolean;
  /** What it is in the lower. Of a directory: what shows through; a directory without it is opaque. */
  lower: VPath | undefined;
  /** The file of the lower that has its content, as long as `content` is absent: a copy shares that of its original. */
  source: VPath | undefined;
  /** The number of its content in the upper. */
  content: number | undefined;
  /** Of a link: its text. */
  readonly target: string | undefined;
  /** Of content in the lower. */
  size: number;
  etag: string | undefined;
  /** Of content in the upper, undefined: the time that the upper tells. */
  mtimeMs: number | undefined;
  /** `mtimeMs` holds as long as the upper tells this time of its content: until that is written again. */
  mtimeOf: number | undefined;
  atimeMs: number | undefined;
  ctimeMs: number | undefined;
  birthtimeMs: number | undefined;
  mode: number | undefined;
  uid: number | undefined;
  gid: number | undefined;
  contentType: string | undefined;
  meta: Readonly<Record<string, string>> | undefined;
}

/** A file, directory or link that was changed, or is open. What nobody touched has none: the lower is asked. */
export class Inode {
  state: InodeState;
  /** Of a directory: what differs from the lower. */
  readonly entries: Map<string, Dentry> | undefined;
  /** It is in the tree, and in the journal. Else it only stands for a file of the lower that is open. */
  attached = false;
  opens = 0;
  /** What the upper tells of the content, until that changes. */
  known: Stat | undefined;
  /** Counts the changes of the content, so that an answer that was overtaken by one is not kept. */
  version = 0;
  /** The content, open for writing, while somebody has the file open and has written to it. */
  handle: ProviderFile | undefined;

  constructor(state: InodeState) {
    this.state = state;
    this.entries = state.type === "directory" ? new Map() : undefined;
  }

  /** The content has changed, or is about to. */
  contentChanged(): void {
    this.version++;
    this.known = undefined;
  }
}

/** What stands for something of the lower, with everything that the lower tells of it. */
export function stateOf(lower: VPath, stat: Stat, ino: number, target: string | undefined): InodeState {
  const { type, size, mtimeMs, mode, uid, gid, nlink, etag, contentType, meta } = stat;
  const { atimeMs, ctimeMs, birthtimeMs } = stat;
  const source = type === "file" ? lower : undefined;
  const times = { mtimeMs, mtimeOf: undefined, atimeMs, ctimeMs, birthtimeMs };
  const kept = { mode, uid, gid, contentType, meta };
  const linked = type !== "directory" && (nlink ?? 1) > 1;
  return {
    ino,
    type,
    nlink,
    linked,
    lower,
    source,
    content: undefined,
    target,
    size,
    etag,
    ...times,
    ...kept,
  };
}

/** Something new. */
export function newState(
  ino: number,
  type: FileType,
  nowMs: number,
  given: { readonly mode: number; readonly uid: number; readonly gid: number },
  target?: string,
): InodeState {
  const times = { mtimeMs: nowMs, mtimeOf: undefined, atimeMs: nowMs, ctimeMs: nowMs, birthtimeMs: nowMs };
  return {
    ino,
    type,
    nlink: type === "directory" ? 2 : 0,
    linked: false,
    lower: undefined,
    source: undefined,
    content: undefined,
    target,
    size: target === undefined ? 0 : new TextEncoder().encode(target).length,
    etag: undefined,
    ...times,
    ...given,
    contentType: undefined,
    meta: undefined,
  };
}
