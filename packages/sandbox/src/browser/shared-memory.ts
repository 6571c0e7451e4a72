import { PAYLOAD_BYTES, PREFIX_BYTES } from "../protocol.ts";

// What a page and its worker share: five numbers, and one piece of what the page has to say. The worker waits for pieces
// without an event loop; the page is told by a message when a piece was taken of which more is to follow.

/** Where which number stands. */
export const WORD = { generation: 0, interrupts: 1, isFull: 2, pieceBytes: 3, hasMore: 4 } as const;

const DATA_AT = 64;

/** A whole answer to a read, with its header, is one piece. */
const PIECE_BYTES = PAYLOAD_BYTES + (64 << 10);

/** What the worker says when it has taken a piece of which more is to follow. */
export const NEXT = "next";

/** The two views of the memory. */
export interface Shared {
  readonly words: Int32Array;
  readonly data: Uint8Array;
}

export function newMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(DATA_AT + PIECE_BYTES);
}

export function viewsOf(memory: SharedArrayBuffer): Shared {
  return { words: new Int32Array(memory, 0, DATA_AT / 4), data: new Uint8Array(memory, DATA_AT) };
}

/** The page's end: frames go over in pieces, one after another. */
export class PieceWriter {
  readonly #shared: Shared;
  /** What is still to go over. */
  readonly #waiting: Uint8Array[] = [];

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  send(header: Uint8Array, payload: Uint8Array = new Uint8Array(0)): void {
    const prefix = new DataView(new ArrayBuffer(PREFIX_BYTES));
    prefix.setUint32(0, header.length, true);
    prefix.setUint32(4, payload.length, true);
    this.#waiting.push(new Uint8Array(prefix.buffer), header, payload);
    this.next();
  }

  /** Puts the next piece over, if there is one and the last one was taken. */
  next(): void {
    const { words, data } = this.#shared;
    if (this.#waiting.length === 0 || Atomics.load(words, WORD.isFull) !== 0) return;
    let filled = 0;
    for (let part = this.#waiting.shift(); part !== undefined; part = this.#waiting.shift()) {
      const fits = part.subarray(0, data.length - filled);
      data.set(fits, filled);
      filled += fits.length;
      if (fits.length === part.length) continue;
      this.#waiting.unshift(part.subarray(fits.length));
      break;
    }
    words[WORD.pieceBytes] = filled;
    words[WORD.hasMore] = this.#waiting.length > 0 ? 1 : 0;
    Atomics.store(words, WORD.isFull, 1);
    Atomics.notify(words, WORD.isFull);
  }
}

/** The worker's end. */
export class PieceReader {
  readonly #shared: Shared;
  readonly #askForNext: () => void;
  #at = 0;
  #left = 0;
  /** How long this has waited, in milliseconds. */
  waitedMs = 0;

  constructor(shared: Shared, askForNext: () => void) {
    this.#shared = shared;
    this.#askForNext = askForNext;
  }

  /** Fills `into`, however long that takes. */
  read(into: Uint8Array): void {
    const { data } = this.#shared;
    for (let done = 0; done < into.length;) {
      if (this.#left === 0) this.#await();
      const length = Math.min(this.#left, into.length - done);
      into.set(data.subarray(this.#at, this.#at + length), done);
      done += length;
      this.#at += length;
      this.#left -= length;
      if (this.#left === 0) this.#taken();
    }
  }

  #await(): void {
    const { words } = this.#shared;
    const startMs = performance.now();
    while (Atomics.load(words, WORD.isFull) === 0) Atomics.wait(words, WORD.isFull, 0);
    this.waitedMs += performance.now() - startMs;
    this.#at = 0;
    this.#left = words[WORD.pieceBytes] ?? 0;
  }

  #taken(): void {
    const { words } = this.#shared;
    const hasMore = words[WORD.hasMore] === 1;
    Atomics.store(words, WORD.isFull, 0);
    if (hasMore) this.#askForNext();
  }
}
