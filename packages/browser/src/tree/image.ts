import { VfsError } from "@vfs/core";
import { hashOf } from "./hash.ts";
import { Inode } from "./inode.ts";
import { Dentry } from "./names.ts";
import { NO_PIECES, type Piece, type Pieces } from "./piece.ts";
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

/** Numbers in front of all, of a directory in front of its names, and of each of those. */
const FIRST_NUMBERS = 5;
const DIRECTORY_NUMBERS = 3;
const NAME_NUMBERS = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Everything that there is. */
export function encodeImage(inodes: readonly Inode[], counters: Counters): Uint8Array<ArrayBuffer> {
  const { lastIno, lastOrder, lastVersion } = counters;
  const numbers: number[] = [lastIno, lastOrder, lastVersion, inodes.length, 0];
  const places = new Map<Inode, number>();
  const words: string[] = [];
  for (const node of inodes) {
    places.set(node, numbers.length);
    encodeInode(node, numbers, words);
  }
  numbers[FIRST_NUMBERS - 1] = numbers.length;
  const names: string[] = [];
  let nameAt = 0;
  for (const { ino, names: all } of inodes) {
    if (all === undefined || all.size === 0) continue;
    numbers.push(ino, all.size, nameAt);
    for (const { name, node, order } of all.all()) {
      numbers.push(node.ino, order, name.length, places.get(node) ?? 0);
      names.push(name);
      nameAt += name.length;
    }
  }
  // JSON keeps halves of characters as they are, which UTF-8 cannot.
  const text = encoder.encode(JSON.stringify([names.join(""), words.join("")]));
  const bytes = new Uint8Array(HEAD_BYTES + numbers.length * BYTES_A_NUMBER + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, numbers.length, true);
  view.setUint32(4, text.length, true);
  new Float64Array(bytes.buffer, HEAD_BYTES, numbers.length).set(numbers);
  bytes.set(text, HEAD_BYTES + numbers.length * BYTES_A_NUMBER);
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

/** What a name stands for in an image, and where that is. */
export interface Place {
  readonly ino: number;
  readonly at: number;
}

/** An image that is read: as a whole, or one file of it. */
export class Image {
  readonly #numbers: Float64Array;
  readonly #names: string;
  readonly #words: string;

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = view.getUint32(0, true);
    const textAt = HEAD_BYTES + count * BYTES_A_NUMBER;
    if (textAt + view.getUint32(4, true) !== bytes.length) throw damaged();
    // Numbers must begin at a multiple of their size.
    const whole = bytes.byteOffset % BYTES_A_NUMBER === 0 ? bytes : bytes.slice();
    this.#numbers = new Float64Array(whole.buffer as ArrayBuffer, whole.byteOffset + HEAD_BYTES, count);
    const [names = "", words = ""] = JSON.parse(decoder.decode(bytes.subarray(textAt))) as string[];
    this.#names = names;
    this.#words = words;
  }

  /** All inodes, then all names. */
  restore(into: Restored, came: Piece[]): Counters {
    const [lastIno = 0, lastOrder = 0, lastVersion = 0, count = 0, begin = 0] = this.#numbers;
    const reader = new Reader(this.#numbers, this.#words, came, FIRST_NUMBERS);
    for (let i = 0; i < count; i++) into.inode(reader.inode());
    const numbers = this.#numbers;
    for (let at = begin; at < numbers.length;) {
      const parent = into.need(numbers[at] as number);
      const last = this.#behind(at);
      let nameAt = numbers[at + 2] as number;
      for (at += DIRECTORY_NUMBERS; at < last; at += NAME_NUMBERS) {
        const node = into.need(numbers[at] as number);
        const end = nameAt + (numbers[at + 2] as number);
        const name = this.#names.slice(nameAt, end);
        nameAt = end;
        into.name(parent, new Dentry(name, node, hashOf(name, 0), numbers[at + 1] as number));
      }
    }
    return { lastIno, lastOrder, lastVersion };
  }

  /** What has this name in a directory, without reading anything else. */
  find(directory: number, name: string): Place | undefined {
    const numbers = this.#numbers;
    for (let at = numbers[FIRST_NUMBERS - 1] as number; at < numbers.length; at = this.#behind(at)) {
      if (numbers[at] !== directory) continue;
      const last = this.#behind(at);
      let nameAt = numbers[at + 2] as number;
      for (at += DIRECTORY_NUMBERS; at < last; at += NAME_NUMBERS) {
        const length = numbers[at + 2] as number;
        if (length === name.length && this.#names.startsWith(name, nameAt))
          return { ino: numbers[at] as number, at: numbers[at + 3] as number };
        nameAt += length;
      }
      return undefined;
    }
    return undefined;
  }

  /** A file without its words, which only who reads all before it can tell; undefined for all that is none. */
  file({ at }: Place): Pick<Inode, "pieces" | "bytes"> | undefined {
    return new Reader(this.#numbers, "", [], at).file();
  }

  #behind(at: number): number {
    return at + DIRECTORY_NUMBERS + NAME_NUMBERS * (this.#numbers[at + 1] as number);
  }
}

class Reader {
  #at: number;
  #wordAt = 0;
  readonly #numbers: Float64Array;
  readonly #words: string;
  readonly #came: Piece[];

  constructor(numbers: Float64Array, words: string, came: Piece[], at: number) {
    this.#numbers = numbers;
    this.#words = words;
    this.#came = came;
    this.#at = at;
  }

  file(): Pick<Inode, "pieces" | "bytes"> | undefined {
    const flags = this.#next();
    if (TYPES[flags & TYPE] !== "file") return undefined;
    // Number, mode, version, time.
    this.#at += 4;
    if ((flags & OWNERS) !== 0) this.#at += 2;
    if ((flags & TIMES) !== 0) this.#at += 3;
    const content = { pieces: NO_PIECES, bytes: 0 };
    this.#content(content);
    return content;
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
    if (times !== undefined)
      [node.atimeMs, node.ctimeMs, node.birthtimeMs] = times as [number, number, number];
    node.uid = uid;
    node.gid = gid;
    node.version = version;
    if (type === "file") this.#content(node);
    if ((flags & CONTENT_TYPE) !== 0) node.contentType = this.#word();
    if ((flags & META) !== 0)
      node.meta = Object.freeze(JSON.parse(this.#word()) as Readonly<Record<string, string>>);
    return node;
  }

  #content(node: { pieces: Pieces; bytes: number }): void {
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
    const value = this.#numbers[this.#at++];
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
