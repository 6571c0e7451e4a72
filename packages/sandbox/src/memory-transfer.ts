import { PAYLOAD_BYTES } from "./protocol.ts";
import { number } from "./wire.ts";

/** Carries a checkpoint out of a guest or into one, in pieces. */
export class MemoryTransfer {
  readonly #mostBytes: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #loading: Uint8Array = new Uint8Array(0);

  /** @param mostBytes How much a guest may hand over. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Begins anew, with what the guest may load. */
  start(loading: Uint8Array = new Uint8Array(0)): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#loading = loading;
  }

  /**
   * Takes a piece from the guest.
   *
   * @throws RangeError when it is too much.
   */
  save(piece: Uint8Array): number {
    if (this.#bytes + piece.length > this.#mostBytes) throw new RangeError("the checkpoint is too large");
    this.#pieces.push(Uint8Array.from(piece));
    this.#bytes += piece.length;
    return this.#bytes;
  }

  /** The piece that begins at an offset. */
  load([offset]: readonly unknown[]): Uint8Array {
    const start = Math.max(0, number(offset));
    return this.#loading.subarray(start, start + PAYLOAD_BYTES);
  }

  /** Everything that the guest has handed over. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#bytes);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.start();
    return bytes;
  }
}
