import { VfsError, type Bytes } from "@vfs/core";
import { ContentKey, type Sealing } from "./content-key.ts";
import type { Master } from "./keys.ts";
import { toBase64url } from "./text.ts";
import { HEADER_BYTES, OVERHEAD_BYTES, type Layout } from "./layout.ts";

// The last byte is the version of the format.
const MAGIC = new TextEncoder().encode("vfs-enc\u0001");
const NONCE_BYTES = 12;
const KEPT_KEYS = 256;

/**
 * Encrypts and decrypts the chunks of one file. What a chunk is bound to, as additional data: its place, whether it is the
 * last one, and how long chunks are; by its key it is bound to the file. So a chunk fits nowhere else, and none can be
 * missing at the end: the construction STREAM, with a random nonce for each chunk in place of a counter, so that a chunk can
 * be written again.
 *
 * A key with random nonces is good for 2^32 encryptions (NIST SP 800-38D, 8.3); each whole write of a file has a key of its
 * own.
 *
 * @see https://eprint.iacr.org/2015/189 for STREAM (Hoang, Reyhanitabar, Rogaway, Vizár).
 * @see https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf
 */
export class FileCipher {
  readonly header: Bytes;
  readonly layout: Layout;
  readonly #key: ContentKey;

  constructor(header: Bytes, layout: Layout, key: ContentKey) {
    this.header = header;
    this.layout = layout;
    this.#key = key;
  }

  /** A chunk as stored. */
  async encrypt(index: number, last: boolean, content: Uint8Array): Promise<Bytes> {
    const stored = new Uint8Array(content.length + OVERHEAD_BYTES);
    const iv = globalThis.crypto.getRandomValues(stored.subarray(0, NONCE_BYTES));
    stored.set(await this.#key.seal(this.#sealing(iv, index, last), content as Bytes), NONCE_BYTES);
    return stored;
  }

  /** @throws VfsError `EIO` for what was not encrypted as this chunk of this file. */
  async decrypt(index: number, last: boolean, stored: Bytes): Promise<Bytes> {
    if (stored.length < OVERHEAD_BYTES) throw damaged();
    const sealing = this.#sealing(stored.subarray(0, NONCE_BYTES), index, last);
    try {
      return await this.#key.open(sealing, stored.subarray(NONCE_BYTES));
    } catch (cause) {
      throw damaged(cause);
    }
  }

  /** All content from chunk `first` on, as stored. @param ends Whether its end is that of the file. */
  async encryptAll(first: number, content: Uint8Array, ends: boolean): Promise<Bytes> {
    const { chunkBytes } = this.layout;
    const count = this.layout.chunksOf(content.length);
    const chunks: Promise<Bytes>[] = [];
    for (let i = 0; i < count; i++) {
      const part = content.subarray(i * chunkBytes, (i + 1) * chunkBytes);
      chunks.push(this.encrypt(first + i, ends && i === count - 1, part));
    }
    return joined(await Promise.all(chunks));
  }

  /** The content of chunks. @param more Whether others stand behind them. */
  async decryptAll(first: number, stored: Bytes, more: boolean): Promise<Bytes> {
    const { storedBytes } = this.layout;
    const count = Math.ceil(stored.length / storedBytes);
    const chunks: Promise<Bytes>[] = [];
    for (let i = 0; i < count; i++) {
      const part = stored.subarray(i * storedBytes, (i + 1) * storedBytes);
      chunks.push(this.decrypt(first + i, !more && i === count - 1, part));
    }
    return joined(await Promise.all(chunks));
  }

  #sealing(iv: Bytes, index: number, last: boolean): Sealing {
    const additionalData = new Uint8Array(17);
    const view = new DataView(additionalData.buffer);
    view.setBigUint64(0, BigInt(index));
    view.setUint8(8, last ? 1 : 0);
    view.setUint32(9, this.layout.chunkBytes);
    view.setUint32(13, MAGIC[7] ?? 0);
    return { iv, additionalData };
  }
}

/** Makes the ciphers of files. */
export class Ciphers {
  readonly layout: Layout;
  readonly #master: Master;
  readonly #keys = new Map<string, ContentKey>();

  constructor(layout: Layout, master: Master) {
    this.layout = layout;
    this.#master = master;
  }

  /** For a content that is written anew. */
  fresh(): FileCipher {
    const header = new Uint8Array(HEADER_BYTES);
    globalThis.crypto.getRandomValues(header);
    header.set(MAGIC);
    return this.of(header);
  }

  /** For a file with this header. */
  of(header: Bytes): FileCipher {
    if (header.length < HEADER_BYTES || !MAGIC.every((byte, i) => header[i] === byte)) throw damaged();
    const fileId = header.slice(MAGIC.length, HEADER_BYTES);
    const name = toBase64url(fileId);
    const key = this.#keys.get(name) ?? new ContentKey(this.#master, fileId);
    if (this.#keys.size >= KEPT_KEYS) this.#keys.clear();
    this.#keys.set(name, key);
    return new FileCipher(header.slice(0, HEADER_BYTES), this.layout, key);
  }
}

export function joined(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What is said of content that nobody with the key has put there. */
export function damaged(cause?: unknown): VfsError {
  return new VfsError("EIO", {
    cause,
    hint: "the content does not pass authentication: it was not written with this key, or was changed without it",
  });
}
