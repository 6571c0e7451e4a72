import { VfsError, type Bytes } from "@vfs/core";
import { blockOf, type Chunks } from "./chunks.ts";
import type { Inode, InodeReader, Times } from "./inodes.ts";
import { BLOCK_BYTES } from "./schema.ts";

// More than this does not fit into one array.
const MOST_BYTES_AT_ONCE = 2 ** 32;

/** What it takes to read a content. Without its times nobody wants to know that it was read. */
type Readable = Pick<Inode, "id" | "size" | "content" | "tail"> & Partial<Times>;

/**
 * The bytes of files: whole blocks, and behind them the tail of `size % BLOCK_BYTES` bytes, which always lies in the
 * inode's row, perhaps with zeros behind it. What was never written is zeros and takes no room.
 */
export class ContentReader {
  readonly #inodes: InodeReader;
  readonly #chunks: Chunks;

  constructor(inodes: InodeReader, chunks: Chunks) {
    this.#inodes = inodes;
    this.#chunks = chunks;
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
}

const NOTHING = new Uint8Array(0);

/** Copies what of `from`, which begins at `fromStart`, lies within `into`, which begins at `intoStart`. */
export function overlay(into: Uint8Array, intoStart: number, from: Uint8Array, fromStart: number): void {
  const start = Math.max(intoStart, fromStart);
  const end = Math.min(intoStart + into.length, fromStart + from.length);
  if (start < end) into.set(from.subarray(start - fromStart, end - fromStart), start - intoStart);
}
