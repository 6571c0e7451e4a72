/** What stands in front of the chunks: eight bytes that say what it is, and the file's own random number. */
export const HEADER_BYTES = 32;
/** What a chunk has beside its content: a nonce of 12 bytes in front, a tag of 16 behind. */
export const OVERHEAD_BYTES = 28;

/** Where things are in an encrypted file. Sizes of content and sizes as stored follow from one another. */
export class Layout {
  /** Bytes of content in a chunk. */
  readonly chunkBytes: number;
  /** Bytes of a chunk as stored. */
  readonly storedBytes: number;

  constructor(chunkBytes: number) {
    this.chunkBytes = chunkBytes;
    this.storedBytes = chunkBytes + OVERHEAD_BYTES;
  }

  /** How many bytes a file with so much content takes. One without content has a chunk too: it cannot be cut to nothing. */
  storedSize(size: number): number {
    return HEADER_BYTES + size + OVERHEAD_BYTES * this.chunksOf(size);
  }

  /** How much content a file of so many bytes has. */
  contentSize(stored: number): number {
    const body = Math.max(0, stored - HEADER_BYTES);
    return Math.max(0, body - OVERHEAD_BYTES * Math.ceil(body / this.storedBytes));
  }

  /** Into how many chunks so much content is cut. */
  chunksOf(size: number): number {
    return Math.max(1, Math.ceil(size / this.chunkBytes));
  }

  /** In which chunk a byte of content is. */
  chunkAt(offset: number): number {
    return Math.floor(offset / this.chunkBytes);
  }

  /** Where a chunk begins, as stored. */
  offsetOf(chunk: number): number {
    return HEADER_BYTES + chunk * this.storedBytes;
  }
}
