import type { ByteSource, Bytes, Context, ProviderFile } from "@vfs/core";
import { joined, type Ciphers, type FileCipher } from "./chunks.ts";
import { HEADER_BYTES } from "./layout.ts";

// Gaps are filled in steps of about this.
const STEP_BYTES = 1 << 20;

/** A whole file, as stored. */
export async function encryptWhole(ciphers: Ciphers, content: Uint8Array): Promise<Bytes> {
  const cipher = ciphers.fresh();
  return joined([cipher.header, await cipher.encryptAll(0, content, true)]);
}

/** A whole file as stored, from a source, in bounded memory. */
export async function* encryptStream(ciphers: Ciphers, source: ByteSource): AsyncGenerator<Bytes> {
  const cipher = ciphers.fresh();
  const { chunkBytes } = ciphers.layout;
  yield cipher.header;
  // One chunk is held back, for it may be the last.
  let held = new Uint8Array(chunkBytes);
  let filled = 0;
  let index = 0;
  for await (const part of source)
    for (let at = 0; at < part.length;) {
      if (filled === chunkBytes) {
        yield await cipher.encrypt(index++, false, held);
        held = new Uint8Array(chunkBytes);
        filled = 0;
      }
      const taken = part.subarray(at, at + chunkBytes - filled);
      held.set(taken, filled);
      filled += taken.length;
      at += taken.length;
    }
  yield await cipher.encrypt(index, true, held.subarray(0, filled));
}

/** Changes a stored file in place: what a change does not touch is neither read nor written. Nobody else may do so meanwhile. */
export class Editing {
  readonly #ciphers: Ciphers;
  readonly #file: ProviderFile;
  readonly #ctx: Context;

  constructor(ciphers: Ciphers, file: ProviderFile, ctx: Context) {
    this.#ciphers = ciphers;
    this.#file = file;
    this.#ctx = ctx;
  }

  async write(data: Uint8Array, position: number | "end"): Promise<void> {
    const { layout } = this.#ciphers;
    const cipher = this.#ciphers.of(await this.#fetch(0, HEADER_BYTES));
    const size = layout.contentSize((await this.#file.stat(this.#ctx)).size);
    await this.#write(cipher, size, data, position === "end" ? size : position);
  }

  /** Cuts, or fills up with zeros. */
  async truncate(size: number): Promise<void> {
    const { layout } = this.#ciphers;
    if (size === 0) return this.#empty();
    const cipher = this.#ciphers.of(await this.#fetch(0, HEADER_BYTES));
    const before = layout.contentSize((await this.#file.stat(this.#ctx)).size);
    if (size > before) return this.#write(cipher, before, new Uint8Array(0), size);
    if (size < before) {
      const last = layout.chunkAt(size - 1);
      const content = await this.#chunk(cipher, last, before);
      const cut = content.subarray(0, size - last * layout.chunkBytes);
      await this.#file.write(await cipher.encrypt(last, true, cut), layout.offsetOf(last), this.#ctx);
    }
    await this.#file.truncate(layout.storedSize(size), this.#ctx);
  }

  /** Begins anew, with another key: nothing of before fits into it. */
  async #empty(): Promise<void> {
    const stored = await encryptWhole(this.#ciphers, new Uint8Array(0));
    await this.#file.write(stored, 0, this.#ctx);
    await this.#file.truncate(stored.length, this.#ctx);
  }

  async #write(cipher: FileCipher, before: number, data: Uint8Array, position: number): Promise<void> {
    let size = before;
    while (position - size > STEP_BYTES) {
      await this.#piece(cipher, size, new Uint8Array(STEP_BYTES), size);
      size += STEP_BYTES;
    }
    const gap = Math.max(0, position - size);
    await this.#piece(cipher, size, gap === 0 ? data : joined([new Uint8Array(gap), data]), position - gap);
  }

  /** Writes content that begins at the end of the file at the latest: in one step, together with the chunk that ended it. */
  async #piece(cipher: FileCipher, size: number, data: Uint8Array, position: number): Promise<void> {
    if (data.length === 0) return;
    const { layout } = this.#ciphers;
    const { chunkBytes } = layout;
    const after = Math.max(size, position + data.length);
    const lastBefore = layout.chunksOf(size) - 1;
    const lastAfter = layout.chunksOf(after) - 1;
    const touched = layout.chunkAt(position);
    // The chunk that ended the file says so.
    const first = lastAfter > lastBefore ? Math.min(touched, lastBefore) : touched;
    const last = layout.chunkAt(position + data.length - 1);
    const content = new Uint8Array(Math.min(after, (last + 1) * chunkBytes) - first * chunkBytes);
    for (const index of new Set([first, touched, last])) {
      if (index > lastBefore || index * chunkBytes >= size) continue;
      const end = Math.min(size, (index + 1) * chunkBytes);
      const overwritten = position <= index * chunkBytes && position + data.length >= end;
      if (!overwritten) content.set(await this.#chunk(cipher, index, size), (index - first) * chunkBytes);
    }
    content.set(data, position - first * chunkBytes);
    const stored = await cipher.encryptAll(first, content, last === lastAfter);
    await this.#file.write(stored, layout.offsetOf(first), this.#ctx);
  }

  async #chunk(cipher: FileCipher, index: number, size: number): Promise<Bytes> {
    const { layout } = this.#ciphers;
    const stored = await this.#fetch(layout.offsetOf(index), layout.storedBytes);
    return cipher.decrypt(index, index === layout.chunksOf(size) - 1, stored);
  }

  async #fetch(offset: number, length: number): Promise<Bytes> {
    const into = new Uint8Array(length);
    return into.subarray(0, await this.#file.read(into, offset, this.#ctx));
  }
}
