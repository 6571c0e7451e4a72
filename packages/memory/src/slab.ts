import type { Bytes } from "@vfs/core";

// A small file has a part of a larger array: an array of its own costs five times the copy (Node 26, 1 KiB: 240 to 600
// ns, against 60 to 150), most of it for the garbage collector. As long as one part is in use the whole slab is, so
// that it is at least eight parts, and no large thing.
const SLAB_BYTES: number = 16 << 10;
const MOST_BYTES: number = SLAB_BYTES / 8;

/** Memory for the content of small files, cut from larger pieces. What was cut off is never given out again. */
export class Slab {
  /** What the last copy lies in. */
  memory: Bytes = new Uint8Array(0);
  #used = 0;

  /** Whether so many bytes are small enough to be put here. */
  static fits(length: number): boolean {
    return length <= MOST_BYTES;
  }

  /** Copies `data` into {@link memory}; answers where it begins there, for no view of it costs nothing to keep. */
  put(data: Uint8Array): number {
    const { length } = data;
    if (this.#used + length > this.memory.length) {
      this.memory = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const from = this.#used;
    this.memory.set(data, from);
    this.#used = from + length;
    return from;
  }
}
