import type { FileType } from "@vfs/core";
import { Inode } from "./inode.ts";
import type { Piece, Pieces } from "./piece.ts";

/** An inode as it is written down: all that is not told by names. */
export type InodeRecord = readonly [
  ino: number,
  type: number,
  mode: number,
  owners: readonly [uid: number, gid: number] | 0,
  times: readonly [atimeMs: number, mtimeMs: number, ctimeMs: number, birthtimeMs: number],
  version: number,
  /** Of a file: its bytes, then the id and the room of each piece, 0 and 0 for none. Of a link: its text. */
  content: readonly number[] | string | 0,
  contentType?: string | null,
  meta?: Readonly<Record<string, string>>,
];

/** A name that came (with the inode that it stands for) or went (with 0). */
export type NameRecord = readonly [parent: number, name: string, ino: number, order: number];

/** What one step of the store changed. */
export interface Step {
  readonly revision: number;
  readonly inodes: readonly InodeRecord[];
  /** In the order in which they changed. */
  readonly names: readonly NameRecord[];
  /** Inodes that are gone. */
  readonly gone: readonly number[];
  readonly lastIno: number;
  readonly lastOrder: number;
  readonly lastVersion: number;
}

/** In the order of their numbers. */
export const TYPES: readonly FileType[] = ["file", "directory", "symlink"];

export function toRecord(node: Inode): InodeRecord {
  const { ino, type, mode, uid, gid, version, contentType, meta } = node;
  const owners = uid === 0 && gid === 0 ? 0 : ([uid, gid] as const);
  const times = [node.atimeMs, node.mtimeMs, node.ctimeMs, node.birthtimeMs] as const;
  const content = type === "file" ? [node.bytes, ...flat(node.pieces)] : type === "symlink" ? node.target : 0;
  const record = [ino, TYPES.indexOf(type), mode, owners, times, version, content] as const;
  if (meta !== undefined) return [...record, contentType ?? null, meta];
  return contentType === undefined ? record : [...record, contentType];
}

/** The inode that a record describes, without names. */
export function fromRecord(record: InodeRecord): Inode {
  const [ino, type, mode, , , , content] = record;
  const node = new Inode(ino, TYPES[type] ?? "other", mode, 0, typeof content === "string" ? content : "");
  assignRecord(node, record);
  return node;
}

/** Makes an inode what a record says. */
export function assignRecord(node: Inode, record: InodeRecord): void {
  const [, , mode, owners, times, version, content, contentType, meta] = record;
  [node.atimeMs, node.mtimeMs, node.ctimeMs, node.birthtimeMs] = times;
  [node.uid, node.gid] = owners === 0 ? [0, 0] : owners;
  node.mode = mode;
  node.version = version;
  node.contentType = contentType ?? undefined;
  node.meta = meta === undefined ? undefined : Object.freeze(meta);
  if (typeof content !== "object") return;
  const [bytes = 0, ...places] = content;
  node.bytes = bytes;
  node.pieces = unflat(places);
}

function flat(pieces: Pieces): number[] {
  const numbers: number[] = [];
  for (const piece of pieces) numbers.push(piece?.id ?? 0, piece?.room ?? 0);
  return numbers;
}

function unflat(numbers: readonly number[]): Pieces {
  const pieces: (Piece | undefined)[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    const room = numbers[at + 1] ?? 0;
    pieces.push(room === 0 ? undefined : { id: numbers[at] ?? 0, room });
  }
  return pieces;
}
