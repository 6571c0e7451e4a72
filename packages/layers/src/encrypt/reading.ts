import type { ByteSource, Bytes } from "@vfs/core";
import { damaged, type Ciphers, type FileCipher } from "./chunks.ts";
import { HEADER_BYTES } from "./layout.ts";

/** Reads stored bytes: fewer at the end of the file. */
export type Fetch = (offset: number, length: number | undefined) => Promise<Bytes>;

/** The stored bytes that a range of content needs, with one more, which tells whether that is the end. */
export interface Range {
  readonly first: number;
  readonly offset: number;
  readonly length: number | undefined;
}

export function rangeOf({ layout }: Ciphers, offset: number, length: number): Range {
  const first = layout.chunkAt(offset);
  const count = layout.chunkAt(offset + length - 1) - first + 1;
  const stored = Number.isFinite(length) ? count * layout.storedBytes + 1 : undefined;
  return { first, offset: layout.offsetOf(first), length: stored };
}

/**
 * Reads and decrypts a range of content: only its chunks, and the header where that is not known.
 *
 * @throws VfsError `EIO` when one of them is not what was written there.
 */
export async function readRange(
  ciphers: Ciphers,
  fetch: Fetch,
  offset: number,
  length: number,
  known?: FileCipher,
): Promise<{ readonly content: Bytes; readonly cipher: FileCipher }> {
  const range = rangeOf(ciphers, offset, Math.max(1, length));
  const { chunkBytes } = ciphers.layout;
  let cipher = known;
  let body: Bytes;
  if (cipher === undefined && range.first === 0) {
    const raw = await fetch(0, range.length === undefined ? undefined : range.length + HEADER_BYTES);
    cipher = ciphers.of(raw);
    body = raw.subarray(HEADER_BYTES);
  } else {
    cipher ??= ciphers.of(await fetch(0, HEADER_BYTES));
    body = await fetch(range.offset, range.length);
  }
  // The first chunk is always there.
  if (body.length === 0 && range.first === 0) throw damaged();
  const wanted = range.length === undefined ? body.length : range.length - 1;
  const more = body.length > wanted;
  const plain = await cipher.decryptAll(range.first, more ? body.subarray(0, wanted) : body, more);
  const from = offset - range.first * chunkBytes;
  return { content: plain.slice(from, from + length), cipher };
}

/** Decrypts chunks as they come, in bounded memory, into pieces of the wanted length. */
export async function* decryptStream(
  cipher: FileCipher,
  source: ByteSource,
  { first, length: stored }: Range,
  offset: number,
  length: number,
  pieceBytes: number,
): AsyncGenerator<Bytes, void, undefined> {
  const { storedBytes, chunkBytes } = cipher.layout;
  let index = first;
  let skip = offset - first * chunkBytes;
  let left = length;
  const pieces = new Pieces(pieceBytes);
  const most = stored === undefined ? Infinity : (stored - 1) / storedBytes;
  for await (const { chunk, last } of chunksOf(source, storedBytes)) {
    if (index - first >= most) break;
    const plain = await cipher.decrypt(index++, last, chunk);
    const part = plain.subarray(skip, skip + left);
    skip = Math.max(0, skip - plain.length);
    left -= part.length;
    yield* pieces.add(part);
    if (left <= 0) break;
  }
  if (index === first && first === 0) throw damaged();
  yield* pieces.rest();
}

/** Cuts a source into chunks; each is known to be the last one or not, which takes a byte of the next one. */
async function* chunksOf(
  source: ByteSource,
  bytes: number,
): AsyncGenerator<{ readonly chunk: Bytes; readonly last: boolean }, void, undefined> {
  let held: Bytes = new Uint8Array(bytes);
  let filled = 0;
  for await (const part of source)
    for (let at = 0; at < part.length;) {
      if (filled === bytes) {
        yield { chunk: held, last: false };
        held = new Uint8Array(bytes);
        filled = 0;
      }
      const taken = part.subarray(at, at + bytes - filled);
      held.set(taken, filled);
      filled += taken.length;
      at += taken.length;
    }
  if (filled > 0) yield { chunk: held.subarray(0, filled), last: true };
}

/** Cuts and gathers pieces of one length. */
class Pieces {
  readonly #bytes: number;
  #held: Bytes;
  #filled = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#held = new Uint8Array(bytes);
  }

  *add(part: Uint8Array): Generator<Bytes, void, undefined> {
    for (let at = 0; at < part.length;) {
      const taken = part.subarray(at, at + this.#bytes - this.#filled);
      this.#held.set(taken, this.#filled);
      this.#filled += taken.length;
      at += taken.length;
      if (this.#filled === this.#bytes) yield* this.rest();
    }
  }

  *rest(): Generator<Bytes, void, undefined> {
    if (this.#filled === 0) return;
    const full = this.#held.subarray(0, this.#filled);
    this.#held = new Uint8Array(this.#bytes);
    this.#filled = 0;
    yield full;
  }
}
