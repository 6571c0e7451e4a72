import type { Bytes, Chunk, Content } from "./bytes.ts";
import { mustNotWait } from "./emulate/chunks.ts";
import type { FileHandle, Handle, HandleContentOptions, HandleReadOptions } from "./file-handle.ts";
import { iterate, iterateSync } from "./flow.ts";
import { readLines, webStream, type ReadLinesOptions, type WebStreamOptions } from "./handle-content.ts";
import type { Time } from "./numbers.ts";
import type { Encoding } from "./options.ts";
import { now } from "./scope.ts";
import type { Stats } from "./stats.ts";

/** A handle that answers with promises. */
export function asyncHandle(handle: Handle): FileHandle<"async"> {
  return new AsyncHandle(handle);
}

/** A handle that answers at once. */
export function syncHandle(handle: Handle): FileHandle<"sync"> {
  return new SyncHandle(handle);
}

type ContentOptions = Encoding | HandleContentOptions | null;

// The arguments are written out: `...args` costs more than a read.

class AsyncHandle implements FileHandle<"async"> {
  readonly fd: number;
  readonly #handle: Handle;
  #now: FileHandle<"sync"> | undefined;

  constructor(handle: Handle) {
    this.fd = handle.file.id;
    this.#handle = handle;
  }

  get now(): FileHandle<"sync"> {
    return (this.#now ??= syncHandle(this.#handle.facing(true)));
  }
  get later(): FileHandle<"async"> {
    return this;
  }

  async read(
    into?: Uint8Array | HandleReadOptions,
    offset?: number,
    length?: number,
    position?: number | null,
  ): Promise<{ bytesRead: number; buffer: Uint8Array }> {
    return this.#handle.read(into, offset, length, position);
  }
  async write(
    data: Chunk,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffer: Chunk }> {
    return this.#handle.write(data, offset, length, position);
  }
  async readv<B extends ArrayBufferView>(
    buffers: readonly B[],
    position?: number | null,
  ): Promise<{ bytesRead: number; buffers: readonly B[] }> {
    return this.#handle.readv(buffers, position);
  }
  async writev<B extends ArrayBufferView>(
    buffers: readonly B[],
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffers: readonly B[] }> {
    return this.#handle.writev(buffers, position);
  }
  async readFile(options?: ContentOptions): Promise<never> {
    return this.#handle.readFile(options) as Promise<never>;
  }
  async writeFile(content: Content, options?: ContentOptions): Promise<void> {
    return this.#handle.writeFile(content, options);
  }
  async appendFile(content: Content, options?: ContentOptions): Promise<void> {
    return this.#handle.writeFile(content, options);
  }
  readLines(options?: ReadLinesOptions): AsyncIterable<string, void, undefined> {
    return iterate(readLines(this.#handle, options));
  }
  readableWebStream(options?: WebStreamOptions): ReadableStream<Bytes> {
    return webStream(this.#handle, options);
  }
  async truncate(size?: number): Promise<void> {
    return this.#handle.truncate(size);
  }
  async stat(): Promise<Stats> {
    return this.#handle.stat();
  }
  async chmod(mode: number): Promise<void> {
    return this.#handle.chmod(mode);
  }
  async chown(uid: number, gid: number): Promise<void> {
    return this.#handle.chown(uid, gid);
  }
  async utimes(atime: Time, mtime: Time): Promise<void> {
    return this.#handle.utimes(atime, mtime);
  }
  async sync(): Promise<void> {
    return this.#handle.sync();
  }
  async datasync(): Promise<void> {
    return this.#handle.datasync();
  }
  async close(): Promise<void> {
    return this.#handle.close();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class SyncHandle implements FileHandle<"sync"> {
  readonly fd: number;
  readonly #handle: Handle;
  #later: FileHandle<"async"> | undefined;

  constructor(handle: Handle) {
    this.fd = handle.file.id;
    this.#handle = handle;
  }

  get now(): FileHandle<"sync"> {
    return this;
  }
  get later(): FileHandle<"async"> {
    return (this.#later ??= asyncHandle(this.#handle.facing(false)));
  }

  read(
    into?: Uint8Array | HandleReadOptions,
    offset?: number,
    length?: number,
    position?: number | null,
  ): { bytesRead: number; buffer: Uint8Array } {
    return now(this.#handle.read(into, offset, length, position));
  }
  write(
    data: Chunk,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): { bytesWritten: number; buffer: Chunk } {
    return now(this.#handle.write(data, offset, length, position));
  }
  readv<B extends ArrayBufferView>(
    buffers: readonly B[],
    position?: number | null,
  ): { bytesRead: number; buffers: readonly B[] } {
    return now(this.#handle.readv(buffers, position));
  }
  writev<B extends ArrayBufferView>(
    buffers: readonly B[],
    position?: number | null,
  ): { bytesWritten: number; buffers: readonly B[] } {
    return now(this.#handle.writev(buffers, position));
  }
  readFile(options?: ContentOptions): never {
    return now(this.#handle.readFile(options)) as never;
  }
  writeFile(content: Content, options?: ContentOptions): void {
    now(this.#handle.writeFile(content, options));
  }
  appendFile(content: Content, options?: ContentOptions): void {
    now(this.#handle.writeFile(content, options));
  }
  readLines(options?: ReadLinesOptions): Iterable<string, void, undefined> {
    return iterateSync(readLines(this.#handle, options), mustNotWait);
  }
  truncate(size?: number): void {
    now(this.#handle.truncate(size));
  }
  stat(): Stats {
    return now(this.#handle.stat());
  }
  chmod(mode: number): void {
    now(this.#handle.chmod(mode));
  }
  chown(uid: number, gid: number): void {
    now(this.#handle.chown(uid, gid));
  }
  utimes(atime: Time, mtime: Time): void {
    now(this.#handle.utimes(atime, mtime));
  }
  sync(): void {
    now(this.#handle.sync());
  }
  datasync(): void {
    now(this.#handle.datasync());
  }
  close(): void {
    now(this.#handle.close());
  }
  [Symbol.dispose](): void {
    this.close();
  }
}
