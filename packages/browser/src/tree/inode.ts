import { timeOfChange, type Entry, type FileType, type Stat, type StatChanges } from "@vfs/core";
import { Names } from "./names.ts";
import { NO_PIECES, type Pieces } from "./piece.ts";

/** A file, directory or link: everything but its names and the bytes themselves. */
export class Inode {
  readonly type: FileType;
  readonly ino: number;
  /** Of a file: where its bytes lie. Replaced, never changed. */
  pieces: Pieces = NO_PIECES;
  /** Of a file. */
  bytes = 0;
  /** Nobody has read the content since it, or an attribute, was changed. */
  isUnread = true;
  mode: number;
  /** Of a directory. */
  readonly names: Names | undefined;
  uid = 0;
  gid = 0;
  nlink = 0;
  /** Handles that keep it alive without a name. */
  opens = 0;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  birthtimeMs: number;
  contentType: string | undefined = undefined;
  meta: Readonly<Record<string, string>> | undefined = undefined;
  /** Counts the changes of the content over the whole store; the etag. */
  version = 0;
  /** Of a directory: what a listing of it answered, until that changes or is given up for room. */
  listing: readonly Entry[] | undefined = undefined;
  /** Of a directory: the one that it is in; undefined for the root and for what has no name any more. */
  parent: Inode | undefined = undefined;
  /** Of a link: its text. */
  readonly target: string;

  constructor(ino: number, type: FileType, mode: number, nowMs: number, target = "") {
    this.ino = ino;
    this.type = type;
    this.mode = mode;
    this.atimeMs = this.mtimeMs = this.ctimeMs = this.birthtimeMs = nowMs;
    this.names = type === "directory" ? new Names() : undefined;
    this.target = target;
  }

  get size(): number {
    return this.type === "symlink" ? encoder.encode(this.target).length : this.bytes;
  }

  get etag(): string {
    return `v${this.version}`;
  }

  /** The content has changed: this is its new version. */
  touch(version: number, nowMs: number): void {
    this.version = version;
    this.mtimeMs = timeOfChange(this.mtimeMs, nowMs);
    this.ctimeMs = this.mtimeMs;
    this.isUnread = true;
  }

  /** An attribute, or a name of it, has changed. */
  touchAttributes(nowMs: number): void {
    this.ctimeMs = nowMs;
    this.isUnread = true;
  }

  /** The content was read. As with the kernel's `relatime`, that is noted once after each change. */
  accessed(): void {
    if (!this.isUnread) return;
    this.isUnread = false;
    if (this.atimeMs <= this.mtimeMs || this.atimeMs <= this.ctimeMs) this.atimeMs = Date.now();
  }

  stat(): Stat {
    return {
      type: this.type,
      size: this.size,
      mtimeMs: this.mtimeMs,
      mode: this.mode,
      uid: this.uid,
      gid: this.gid,
      nlink: this.nlink,
      ino: this.ino,
      atimeMs: this.atimeMs,
      ctimeMs: this.ctimeMs,
      birthtimeMs: this.birthtimeMs,
      etag: this.type === "file" ? this.etag : undefined,
      contentType: this.contentType,
      meta: this.meta,
    };
  }

  change(changes: StatChanges, nowMs: number): void {
    const { mode, uid, gid, atimeMs, mtimeMs, contentType, meta } = changes;
    if (mode !== undefined) this.mode = mode;
    if (uid !== undefined) this.uid = uid;
    if (gid !== undefined) this.gid = gid;
    if (atimeMs !== undefined) this.atimeMs = atimeMs;
    if (mtimeMs !== undefined) this.mtimeMs = mtimeMs;
    if (contentType !== undefined) this.contentType = contentType ?? undefined;
    if (meta !== undefined) this.meta = Object.freeze({ ...meta });
    this.touchAttributes(nowMs);
  }
}

const encoder = new TextEncoder();
