import type { Piece } from "../tree/piece.ts";

/** The smallest room for content. */
const UNIT_BYTES = 512;
const TOP_ORDER = 11;

/** The largest: 1 MiB. */
export const MOST_ROOM: number = UNIT_BYTES << TOP_ORDER;

/**
 * Says where in a file there is room. Rooms are powers of two, each at a multiple of its size, so that what is free is
 * found, split and joined again in a few steps.
 *
 * @see https://en.wikipedia.org/wiki/Buddy_memory_allocation
 */
export class Buddy {
  /** By order: where free rooms begin, in units. */
  #free: Set<number>[] = emptyOrders();
  /** All from here on is free, in units. */
  #end = 0;

  /** How long the file has to be. */
  get endBytes(): number {
    return this.#end * UNIT_BYTES;
  }

  clear(): void {
    this.#free = emptyOrders();
    this.#end = 0;
  }

  allocate(bytes: number): Piece {
    const order = orderOf(bytes);
    for (let from = order; from <= TOP_ORDER; from++) {
      const [start] = this.#at(from);
      if (start === undefined) continue;
      this.#at(from).delete(start);
      this.#splitDown(start, from, order);
      return toPiece(start, order);
    }
    return toPiece(this.#grow(order), order);
  }

  free(piece: Piece): void {
    let [start, order] = fromPiece(piece);
    while (order < TOP_ORDER && this.#at(order).delete(start ^ (1 << order))) {
      start &= ~(1 << order);
      order++;
    }
    this.#at(order).add(start);
    this.#shrink();
  }

  /** Takes this very room, which is free. */
  use(piece: Piece): void {
    const [start, order] = fromPiece(piece);
    if (start >= this.#end) {
      this.#freeUpTo(start);
      this.#end = start + (1 << order);
      return;
    }
    for (let from = order; from <= TOP_ORDER; from++) {
      const whole = start & ~((1 << from) - 1);
      if (!this.#at(from).delete(whole)) continue;
      let at = whole;
      for (let half = from - 1; half >= order; half--) {
        const upper = at + (1 << half);
        this.#at(half).add(start >= upper ? at : upper);
        if (start >= upper) at = upper;
      }
      return;
    }
  }

  /** A room behind all others. */
  #grow(order: number): number {
    const size = 1 << order;
    const start = Math.ceil(this.#end / size) * size;
    this.#freeUpTo(start);
    this.#end = start + size;
    return start;
  }

  #freeUpTo(start: number): void {
    for (let at = this.#end; at < start;) {
      let order = 0;
      while (order < TOP_ORDER && at % (2 << order) === 0 && at + (2 << order) <= start) order++;
      this.#at(order).add(at);
      at += 1 << order;
    }
    this.#end = Math.max(this.#end, start);
  }

  /** Of a room that is taken out the front is used, and the rest free again. */
  #splitDown(start: number, from: number, order: number): void {
    for (let half = from - 1; half >= order; half--) this.#at(half).add(start + (1 << half));
  }

  /** What is free at the end is no part of the file. */
  #shrink(): void {
    for (let order = TOP_ORDER; order >= 0; order--) {
      while (this.#end >= 1 << order && this.#at(order).delete(this.#end - (1 << order))) {
        this.#end -= 1 << order;
        order = TOP_ORDER;
      }
    }
  }

  #at(order: number): Set<number> {
    const found = this.#free[order];
    if (found === undefined) throw new RangeError(`no order ${order}`);
    return found;
  }
}

/** Where a piece begins in the file. */
export function offsetOf({ id }: Piece): number {
  return (id - 1) * UNIT_BYTES;
}

function emptyOrders(): Set<number>[] {
  return Array.from({ length: TOP_ORDER + 1 }, () => new Set<number>());
}

function orderOf(bytes: number): number {
  let order = 0;
  while (UNIT_BYTES << order < bytes) order++;
  return order;
}

const toPiece = (start: number, order: number): Piece => ({ id: start + 1, room: UNIT_BYTES << order });
const fromPiece = ({ id, room }: Piece): [start: number, order: number] => [id - 1, orderOf(room)];
