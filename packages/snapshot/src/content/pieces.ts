import type { Bytes } from "@vfs/core";
import { joined } from "./packing.ts";

// A piece ends where its last bytes say so, and what is put in or taken out changes only the pieces around it.
const LEAST = 8 << 10;
/** A piece has at most so many bytes. */
export const MOST_PIECE_BYTES: number = 128 << 10;
// One place in 2^15 fits, and pieces have about 32 KiB more than the least.
const MASK = 0xfffe0000 | 0;

const GEAR: Int32Array = gear();

/** Numbers that are the same everywhere and always: stores are shared. */
function gear(): Int32Array {
  let state = 0x9e3779b9;
  return Int32Array.from({ length: 256 }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) + 0x6d2b79f5;
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    return state ^ (state >>> 16);
  });
}

/**
 * Cuts bytes into pieces at places that depend on the content (FastCDC's gear hash).
 *
 * @see https://www.usenix.org/conference/atc16/technical-sessions/presentation/xia
 */
export async function* pieces(source: AsyncIterable<Bytes> | Iterable<Bytes>): AsyncIterable<Bytes> {
  let rest: Bytes = new Uint8Array(0);
  for await (const arrived of source) {
    rest = rest.length === 0 ? arrived : joined([rest, arrived], rest.length + arrived.length);
    let from = 0;
    while (rest.length - from >= MOST_PIECE_BYTES) {
      const to = cut(rest, from);
      yield rest.slice(from, to);
      from = to;
    }
    // A copy: whoever gave the bytes may use them again.
    rest = rest.slice(from);
  }
  for (let from = 0; from < rest.length;) {
    const to = cut(rest, from);
    yield rest.subarray(from, to);
    from = to;
  }
}

/** Where the piece ends that begins at `from`. */
function cut(bytes: Bytes, from: number): number {
  const end = Math.min(bytes.length, from + MOST_PIECE_BYTES);
  let hash = 0;
  for (let at = from + LEAST; at < end; at++) {
    hash = ((hash << 1) + (GEAR[bytes[at] as number] as number)) | 0;
    if ((hash & MASK) === 0) return at + 1;
  }
  return end;
}
