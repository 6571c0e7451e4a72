import type { Bytes } from "@vfs/core";

// A small file has a part of a larger array: an array of its own costs five times the copy (Node 26, 1 KiB: 240 to 600
// ns, against 60 to 150), most of it for the garbage collector. As long as one part is in use the whole slab is, so
// that it is at least eight parts, and no large thing.
const SLAB_BYTES: number = 16 << 10;
const MOST_BYTES: number = SLAB_BYTES / 8;

/** Memory for the content of small files, cut from larger pieces. What was cut off is never given out again. */
export class Slab {
  #rest: Bytes = new Uint8Array(0);
  #used = 0;

  /** A copy of `data`, with room for as much as that. */
  copy(data: Uint8Array): Bytes {
    const { length } = data;
    if (length > MOST_BYTES) return new Uint8Array(data);
    if (this.#used + length > this.#rest.length) {
      this.#rest = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    this.#rest.set(data, this.#used);
    const copy = this.#rest.subarray(this.#used, this.#used + length);
    this.#used += length;
    return copy;
  }
}
