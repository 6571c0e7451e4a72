import { timeOfChange, VfsError, type Bytes } from "@vfs/core";
import { blockOf, type Chunks } from "./chunks.ts";
import { SCRATCH, type Inode, type Inodes, type Times } from "./inodes.ts";
import { BLOCK_BYTES } from "./schema.ts";
import type { Tally } from "./tally.ts";

// More than this does not fit into one array.
const MOST_BYTES_AT_ONCE = 2 ** 32;

/** What it takes to read a content. Without its times nobody wants to know that it was read. */
type Readable = Pick<Inode, "id" | "size" | "content" | "tail"> & Partial<Times>;

/** What becomes of a content: `data` at `at`, within `size` bytes. */
interface Edit {
  readonly data: Uint8Array;
  readonly at: number;
  readonly size: number;
}

/**
 * The bytes of files: whole blocks, and behind them the tail of `size % BLOCK_BYTES` bytes, which always lies in the
 * inode's row, perhaps with zeros behind it. What was never written is zeros and takes no room.
 */
export class Contents {
  readonly #inodes: Inodes;
  readonly #chunks: Chunks;
  readonly #tally: Tally;

  constructor(inodes: Inodes, chunks: Chunks, tally: Tally) {
    this.#inodes = inodes;
    this.#chunks = chunks;
    this.#tally = tally;
  }

  /**
   * A fresh array with the bytes from `offset` on, at most `length`.
   *
   * @throws VfsError `EFBIG` when that is more than one array holds.
   */
  slice(inode: Readable, offset: number, length: number): Bytes {
    const count = Math.max(0, Math.min(length, inode.size - offset));
    if (count >= MOST_BYTES_AT_ONCE)
      throw new VfsError("EFBIG", { hint: "too large for one array: read it by ranges, or with readStream" });
    if (inode.size < BLOCK_BYTES && count === inode.size) {
      this.#inodes.accessed(inode);
      const tail = this.#inodes.tail(inode);
      if (tail.length === count) return new Uint8Array(tail.buffer, tail.byteOffset, count);
    }
    const bytes = new Uint8Array(count);
    this.read(inode, bytes, offset, true);
    return bytes;
  }

