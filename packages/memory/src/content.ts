import { VfsError, type Bytes } from "@vfs/core";
import type { Slab } from "./slab.ts";

/** The size of a piece of a large file, and up to where a file is one piece that grows. */
const CHUNK_BYTES: number = 1 << 20;

// More than this does not fit into one array.
const MOST_BYTES_AT_ONCE = 2 ** 32;

/**
 * The bytes of a file: one array that grows while the file is small, pieces of 1 MiB behind it, and nothing where
 * nothing was written. A copy shares the pieces until one of the two is written.
 */
export class Content {
  size = 0;
  #head: Bytes = NOTHING;
  #headShared = false;
  /** The pieces from the second on, by their number. */
  #chunks: Map<number, Bytes> | undefined;
  /** Pieces that some copy may hold too; undefined when there are none. */
  #shared: Set<number> | undefined;

  /** Content that is `data` itself: the caller will not touch it again. */
  static owning(data: Uint8Array): Content {
    const content = new Content();
    if (data.length <= CHUNK_BYTES && data.buffer instanceof ArrayBuffer) {
      content.#head = data as Bytes;
      content.size = data.length;
    } else {
      content.write(data, 0);
    }
    return content;
  }

  /** Content with a copy of `data`. */
  static of(data: Uint8Array, slab: Slab): Content {
    const content = new Content();
    content.assign(data, slab);
    return content;
  }

  /**
   * Becomes a copy of `data`; in the memory that is there, where that is enough and nobody else's. Only for content
   * that is of one piece.
   */
  assign(data: Uint8Array, slab: Slab): void {
    const { length } = data;
    if (length > CHUNK_BYTES) {
      this.write(data, 0);
    } else if (this.#headShared || length > this.#head.length) {
      this.#head = slab.copy(data);
      this.#headShared = false;
    } else {
      this.#head.set(data);
      if (length < this.size) this.#head.fill(0, length, this.size);
    }
    this.size = length;
  }

  /** Whether it is of one piece, however it is shared. */
  get isOnePiece(): boolean {
    return this.#chunks === undefined;
  }

  /** The same content, without copying it. */
  share(): Content {
    const copy = new Content();
    copy.size = this.size;
    copy.#head = this.#head;
    copy.#headShared = this.#headShared = true;
    if (this.#chunks !== undefined) {
      copy.#chunks = new Map(this.#chunks);
      copy.#shared = new Set(this.#chunks.keys());
      this.#shared = new Set(this.#chunks.keys());
    }
    return copy;
  }

  /**
   * A fresh array with the bytes from `offset` on, at most `length`.
   *
   * @throws VfsError `EFBIG` when that is more than one array holds.
   */
  slice(offset: number, length: number): Bytes {
    const count = Math.min(length, this.size - offset);
    if (count <= 0) return new Uint8Array(0);
    if (offset + count <= this.#head.length) return this.#head.slice(offset, offset + count);
    if (count >= MOST_BYTES_AT_ONCE)
      throw new VfsError("EFBIG", { hint: "too large for one array: read it by ranges, or with readStream" });
    const bytes = new Uint8Array(count);
    this.read(bytes, offset);
    return bytes;
  }

  /** Copies the bytes from `offset` on into `into`; answers how many there were. */
  read(into: Uint8Array, offset: number): number {
    const count = Math.min(into.length, this.size - offset);
    for (let done = 0; done < count;) {
      const at = offset + done;
      const index = Math.floor(at / CHUNK_BYTES);
      const from = at % CHUNK_BYTES;
      const piece = index === 0 ? this.#head : this.#chunks?.get(index);
      const room = Math.min(count - done, CHUNK_BYTES - from);
      const part = piece?.subarray(from, from + room);
      if (part !== undefined) into.set(part, done);
      // What was never written is zeros.
      const written = part?.length ?? 0;
      if (written < room) into.fill(0, done + written, done + room);
      done += room;
    }
    return Math.max(0, count);
  }

  /** Puts `data` at `offset`; what lies between the end and there becomes zeros. */
  write(data: Uint8Array, offset: number): void {
    for (let done = 0; done < data.length;) {
      const at = offset + done;
      const from = at % CHUNK_BYTES;
      const part = data.subarray(done, done + CHUNK_BYTES - from);
      this.#own(Math.floor(at / CHUNK_BYTES), from + part.length).set(part, from);
      done += part.length;
    }
    if (data.length > 0) this.size = Math.max(this.size, offset + data.length);
  }

  /** Cuts to `size` bytes, or fills up with zeros. */
  truncate(size: number): void {
    if (size < this.size) this.#clear(size);
    this.size = size;
  }

  /** The piece with this number, at least `needed` bytes long, and nobody else's. */
  #own(index: number, needed: number): Bytes {
    if (index === 0) return this.#ownHead(needed);
    this.#chunks ??= new Map();
    const chunk = this.#chunks.get(index);
    if (chunk !== undefined && this.#shared?.has(index) !== true) return chunk;
    const mine = chunk === undefined ? new Uint8Array(CHUNK_BYTES) : chunk.slice();
    this.#chunks.set(index, mine);
    this.#shared?.delete(index);
    return mine;
  }

  #ownHead(needed: number): Bytes {
    const head = this.#head;
    if (!this.#headShared && needed <= head.length) return head;
    // Twice as long each time, so that many small appends copy little.
    const length =
      needed <= head.length ? head.length : Math.min(CHUNK_BYTES, Math.max(needed, head.length * 2));
    const mine = new Uint8Array(length);
    mine.set(head);
    this.#head = mine;
    this.#headShared = false;
    return mine;
  }

  /** Makes sure that nothing is left behind `size`, so that it does not come back when the file grows again. */
  #clear(size: number): void {
    const last = Math.floor(size / CHUNK_BYTES);
    for (const index of this.#chunks?.keys() ?? []) {
      if (index > last || (index === last && size % CHUNK_BYTES === 0)) {
        this.#chunks?.delete(index);
        this.#shared?.delete(index);
      }
    }
    if (size < this.#head.length) {
      this.#head = this.#head.slice(0, size);
      this.#headShared = false;
    } else if (this.#chunks?.has(last)) {
      this.#own(last, CHUNK_BYTES).fill(0, size % CHUNK_BYTES);
    }
  }
}

const NOTHING: Bytes = new Uint8Array(0);
