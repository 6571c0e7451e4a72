import {
  isVfsError,
  type Bytes,
  type Context,
  type ProviderFile,
  type Stat,
  type StatChanges,
  type SyncOptions,
} from "@vfs/core";
import type { Ciphers, FileCipher } from "./chunks.ts";
import type { Locks } from "./locks.ts";
import { readRange } from "./reading.ts";
import { Editing } from "./writing.ts";

/** An open file, whose content is seen through the key. */
export class EncryptedFile implements ProviderFile {
  readonly #inner: ProviderFile;
  readonly #ciphers: Ciphers;
  readonly #keys: () => string[];
  readonly #locks: Locks;
  /** What it was read with last. Who replaces the content replaces that too. */
  #cipher: FileCipher | undefined;
  readonly setStat?: (changes: StatChanges, ctx: Context) => Promise<void>;

  /** @param keys By what the file is locked now. */
  constructor(inner: ProviderFile, keys: () => string[], ciphers: Ciphers, locks: Locks) {
    this.#inner = inner;
    this.#ciphers = ciphers;
    this.#locks = locks;
    this.#keys = keys;
    if (inner.setStat !== undefined) this.setStat = async (changes, ctx) => inner.setStat?.(changes, ctx);
  }

  async read(into: Uint8Array, position: number, ctx: Context): Promise<number> {
    if (into.length === 0) return 0;
    let content: Bytes;
    try {
      content = await this.#read(position, into.length, ctx);
    } catch (reason) {
      if (!isVfsError(reason, "EIO")) throw reason;
      // Others may have changed it meanwhile: what is read while nobody can is what counts.
      this.#cipher = undefined;
      content = await this.#locks.run(this.#keys(), () => this.#read(position, into.length, ctx));
    }
    into.set(content);
    return content.length;
  }

  async #read(position: number, length: number, ctx: Context): Promise<Bytes> {
    const fetch = async (offset: number, most = 0): Promise<Bytes> => {
      const bytes = new Uint8Array(most);
      return bytes.subarray(0, await this.#inner.read(bytes, offset, ctx));
    };
    const found = await readRange(this.#ciphers, fetch, position, length, this.#cipher);
    this.#cipher = found.cipher;
    return found.content;
  }

  async write(data: Uint8Array, position: number | "end", ctx: Context): Promise<void> {
    if (data.length === 0) return;
    // The caller may go on with its bytes at once.
    const given = new Uint8Array(data);
    await this.#locks.run(this.#keys(), () => this.#editing(ctx).write(given, position));
  }

  async truncate(size: number, ctx: Context): Promise<void> {
    await this.#locks.run(this.#keys(), () => this.#editing(ctx).truncate(size));
  }

  #editing(ctx: Context): Editing {
    return new Editing(this.#ciphers, this.#inner, ctx);
  }

  async stat(ctx: Context): Promise<Stat> {
    const { checksums, ...stat } = await this.#inner.stat(ctx);
    void checksums;
    return { ...stat, size: this.#ciphers.layout.contentSize(stat.size) };
  }

  async sync(options: SyncOptions, ctx: Context): Promise<void> {
    await this.#inner.sync(options, ctx);
  }

  async close(ctx: Context): Promise<void> {
    await this.#inner.close(ctx);
  }
}