  /**
   * Copies the bytes from `offset` on into `into`; answers how many there were.
   *
   * @param blank `into` is zeros.
   */
  read(inode: Readable, into: Uint8Array, offset: number, blank = false): number {
    this.#inodes.accessed(inode);
    const { size, content } = inode;
    const count = Math.max(0, Math.min(into.length, size - offset));
    const end = offset + count;
    const whole = size - (size % BLOCK_BYTES);
    if (offset < whole && count > 0) {
      if (!blank) into.fill(0, 0, Math.min(end, whole) - offset);
      if (content !== null)
        this.#chunks.read(content, blockOf(offset), blockOf(Math.min(end, whole) - 1) + 1, (block, data) => {
          overlay(into.subarray(0, count), offset, data, block * BLOCK_BYTES);
          // Given back at once: left to the garbage collector, they would be as much memory again as a stream gives out.
          data.buffer.transfer(0);
        });
    }
    if (end > whole) overlay(into.subarray(0, count), offset, this.#inodes.tail(inode), whole);
    return count;
  }

  /**
   * As {@link read}, of a file that is open, where one statement can tell: of what lies in one whole block. Needs no
   * transaction.
   */
  peek(ino: number, into: Uint8Array, offset: number): number | undefined {
    const block = blockOf(offset);
    const end = offset + into.length;
    if (into.length === 0 || end > (block + 1) * BLOCK_BYTES) return undefined;
    const found = this.#chunks.peek(ino, block);
    if (found === undefined || found.size < (block + 1) * BLOCK_BYTES) return undefined;
    this.#inodes.accessed({ id: ino, ...found });
    const { data } = found;
    if (data === null) into.fill(0);
    else into.set(data.subarray(offset - block * BLOCK_BYTES, end - block * BLOCK_BYTES));
    data?.buffer.transfer(0);
    return into.length;
  }

  /**
   * Consecutive pieces from `offset` on, of one state of the file: at most so many, each fresh and `length` long, but
   * none of what lies behind `size`.
   */
  pieces(inode: Readable, offset: number, length: number, most: number, size: number): Bytes[] {
    const end = Math.min(size, offset + length * most);
    const pieces: Bytes[] = [];
    for (let at = offset; at < end; at += length) pieces.push(new Uint8Array(Math.min(length, end - at)));
    const whole = inode.size - (inode.size % BLOCK_BYTES);
    if (offset < Math.min(end, whole) && inode.content !== null)
      this.#chunks.read(
        inode.content,
        blockOf(offset),
        blockOf(Math.min(end, whole) - 1) + 1,
        (block, data) => {
          const start = block * BLOCK_BYTES;
          const last = Math.min(pieces.length - 1, Math.floor((start + data.length - 1 - offset) / length));
          for (let i = Math.max(0, Math.floor((start - offset) / length)); i <= last; i++)
            overlay(pieces[i] ?? NOTHING, offset + i * length, data, start);
          data.buffer.transfer(0);
        },
      );
    if (end > whole) {
      const tail = this.#inodes.tail(inode);
      for (const [i, piece] of pieces.entries()) overlay(piece, offset + i * length, tail, whole);
    }
    return pieces;
  }

  /** Puts `data` at `at`; what lies between the end and there becomes zeros. */
  write(inode: Inode, data: Uint8Array, at: number): void {
    if (data.length > 0) this.#change(inode, { data, at, size: Math.max(inode.size, at + data.length) });
  }

  /** Makes the content `data`, and nothing else. */
  assign(inode: Inode, data: Uint8Array): void {
    this.#change(inode, { data, at: 0, size: data.length });
  }

  /** Cuts to `size` bytes, or fills up with zeros. */
  truncate(inode: Inode, size: number): void {
    this.#change(inode, { data: NOTHING, at: 0, size });
  }

  /** The file gets the content of `source`, which has none of its own any more. */
  take(inode: Inode, source: Inode): void {
    if (inode.content !== null) this.#chunks.cut(inode.content, 0);
    this.#changed(inode, source.size, source.content, this.#inodes.tail(source));
  }

  /** A content like this one, which shares its blocks. */
  share({ content }: Inode): number | null {
    return content === null ? null : this.#chunks.share(content);
  }

  /** Gives back the room of a content. */
  release({ content }: Inode): void {
    if (content !== null) this.#chunks.cut(content, 0);
  }

  /** What a new file has when its content is `data`, to be inserted with the inode. */
  fill(inode: Inode, data: Uint8Array): Uint8Array | null {
    inode.version = this.#tally.revise();
    inode.size = data.length;
    if (data.length < BLOCK_BYTES) return data.length === 0 ? null : data;
    inode.content = this.#tally.number();
    return this.#store(inode, { data, at: 0, size: data.length }, 0, NOTHING);
  }

  #change(inode: Inode, edit: Edit): void {
    const before = inode.size;
    const had = blockOf(before);
    const whole = blockOf(edit.size);
    const end = edit.at + edit.data.length;
    // The old tail is needed unless all of it is written over or cut away.
    const start = had * BLOCK_BYTES;
    const kept =
      Math.min(before, edit.size) > start && !(edit.at <= start && end >= Math.min(before, edit.size));
    const tail = kept ? this.#inodes.tail(inode) : NOTHING;
    if (inode.content === null && whole > 0 && (edit.data.length > 0 || tail.length > 0))
      inode.content = this.#tally.number();
    const next = this.#store(inode, edit, had, tail);
    const appended = edit.at === before && before > 0 && next !== null;
    this.#changed(inode, edit.size, whole === 0 ? null : inode.content, appended ? withRoom(next) : next);
  }

  /** Writes the blocks of an edit; answers the new tail. `had` blocks were there, and behind them `tail`. */
  #store(inode: Inode, { data, at, size }: Edit, had: number, tail: Uint8Array): Uint8Array | null {
    const whole = blockOf(size);
    const end = at + data.length;
    // Read before it is cut away.
    const next = this.#piece(inode, whole, size - whole * BLOCK_BYTES, { data, at, size }, had, tail);
    const { content } = inode;
    if (content === null) return next;
    if (whole < had) this.#chunks.cut(content, whole);
    const put = this.#chunks.writer(content);
    const first = blockOf(at);
    // What was the tail is a block now, also where nothing is written over it.
    if (had < whole && tail.length > 0 && (had < first || had * BLOCK_BYTES >= end))
      put(had, this.#piece(inode, had, BLOCK_BYTES, { data, at, size }, had, tail) ?? NOTHING);
    for (let block = first; block < whole && block * BLOCK_BYTES < end; block++)
      put(block, this.#piece(inode, block, BLOCK_BYTES, { data, at, size }, had, tail) ?? NOTHING);
    return next;
  }

  /** The first `length` bytes of a block as they are to be: what was there with `data` over it; null when empty. */
  #piece(
    { content }: Inode,
    block: number,
    length: number,
    { data, at }: Edit,
    had: number,
    tail: Uint8Array,
  ): Uint8Array | null {
    if (length === 0) return null;
    const start = block * BLOCK_BYTES;
    if (at <= start && at + data.length >= start + length)
      return data.subarray(start - at, start - at + length);
    const piece = new Uint8Array(length);
    if (block === had) overlay(piece, 0, tail, 0);
    else if (block < had && content !== null)
      this.#chunks.read(content, block, block + 1, (_, old) => overlay(piece, 0, old, 0));
    overlay(piece, start, data, at);
    return piece;
  }

  #changed(inode: Inode, size: number, content: number | null, tail: Uint8Array | null): void {
    const { nowMs } = this.#tally;
    if (inode.type !== SCRATCH) this.#tally.add(size - inode.size, 0);
    inode.size = size;
    inode.content = content;
    inode.version = this.#tally.revise();
    inode.mtimeMs = timeOfChange(inode.mtimeMs, nowMs);
    inode.ctimeMs = inode.mtimeMs;
    this.#inodes.updateContent(inode, tail !== null && tail.length > 0 ? tail : null);
  }
}

const NOTHING = new Uint8Array(0);

// With this and the inode a page of the database is full; what is longer continues on another page.
const MOST_ROOM_BYTES = 8000;

/**
 * The same tail with zeros behind it, for the next appends: SQLite writes a row of the same length in place, and only
 * those of its pages that have changed (47 us an append of 1 KiB, without room 62).
 */
function withRoom(tail: Uint8Array): Uint8Array {
  const room = Math.min(MOST_ROOM_BYTES, 2 ** Math.ceil(Math.log2(tail.length)));
  if (room <= tail.length) return tail;
  const roomy = new Uint8Array(room);
  roomy.set(tail);
  return roomy;
}

/** Copies what of `from`, which begins at `fromStart`, lies within `into`, which begins at `intoStart`. */
function overlay(into: Uint8Array, intoStart: number, from: Uint8Array, fromStart: number): void {
  const start = Math.max(intoStart, fromStart);
  const end = Math.min(intoStart + into.length, fromStart + from.length);
  if (start < end) into.set(from.subarray(start - fromStart, end - fromStart), start - intoStart);
}
