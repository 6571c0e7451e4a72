import { timeOfChange, type Bytes, type FileType, type Stat } from "@vfs/core";
import type { Change, Connection, Query } from "./connection.ts";
import type { Past } from "./past.ts";
import { MAIN_BRANCH, TYPES } from "./schema.ts";
import { INODE_ROW, LIVE, type State } from "./state.ts";
import type { Tally } from "./tally.ts";

export const FILE: number = TYPES.indexOf("file");
export const DIRECTORY: number = TYPES.indexOf("directory");
export const SYMLINK: number = TYPES.indexOf("symlink");
export const SCRATCH: number = TYPES.indexOf("scratch");

/** When an inode was read and changed. */
export type Times = Pick<Inode, "atimeMs" | "mtimeMs" | "ctimeMs">;

/** A row of `inode`. */
export interface Inode {
  readonly id: number;
  readonly type: number;
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  size: number;
  /** The revision of the last change of content. */
  version: number;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  readonly birthtimeMs: number;
  contentType: string | null;
  /** JSON. */
  meta: string | null;
  /** Which content its whole blocks are, if it ever had any. */
  content: number | null;
  /** What fills no block; here when it was read with the rest. */
  readonly tail?: Buffer<ArrayBuffer> | null;
}

const COLUMNS = INODE_ROW;

// What of a directory lies with its names: see schema.ts.
const BESIDE_NAMES = new Set(["nlink", "mtimeMs", "ctimeMs"]);

/** Where what lies with the names of a directory is found. */
const OWN_NAME = `branch = ${MAIN_BRANCH} AND parent = inode.id AND name = ''`;

/** What a query of `inode` selects to give an {@link Inode}. */
export function inodeColumns({ dentry }: State): string {
  return COLUMNS.map((column) => {
    const own = `(SELECT ${column} FROM ${dentry} WHERE ${OWN_NAME})`;
    const value = `CASE inode.type WHEN ${DIRECTORY} THEN ${own} ELSE inode.${column} END`;
    return `${BESIDE_NAMES.has(column) ? value : `inode.${column}`} AS ${column}`;
  }).join(", ");
}

/** Reads inodes, of what is now or of what was once. */
export interface InodeReader {
  get(id: number): Inode | undefined;
  /** What of a file fills no block; of a link its text. In memory of its own. */
  tail(inode: Pick<Inode, "id" | "tail">): Bytes;
  /** A row that was read, with what is known of it beyond the database. */
  known<I extends Inode | undefined>(inode: I): I;
  /** The content of a file was read. */
  accessed(inode: Partial<Times> & { readonly id: number }): void;
}

// Then they begin anew.
const NOTED_READS = 65_536;

// So many of them a snapshot writes down, so that taking one costs no more than that.
const SETTLED_READS = 1000;

const ALL = COLUMNS.join(", ");

type Value = number | string | Uint8Array | null;

/** The inodes: reads them, and writes what has changed in them. */
export class Inodes implements InodeReader {
  readonly #tally: Tally;
  readonly #past: Past;
  readonly #get: Query<[number], Inode>;
  readonly #tail: Query<[number], Buffer<ArrayBuffer> | null>;
  readonly #insert: Change<Value[]>;
  readonly #insertFile: Change<Value[]>;
  readonly #update: Change<Value[]>;
  readonly #updateContent: Change<Value[]>;
  readonly #touch: Change<[number, number, number, number]>;
  readonly #stamp: Change<[number, number]>;
  readonly #access: Change<[number, number, number, number]>;
  readonly #delete: Change<[number]>;
  readonly #clone: Change<Value[]>;
  readonly #insertOwn: Change<Value[]>;
  readonly #updateOwn: Change<Value[]>;
  readonly #stampOwn: Change<[number, number]>;
  readonly #deleteOwn: Change<[number]>;
  /**
   * When files were read, as with the kernel's `lazytime`: here only, until something else of the inode is written or
   * the store is closed. So a read writes nothing, and another process does not see it.
   */
  readonly #accessed = new Map<number, number>();
  /** Directories whose times are those of this transaction already. */
  readonly #touched = new Set<number>();

