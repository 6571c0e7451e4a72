import { timeOfChange, type Entry, type FileType, type Stat, type StatChanges } from "@vfs/core";
import { Content } from "./content.ts";
import { Names, type Dentry } from "./names.ts";
import type { Past } from "./past.ts";

/** A file, directory or link: everything but its names. */
export class Inode {
  // What every read looks at comes first: it is in one line of the processor's cache.
  readonly type: FileType;
  /** Of a file. */
  content: Content;
  /** Nobody has read the content since it, or an attribute, was changed. */
  isUnread = true;
  mode: number;
  /** Of a directory. */
  readonly names: Names | undefined;
  readonly ino: number;
  uid = 0;
  gid = 0;
  nlink = 0;
  /** Handles that keep it alive without a name. */
  opens = 0;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  readonly birthtimeMs: number;
  contentType: string | undefined = undefined;
  meta: Readonly<Record<string, string>> | undefined = undefined;
  /** Counts the changes of the content over the whole store; the etag. */
  version = 0;
  #etag = "";
  /** Of a directory: what a listing of it answered, until that changes or is given up for room. */
  listing: readonly Entry[] | undefined = undefined;
  /** Its name, or one of them; undefined for the root and for what has none any more. */
  entry: Dentry | undefined = undefined;
  /** Its other names. */
  #others: Set<Dentry> | undefined = undefined;
  /** The epoch since which it is as it is: since it was made, or was kept and changed last. */
  since: number;
  /** What snapshots need of how it was. */
  past: Past | undefined = undefined;
  /** Of a link: its text. */
  readonly target: string;

  /** @param of What this is a copy of, with its number and its names. */
  constructor(
    ino: number,
    type: FileType,
    mode: number,
    nowMs: number,
    epoch: number,
    target: string,
    of?: Inode,
  ) {
    this.ino = ino;
    this.type = type;
    this.mode = mode;
    this.atimeMs = this.mtimeMs = this.ctimeMs = this.birthtimeMs = nowMs;
    this.content = type !== "file" ? EMPTY : of === undefined ? new Content() : of.content.share();
    this.names = type !== "directory" ? undefined : of === undefined ? new Names(epoch) : of.names;
    this.since = epoch;
    this.target = target;
  }

  /** As it is now, for as long as a snapshot needs that; the content is shared until it changes. */
  copy(): Inode {
    const { ino, type, mode, birthtimeMs, since, target } = this;
    const copy = new Inode(ino, type, mode, birthtimeMs, since, target, this);
    copy.uid = this.uid;
    copy.gid = this.gid;
    copy.nlink = this.nlink;
    copy.atimeMs = this.atimeMs;
    copy.mtimeMs = this.mtimeMs;
    copy.ctimeMs = this.ctimeMs;
    copy.contentType = this.contentType;
    copy.meta = this.meta;
    copy.version = this.version;
    return copy;
  }

  /** Of a directory: the one that it is in; undefined for the root and for what has no name any more. */
  get parent(): Inode | undefined {
    return this.entry?.directory;
  }

  /** All its names. */
  get entries(): readonly Dentry[] {
    return this.entry === undefined ? [] : [this.entry, ...(this.#others ?? [])];
  }

  /** It has got a name. */
  named(entry: Dentry): void {
    if (this.entry === undefined) this.entry = entry;
    else (this.#others ??= new Set()).add(entry);
  }

  /** It has lost a name. */
  unnamed(entry: Dentry): void {
    if (this.entry !== entry) {
      this.#others?.delete(entry);
      return;
    }
    const [other] = this.#others ?? [];
    this.entry = other;
    if (other !== undefined) this.#others?.delete(other);
  }

  get size(): number {
    return this.type === "symlink" ? textBytes(this.target) : this.content.size;
  }

  get etag(): string {
    if (this.#etag === "") this.#etag = `v${this.version}`;
    return this.#etag;
  }

  /** The content has changed: this is its new version. */
  touch(version: number, nowMs: number): void {
    this.version = version;
    if (this.#etag !== "") this.#etag = "";
    this.mtimeMs = timeOfChange(this.mtimeMs, nowMs);
    this.ctimeMs = this.mtimeMs;
    this.isUnread = true;
  }

  /** An attribute, or a name of it, has changed. */
  touchAttributes(nowMs: number): void {
    this.ctimeMs = nowMs;
    this.isUnread = true;
  }

  /** Whether to read the content now is noted: as with the kernel's `relatime`, once after each change. */
  get notesReading(): boolean {
    return this.isUnread && (this.atimeMs <= this.mtimeMs || this.atimeMs <= this.ctimeMs);
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

/** Shared by everything that has no content; it is replaced, never written. */
const EMPTY: Content = new Content();

const encoder = new TextEncoder();

function textBytes(text: string): number {
  return encoder.encode(text).length;
}
