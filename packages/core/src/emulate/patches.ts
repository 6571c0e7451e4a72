import type { PatchPiece } from "../provider.ts";

/** A piece, with room behind it: who writes one bit after the other does not copy all of it each time. */
interface Piece extends PatchPiece {
  readonly room: Uint8Array;
}

/** What was written into a file whose content is not here: pieces of bytes, and where it was cut or made longer. */
export class Patches {
  /** How much of the old content is left, from its beginning on; behind it are zeros. */
  #kept: number;
  #size: number;
  /** In order; no two of them touch. */
  readonly #pieces: Piece[] = [];

  /** @param size How long the old content is. */
  constructor(size: number) {
    this.#kept = size;
    this.#size = size;
  }

  get kept(): number {
    return this.#kept;
  }

  get size(): number {
    return this.#size;
  }

  get pieces(): readonly PatchPiece[] {
    return this.#pieces;
  }

  /** Writes over what is there; `data` is copied. */
  write(offset: number, data: Uint8Array): void {
    const end = offset + data.length;
    const first = this.#indexOf((piece) => endOf(piece) >= offset);
    const behind = this.#indexOf((piece) => piece.offset > end);
    const [head, ...others] = this.#pieces.slice(first, behind);
    const last = others.at(-1) ?? head;
    const start = Math.min(offset, head?.offset ?? offset);
    const length = Math.max(end, last === undefined ? end : endOf(last)) - start;
    const isRoom = head !== undefined && head.offset === start && head.room.length >= length;
    const room = isRoom ? head.room : new Uint8Array(head === undefined ? length : 2 * length);
    if (!isRoom && head !== undefined) room.set(head.data, head.offset - start);
    for (const piece of others) room.set(piece.data, piece.offset - start);
    room.set(data, offset - start);
    this.#pieces.splice(first, behind - first, { offset: start, data: room.subarray(0, length), room });
    this.#size = Math.max(this.#size, end);
  }

  resize(size: number): void {
    this.#kept = Math.min(this.#kept, size);
    this.#size = size;
    this.#pieces.splice(this.#indexOf((piece) => piece.offset >= size));
    const last = this.#pieces.at(-1);
    if (last === undefined || endOf(last) <= size) return;
    const data = last.data.slice(0, size - last.offset);
    this.#pieces[this.#pieces.length - 1] = { ...last, data, room: data };
  }

  /** Whether one piece holds all of a range. */
  covers(start: number, end: number): boolean {
    const piece = this.#pieces[this.#indexOf((one) => endOf(one) > start)];
    return piece !== undefined && piece.offset <= start && endOf(piece) >= end;
  }

  /** Puts the pieces over what was read from `position` on. */
  overlay(into: Uint8Array, position: number): void {
    const end = position + into.length;
    for (let i = this.#indexOf((piece) => endOf(piece) > position); i < this.#pieces.length; i++) {
      const { offset, data } = this.#pieces[i] ?? NOTHING;
      if (offset >= end) return;
      const from = Math.max(0, position - offset);
      into.set(data.subarray(from, end - offset), offset + from - position);
    }
  }

  /** Where the first piece is for which this holds, as it does for all behind it. */
  #indexOf(holds: (piece: Piece) => boolean): number {
    let [low, high] = [0, this.#pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.#pieces[middle] ?? NOTHING)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const NOTHING: Piece = { offset: 0, data: new Uint8Array(), room: new Uint8Array() };

function endOf({ offset, data }: PatchPiece): number {
  return offset + data.length;
}