  constructor(connection: Connection, tally: Tally, past: Past) {
    this.#tally = tally;
    this.#past = past;
    this.#get = connection.query(`SELECT ${inodeColumns(LIVE)} FROM inode WHERE id = ?`);
    this.#tail = connection
      .query<[number], Buffer<ArrayBuffer> | null>("SELECT tail FROM inode WHERE id = ?")
      .pluck();
    this.#insert = connection.change(
      // Each value that is bound costs as much as a tenth of the row; what is new belongs to nobody.
      `INSERT INTO inode(born, ${ALL.replace("uid, gid, ", "")}, tail, uid, gid)
         VALUES(${"?, ".repeat(COLUMNS.length)} 0, 0)`,
    );
    this.#insertFile = connection.change(
      `INSERT INTO inode(type, nlink, uid, gid, born, id, mode, size, version, atimeMs, mtimeMs, ctimeMs, birthtimeMs, tail)
         VALUES(${FILE}, 1, 0, 0, ${"?, ".repeat(9)}?)`,
    );
    this.#update = connection.change(
      `UPDATE inode SET mode = ?, uid = ?, gid = ?, nlink = ?, atimeMs = ?, mtimeMs = ?, ctimeMs = ?,
         contentType = ?, meta = ? WHERE id = ?`,
    );
    this.#updateContent = connection.change(
      "UPDATE inode SET size = ?, version = ?, mtimeMs = ?, ctimeMs = ?, content = ?, tail = ? WHERE id = ?",
    );
    const own = `branch = ${MAIN_BRANCH} AND parent = ? AND name = ''`;
    this.#touch = connection.change(
      `UPDATE dentry SET mtimeMs = ?, ctimeMs = ?, nlink = nlink + ? WHERE ${own}`,
    );
    this.#insertOwn = connection.change(
      `INSERT INTO dentry(branch, name, type, parent, ino, born, nlink, mtimeMs, ctimeMs)
         VALUES(${MAIN_BRANCH}, '', ${DIRECTORY}, ?, ?, ?, ?, ?, ?)`,
    );
    this.#updateOwn = connection.change(`UPDATE dentry SET nlink = ?, mtimeMs = ?, ctimeMs = ? WHERE ${own}`);
    this.#stampOwn = connection.change(`UPDATE dentry SET ctimeMs = ? WHERE ${own}`);
    this.#deleteOwn = connection.change(`DELETE FROM dentry WHERE ${own}`);
    this.#stamp = connection.change("UPDATE inode SET ctimeMs = ? WHERE id = ?");
    this.#access = connection.change(
      "UPDATE inode SET atimeMs = ? WHERE id = ? AND atimeMs < ? AND born > ?",
    );
    this.#delete = connection.change("DELETE FROM inode WHERE id = ?");
    this.#clone = connection.change(
      `INSERT INTO inode(born, ${ALL}, tail)
         SELECT ?, ?, ?, mode, uid, gid, ?, size, ?, ?, ?, ?, ?, contentType, meta, ?, tail FROM inode WHERE id = ?`,
    );
  }

  /** As with the kernel's `relatime`, a read is noted once after each change, and so has a later time than that. */
  accessed({ id, atimeMs, mtimeMs, ctimeMs }: Partial<Times> & { readonly id: number }): void {
    if (atimeMs === undefined || mtimeMs === undefined || ctimeMs === undefined) return;
    if (atimeMs > mtimeMs && atimeMs > ctimeMs) return;
    if (this.#accessed.size >= NOTED_READS) this.#accessed.clear();
    this.#accessed.set(id, timeOfChange(Math.max(mtimeMs, ctimeMs), Date.now()));
  }

  /** A row that was read, with the time of access that is not in the database yet. */
  known<I extends Inode | undefined>(inode: I): I {
    if (inode === undefined || this.#accessed.size === 0) return inode;
    const atMs = this.#accessed.get(inode.id);
    if (atMs !== undefined && atMs > inode.atimeMs) inode.atimeMs = atMs;
    return inode;
  }

  get hasNews(): boolean {
    return this.#accessed.size > 0;
  }

  /**
   * Writes down the times of access that are known here only, but for what a snapshot has: to keep a row for that is
   * not worth its room. In a transaction.
   */
  writeAccesses(): void {
    const { newest } = this.#tally;
    for (const [id, atMs] of this.#accessed) this.#access(atMs, id, atMs, newest);
    this.#accessed.clear();
  }

  /** Writes them down for the next snapshot, whatever older ones have: the latest ones, so many. In a transaction. */
  settleAccesses(): void {
    for (const id of [...this.#accessed.keys()].slice(-SETTLED_READS)) {
      const atMs = this.#accessed.get(id) ?? 0;
      this.#past.keepInode(id);
      this.#access(atMs, id, atMs, this.#tally.newest);
      this.#accessed.delete(id);
    }
  }

  /** To be called when a transaction begins. */
  begun(): void {
    this.#touched.clear();
  }

  get(id: number): Inode | undefined {
    return this.known(this.#get.get(id));
  }

  /** What of a file fills no block; of a link its text. In memory of its own. */
  tail({ id, tail }: Pick<Inode, "id" | "tail">): Bytes {
    return tailOf(tail === undefined ? this.#tail.get(id) : tail);
  }

  /** A row for something new, not in the database yet. */
  make(type: number, mode: number): Inode {
    const { nowMs } = this.#tally;
    return {
      id: type === DIRECTORY ? this.#tally.directoryNumber() : this.#tally.number(),
      type,
      mode,
      uid: 0,
      gid: 0,
      nlink: type === DIRECTORY ? 2 : 1,
      size: 0,
      version: 0,
      atimeMs: nowMs,
      mtimeMs: nowMs,
      ctimeMs: nowMs,
      birthtimeMs: nowMs,
      contentType: null,
      meta: null,
      content: null,
    };
  }

  insert(inode: Inode, tail: Uint8Array | null): void {
    const { id, type, mode, nlink, size, version, atimeMs, mtimeMs, ctimeMs, birthtimeMs } = inode;
    const { contentType, meta, content } = inode;
    const born = this.#tally.revision;
    // Of most that is new there is no more to say.
    if (type === FILE && nlink === 1 && (contentType ?? meta ?? content) === null)
      this.#insertFile(born, id, mode, size, version, atimeMs, mtimeMs, ctimeMs, birthtimeMs, tail);
    else this.#insertAny(inode, tail);
    if (type === DIRECTORY) this.#addOwn(inode);
    if (inode.uid !== 0 || inode.gid !== 0) this.update(inode);
  }

  #insertAny(inode: Inode, tail: Uint8Array | null): void {
    const { id, type, mode, nlink, size, version, atimeMs, mtimeMs, ctimeMs, birthtimeMs } = inode;
    const { contentType, meta, content } = inode;
    const born = this.#tally.revision;
    this.#insert(
      born,
      id,
      type,
      mode,
      nlink,
      size,
      version,
      atimeMs,
      mtimeMs,
      ctimeMs,
      birthtimeMs,
      contentType,
      meta,
      content,
      tail,
    );
  }

  #addOwn({ id, nlink, mtimeMs, ctimeMs }: Inode): void {
    this.#insertOwn(id, id, this.#tally.revision, nlink, mtimeMs, ctimeMs);
  }

  /** Writes everything but the content. */
  update(inode: Inode): void {
    const { id, mode, uid, gid, nlink, atimeMs, mtimeMs, ctimeMs, contentType, meta } = inode;
    this.#keep(inode);
    this.#update(mode, uid, gid, nlink, atimeMs, mtimeMs, ctimeMs, contentType, meta, id);
    if (inode.type === DIRECTORY) this.#updateOwn(nlink, mtimeMs, ctimeMs, id);
    this.#touched.delete(id);
    this.#accessed.delete(id);
  }

  /** Writes the content: size, blocks and tail. */
  updateContent(inode: Inode, tail: Uint8Array | null): void {
    const { id, size, version, mtimeMs, ctimeMs, content } = inode;
    if (this.#tally.newest > 0) this.#past.keepInode(id);
    this.#updateContent(size, version, mtimeMs, ctimeMs, content, tail, id);
  }

  /** Notes that a name came into a directory or went away, and with it so many directories. */
  touch(directory: number, links = 0): void {
    if (links === 0 && this.#touched.has(directory)) return;
    const { nowMs } = this.#tally;
    if (this.#tally.newest > 0) this.#past.keepDirectory(directory);
    this.#touch(nowMs, nowMs, links, directory);
    this.#touched.add(directory);
  }

  /** Notes that an inode has another name, or another parent. */
  stamp({ id, type }: Pick<Inode, "id" | "type">): void {
    this.#keep({ id, type });
    if (type === DIRECTORY) this.#stampOwn(this.#tally.nowMs, id);
    else this.#stamp(this.#tally.nowMs, id);
  }

  delete({ id, type }: Pick<Inode, "id" | "type">): void {
    this.#keep({ id, type });
    if (this.#tally.newest > 0) this.#past.leaveInode(id);
    this.#delete(id);
    if (type === DIRECTORY) this.#deleteOwn(id);
  }

  /** What snapshots have of an inode stays as it is. */
  #keep({ id, type }: Pick<Inode, "id" | "type">): void {
    if (this.#tally.newest === 0) return;
    this.#past.keepInode(id);
    if (type === DIRECTORY) this.#past.keepDirectory(id);
  }

  /** Copies a row, tail included, with what is different in `copy`. */
  clone(source: number, copy: Inode): void {
    const { id, type, nlink, version, atimeMs, mtimeMs, ctimeMs, birthtimeMs, content } = copy;
    const born = this.#tally.revision;
    this.#clone(born, id, type, nlink, version, atimeMs, mtimeMs, ctimeMs, birthtimeMs, content, source);
    if (type === DIRECTORY) this.#addOwn(copy);
  }
}

const NOTHING = new Uint8Array(0);

/** The tail that a row has. */
export function tailOf(tail: Buffer<ArrayBuffer> | null | undefined): Bytes {
  return tail ?? NOTHING;
}

/** An inode as callers see it. */
export function toStat(inode: Inode): Stat {
  const { id, type, size, mode, uid, gid, nlink, atimeMs, mtimeMs, ctimeMs, birthtimeMs } = inode;
  const { contentType, meta } = inode;
  return {
    type: toType(type),
    size,
    mtimeMs,
    mode,
    uid,
    gid,
    nlink,
    ino: id,
    atimeMs,
    ctimeMs,
    birthtimeMs,
    etag: type === FILE ? toEtag(inode) : undefined,
    contentType: contentType ?? undefined,
    meta: meta === null ? undefined : (JSON.parse(meta) as Record<string, string>),
  };
}

/** The version of a content. The number is never used for another file, and the revision never again. */
export function toEtag({ id, version }: Inode): string {
  return `${id}-${version}`;
}

export function toType(type: number): FileType {
  return KINDS[type] ?? "other";
}

const KINDS: readonly FileType[] = ["file", "directory", "symlink"];
