import {
  chain,
  run,
  unsupported,
  wait,
  type Awaitable,
  type FileHandle,
  type Flow,
  type Stats,
} from "@vfs/core";
import { contentOf, decoded } from "./calls.ts";
import { toNodeStats } from "./stats.ts";

/** A handle of either face. */
interface Either {
  read(
    buffer: Uint8Array,
    offset?: number,
    length?: number,
    at?: number | null,
  ): Awaitable<{ bytesRead: number }>;
  write(
    data: Uint8Array,
    offset: number,
    length: number,
    at: number | null,
  ): Awaitable<{ bytesWritten: number }>;
  truncate(size: number): Awaitable<void>;
  stat(): Awaitable<Stats>;
  chmod(mode: number): Awaitable<void>;
  utimes(atime: number | Date, mtime: number | Date): Awaitable<void>;
  sync(): Awaitable<void>;
  datasync(): Awaitable<void>;
  close(): Awaitable<void>;
}
type Options = { readonly encoding?: BufferEncoding | null; readonly bigint?: boolean } | string | null;
type Position = number | bigint | null | undefined;
interface Part {
  readonly buffer?: ArrayBufferView;
  readonly offset?: number;
  readonly length?: number;
  readonly position?: Position;
}
type Read = { bytesRead: number; buffer: ArrayBufferView };
type Written = { bytesWritten: number; buffer: string | ArrayBufferView };

const CHUNK_BYTES = 64 << 10;

/**
 * An open file as `node:vfs` wants it: one object with the calls of both faces. On a mount that must wait the
 * synchronous ones are `ENOTSUP`, and the file may be on its way still: Node opens all files synchronously, those of
 * `fs.promises.open` too, so there the first call that needs the file hears why it could not be opened.
 */
export class VirtualHandle {
  readonly #file: FileHandle<"sync"> | undefined;
  readonly #opening: Promise<FileHandle<"async">> | undefined;
  /** Where Node's write stream begins; moved on by each write without a position. */
  #start: number | undefined;

  constructor(file: FileHandle<"sync"> | Promise<FileHandle<"async">>) {
    if (file instanceof Promise) {
      this.#opening = file;
      file.catch(() => undefined);
    } else {
      this.#file = file;
    }
  }

  get position(): number {
    return this.#start ?? 0;
  }
  set position(position: number) {
    this.#start = position;
  }

