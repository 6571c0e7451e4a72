import { VfsError } from "@vfs/core";
import { hashOf } from "./hash.ts";
import { Inode } from "./inode.ts";
import { Dentry } from "./names.ts";
import type { Piece } from "./piece.ts";
import { TYPES, type Step } from "./records.ts";

// All that a tree has, in a form that is read in one go: numbers, eight bytes each, and one text with all names. To read
// JSON of the same takes several times as long, most of it to collect what it left behind.

/** Above all inodes. */
export type Counters = Pick<Step, "lastIno" | "lastOrder" | "lastVersion">;

const OWNERS = 4;
const TIMES = 8;
const CONTENT_TYPE = 16;
const META = 32;
const TYPE = 3;

const HEAD_BYTES = 8;
const BYTES_A_NUMBER = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Everything that there is. */
export function encodeImage(inodes: Iterable<Inode>, counters: Counters): Uint8Array<ArrayBuffer> {
  const { lastIno, lastOrder, lastVersion } = counters;
  const numbers: number[] = [lastIno, lastOrder, lastVersion, 0];
  const names: number[] = [];
  const words: string[] = [];
  // Of names first, so that both lists of numbers go through the text in step.
  const others: string[] = [];
  let count = 0;
  for (const node of inodes) {
    count++;
    encodeInode(node, numbers, others);
    const { size = 0 } = node.names ?? {};
    if (node.names === undefined || size === 0) continue;
    names.push(node.ino, size);
    for (const { name, node: child, order } of node.names.all()) {
      names.push(child.ino, order, name.length);
      words.push(name);
    }
  }
  numbers[3] = count;
  // JSON keeps halves of characters as they are, which UTF-8 cannot.
  const text = encoder.encode(JSON.stringify([words.join(""), others.join("")]));
  const total = numbers.length + names.length;
  const bytes = new Uint8Array(HEAD_BYTES + total * BYTES_A_NUMBER + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, total, true);
  view.setUint32(4, text.length, true);
  const column = new Float64Array(bytes.buffer, HEAD_BYTES, total);
  column.set(numbers);
  column.set(names, numbers.length);
  bytes.set(text, HEAD_BYTES + total * BYTES_A_NUMBER);
  return bytes;
}

function encodeInode(node: Inode, numbers: number[], words: string[]): void {
  const { ino, type, mode, uid, gid, version, contentType, meta, target } = node;
  const { atimeMs, mtimeMs, ctimeMs, birthtimeMs } = node;
  const isOwned = uid !== 0 || gid !== 0;
  const hasTimes = atimeMs !== mtimeMs || ctimeMs !== mtimeMs || birthtimeMs !== mtimeMs;
  numbers.push(
    TYPES.indexOf(type) |
      (isOwned ? OWNERS : 0) |
      (hasTimes ? TIMES : 0) |
      (contentType === undefined ? 0 : CONTENT_TYPE) |
      (meta === undefined ? 0 : META),
    ino,
    mode,
    version,
    mtimeMs,
  );
  if (isOwned) numbers.push(uid, gid);
  if (hasTimes) numbers.push(atimeMs, ctimeMs, birthtimeMs);
  const word = (text: string): void => {
    numbers.push(text.length);
    words.push(text);
  };
  if (type === "file") {
    numbers.push(node.bytes, node.pieces.length);
    for (const piece of node.pieces) numbers.push(piece?.id ?? 0, piece?.room ?? 0);
  } else if (type === "symlink") word(target);
  if (contentType !== undefined) word(contentType);
  if (meta !== undefined) word(JSON.stringify(meta));
}

/** What an image is read into. */
export interface Restored {
  inode(node: Inode): void;
  name(parent: Inode, entry: Dentry): void;
  need(ino: number): Inode;
}

/** Reads an image: all inodes, then all names. */
export function decodeImage(bytes: Uint8Array, into: Restored, came: Piece[]): Counters {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const total = view.getUint32(0, true);
  const textAt = HEAD_BYTES + total * BYTES_A_NUMBER;
  const end = textAt + view.getUint32(4, true);
  if (end !== bytes.length) throw damaged();
  // Numbers must begin at a multiple of their size.
  const whole = bytes.byteOffset % BYTES_A_NUMBER === 0 ? bytes : bytes.slice();
  const numbers = new Float64Array(whole.buffer as ArrayBuffer, whole.byteOffset + HEAD_BYTES, total);
  const [words = "", others = ""] = JSON.parse(decoder.decode(bytes.subarray(textAt, end))) as string[];
  const [lastIno = 0, lastOrder = 0, lastVersion = 0, count = 0] = numbers;
  const reader = new Reader(numbers, others, came);
  for (let i = 0; i < count; i++) into.inode(reader.inode());
  let { at } = reader;
  let wordAt = 0;
  while (at < total) {
    const parent = into.need(numbers[at] as number);
    const last = at + 2 + 3 * (numbers[at + 1] as number);
    for (at += 2; at < last; at += 3) {
      const node = into.need(numbers[at] as number);
      const wordEnd = wordAt + (numbers[at + 2] as number);
      const name = words.slice(wordAt, wordEnd);
      wordAt = wordEnd;
      into.name(parent, new Dentry(name, node, hashOf(name, 0), numbers[at + 1] as number));
    }
  }
  return { lastIno, lastOrder, lastVersion };
}

class Reader {
  at = 4;
  #wordAt = 0;
  readonly #numbers: Float64Array;
  readonly #words: string;
  readonly #came: Piece[];

  constructor(numbers: Float64Array, words: string, came: Piece[]) {
    this.#numbers = numbers;
    this.#words = words;
    this.#came = came;
  }

  inode(): Inode {
    const flags = this.#next();
    const ino = this.#next();
    const mode = this.#next();
    const version = this.#next();
    const mtimeMs = this.#next();
    const type = TYPES[flags & TYPE] ?? "other";
    const [uid, gid] = (flags & OWNERS) === 0 ? ROOT : [this.#next(), this.#next()];
    const times = (flags & TIMES) === 0 ? undefined : [this.#next(), this.#next(), this.#next()];
    const node = new Inode(ino, type, mode, mtimeMs, type === "symlink" ? this.#word() : "");
    if (times !== undefined) [node.atimeMs, node.ctimeMs, node.birthtimeMs] = times as [number, number, number];
    node.uid = uid;
    node.gid = gid;
    node.version = version;
    if (type === "file") this.#content(node);
    if ((flags & CONTENT_TYPE) !== 0) node.contentType = this.#word();
    if ((flags & META) !== 0)
      node.meta = Object.freeze(JSON.parse(this.#word()) as Readonly<Record<string, string>>);
    return node;
  }

  #content(node: Inode): void {
    node.bytes = this.#next();
    const count = this.#next();
    if (count === 0) return;
    const pieces: (Piece | undefined)[] = [];
    for (let i = 0; i < count; i++) {
      const piece = { id: this.#next(), room: this.#next() };
      pieces.push(piece.room === 0 ? undefined : piece);
      if (piece.room > 0) this.#came.push(piece);
    }
    node.pieces = pieces;
  }

  #next(): number {
    const value = this.#numbers[this.at++];
    if (value === undefined) throw damaged();
    return value;
  }

  #word(): string {
    const from = this.#wordAt;
    this.#wordAt = from + this.#next();
    return this.#words.slice(from, this.#wordAt);
  }
}

const ROOT: readonly [number, number] = [0, 0];

function damaged(): VfsError {
  return new VfsError("EIO", { hint: "the store is damaged: its index has no whole content" });
}