  readSync(buffer: ArrayBufferView, offset?: number, length?: number, position?: Position): number {
    return (read(this.#now, [buffer, offset, length, position]) as Read).bytesRead;
  }
  async read(...args: unknown[]): Promise<Read> {
    return read(await this.#later(), args);
  }
  async readv(buffers: readonly ArrayBufferView[], position?: Position): Promise<unknown> {
    const file = await this.#later();
    let bytesRead = 0;
    for (const buffer of buffers) {
      const at = typeof position === "number" ? position + bytesRead : position;
      const done = await read(file, [buffer, 0, buffer.byteLength, at]);
      bytesRead += done.bytesRead;
      if (done.bytesRead < buffer.byteLength) break;
    }
    return { bytesRead, buffers };
  }

  writeSync(buffer: string | ArrayBufferView, offset?: number, length?: number, position?: Position): number {
    return (this.#write(this.#now, [buffer, offset, length, position]) as Written).bytesWritten;
  }
  async write(...args: unknown[]): Promise<Written> {
    return this.#write(await this.#later(), args);
  }
  async writev(buffers: readonly ArrayBufferView[], position?: Position): Promise<unknown> {
    const file = await this.#later();
    let bytesWritten = 0;
    for (const buffer of buffers) {
      const at = typeof position === "number" ? position + bytesWritten : position;
      bytesWritten += (await this.#write(file, [buffer, 0, buffer.byteLength, at])).bytesWritten;
    }
    return { bytesWritten, buffers };
  }

  readFileSync(options?: Options): string | Buffer {
    return decoded(run(readRest(this.#now)) as Buffer, encodingOf(options));
  }
  async readFile(options?: Options): Promise<string | Buffer> {
    return decoded(await run(readRest(await this.#later())), encodingOf(options));
  }
  writeFileSync(data: string | ArrayBufferView, options?: Options): void {
    this.#write(this.#now, [contentOf(data, encodingOf(options))]);
  }
  async writeFile(data: string | ArrayBufferView | AsyncIterable<string>, options?: Options): Promise<void> {
    const file = await this.#later();
    const whole = typeof data === "string" || ArrayBuffer.isView(data);
    for await (const part of whole ? [data] : data)
      await this.#write(file, [contentOf(part, encodingOf(options))]);
  }
  async appendFile(data: string | ArrayBufferView, options?: Options): Promise<void> {
    await this.writeFile(data, options);
  }

  statSync(options?: Options): unknown {
    return toNodeStats(this.#now.stat(), isBigint(options));
  }
  async stat(options?: Options): Promise<unknown> {
    return toNodeStats(await (await this.#later()).stat(), isBigint(options));
  }
  truncateSync(size?: number): void {
    this.#now.truncate(size ?? 0);
  }
  async truncate(size?: number): Promise<void> {
    await (await this.#later()).truncate(size ?? 0);
  }
  chmodSync(mode: number): void {
    this.#now.chmod(mode);
  }
  async chmod(mode: number): Promise<void> {
    await (await this.#later()).chmod(mode);
  }
  utimesSync(atime: number | Date, mtime: number | Date): void {
    this.#now.utimes(atime, mtime);
  }
  async utimes(atime: number | Date, mtime: number | Date): Promise<void> {
    await (await this.#later()).utimes(atime, mtime);
  }
  /** A handle of a Vfs changes no owners. */
  async chown(): Promise<never> {
    throw unsupported("an open file keeps its owner; change it by its path");
  }
  async sync(): Promise<void> {
    await (await this.#later()).sync();
  }
  async datasync(): Promise<void> {
    await (await this.#later()).datasync();
  }
  closeSync(): void {
    this.#now.close();
  }
  async close(): Promise<void> {
    await (await this.#later()).close();
  }

  get #now(): FileHandle<"sync"> {
    if (this.#file !== undefined) return this.#file;
    throw unsupported("this store must wait: use fs.promises, or put the store behind syncBridge()");
  }

  async #later(): Promise<Either> {
    return this.#file ?? (this.#opening as Promise<FileHandle<"async">>);
  }

  #write(file: Either, args: readonly unknown[]): Awaitable<Written> {
    const { buffer, bytes, position } = toWrite(args);
    const at = position ?? this.#start;
    if (position === undefined && this.#start !== undefined) this.#start += bytes.length;
    return chain(file.write(bytes, 0, bytes.length, at ?? null), ({ bytesWritten }) => ({
      bytesWritten,
      buffer,
    }));
  }
}

/** `read(buffer, offset, length, position)`, `read(buffer, options)` or `read(options)`. */
function read(file: Either, [first, second, length, position]: readonly unknown[]): Awaitable<Read> {
  const given: Part = ArrayBuffer.isView(first)
    ? { ...(isObject(second) ? second : ({ offset: second, length, position } as Part)), buffer: first }
    : ((first as Part | undefined) ?? {});
  const buffer = given.buffer ?? Buffer.alloc(16 << 10);
  const offset = given.offset ?? 0;
  const into = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const at = toPosition(given.position) ?? null;
  return chain(file.read(into, offset, given.length ?? into.length - offset, at), ({ bytesRead }) => ({
    bytesRead,
    buffer,
  }));
}

interface ToWrite {
  readonly buffer: string | ArrayBufferView;
  readonly bytes: Uint8Array;
  readonly position: number | undefined;
}

/** `write(buffer, offset, length, position)`, `write(buffer, options)` or `write(text, position, encoding)`. */
function toWrite([buffer, second, third, position]: readonly unknown[]): ToWrite {
  if (typeof buffer === "string") {
    const bytes = contentOf(buffer, third as BufferEncoding | undefined);
    return { buffer, bytes, position: toPosition(second as Position) };
  }
  const view = buffer as ArrayBufferView;
  const given: Part = isObject(second) ? second : ({ offset: second, length: third, position } as Part);
  const offset = given.offset ?? 0;
  const bytes = contentOf(view).subarray(offset, offset + (given.length ?? view.byteLength - offset));
  return { buffer: view, bytes, position: toPosition(given.position) };
}

/** Undefined: where the last read or write ended. */
function toPosition(position: Position): number | undefined {
  return position === null || position === undefined || position < 0 ? undefined : Number(position);
}

function* readRest(file: Either): Flow<Buffer> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const buffer = new Uint8Array(CHUNK_BYTES);
    const { bytesRead } = yield* wait(file.read(buffer));
    if (bytesRead === 0) return Buffer.concat(parts);
    parts.push(buffer.subarray(0, bytesRead));
  }
}

function encodingOf(options: Options | undefined): BufferEncoding | null | undefined {
  return typeof options === "string" ? (options as BufferEncoding) : options?.encoding;
}

function isBigint(options: Options | undefined): boolean {
  return typeof options === "object" && options?.bigint === true;
}

function isObject(value: unknown): value is Part {
  return typeof value === "object" && value !== null;
}
