import type { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { ReadStream, WriteStream } from "node:fs";
import { ReadableStream } from "node:stream/web";
import { codedError } from "./argument-errors.ts";
import { toObject } from "./arguments.ts";
import { DESCRIPTORS } from "./calls/descriptors.ts";
import { FILES } from "./calls/files.ts";
import { read, readv, toRead, toWrite, write, writev } from "./calls/transfer.ts";
import { later, type Callback, type Methods } from "./faces.ts";
import type { Call, Side } from "./side.ts";
import type { Streams } from "./streams.ts";

/** What handles of one face work with. */
export interface HandleTools {
  readonly side: Side;
  readonly streams: Streams;
  /** The functions that call back. */
  readonly methods: Methods;
}

const CHUNK_BYTES = 16384;

/** An open file, as Node's `FileHandle`. */
export class FileHandle extends EventEmitter {
  readonly #tools: HandleTools;
  #fd: number;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(fd: number, tools: HandleTools) {
    super();
    this.#fd = fd;
    this.#tools = tools;
  }

  get fd(): number {
    return this.#fd;
  }

  #ask<T>(call: Call | undefined, syscall: string, a?: unknown, b?: unknown): Promise<T> {
    if (this.#fd === -1) return Promise.reject(closedFile(syscall));
    return later(() => (call as Call)(this.#tools.side, this.#fd, a, b, undefined)) as Promise<T>;
  }

  async read(
    buffer?: unknown,
    offset?: unknown,
    length?: unknown,
    position?: unknown,
  ): Promise<{ bytesRead: number; buffer: ArrayBufferView }> {
    if (this.#fd === -1) throw closedFile("read");
    if (!ArrayBuffer.isView(buffer) && buffer !== null) toObject(buffer);
    const transfer = toRead(buffer, offset, length, position);
    const bytesRead = transfer.length === 0 ? 0 : await read(this.#tools.side, this.#fd, transfer);
    return plain({ bytesRead, buffer: transfer.buffer });
  }

  async write(
    data: unknown,
    offset?: unknown,
    length?: unknown,
    position?: unknown,
  ): Promise<{ bytesWritten: number; buffer: unknown }> {
    if (this.#fd === -1) throw closedFile("write");
    const bytesWritten = await write(this.#tools.side, this.#fd, toWrite(data, offset, length, position));
    return plain({ bytesWritten, buffer: data });
  }

  async readv(buffers: unknown, position?: unknown): Promise<{ bytesRead: number; buffers: unknown }> {
    if (this.#fd === -1) throw closedFile("readv");
    return plain({ bytesRead: await readv(this.#tools.side, this.#fd, buffers, position), buffers });
  }

  async writev(buffers: unknown, position?: unknown): Promise<{ bytesWritten: number; buffers: unknown }> {
    if (this.#fd === -1) throw closedFile("writev");
    return plain({ bytesWritten: await writev(this.#tools.side, this.#fd, buffers, position), buffers });
  }

  readFile(options?: unknown): Promise<Buffer | string> {
    return this.#ask(FILES["readFile"], "readFile", options);
  }
  writeFile(data: unknown, options?: unknown): Promise<void> {
    return this.#ask(FILES["writeFile"], "writeFile", data, options);
  }
  appendFile(data: unknown, options?: unknown): Promise<void> {
    return this.#ask(FILES["appendFile"], "writeFile", data, options);
  }
  stat(options?: unknown): Promise<unknown> {
    return this.#ask(DESCRIPTORS["fstat"], "fstat", options);
  }
  truncate(length?: unknown): Promise<void> {
    return this.#ask(DESCRIPTORS["ftruncate"], "ftruncate", length);
  }
  chmod(mode: unknown): Promise<void> {
    return this.#ask(DESCRIPTORS["fchmod"], "fchmod", mode);
  }
  chown(uid: unknown, gid: unknown): Promise<void> {
    return this.#ask(DESCRIPTORS["fchown"], "fchown", uid, gid);
  }
  utimes(atime: unknown, mtime: unknown): Promise<void> {
    return this.#ask(DESCRIPTORS["futimes"], "futimes", atime, mtime);
  }
  sync(): Promise<void> {
    return this.#ask(DESCRIPTORS["fsync"], "fsync");
  }
  datasync(): Promise<void> {
    return this.#ask(DESCRIPTORS["fdatasync"], "fdatasync");
  }

  /** Closing twice is no error. */
  close = (): Promise<void> => {
    if (this.#closing !== undefined) return this.#closing;
    if (this.#fd === -1) return Promise.resolve();
    const closing = this.#ask<void>(DESCRIPTORS["close"], "close");
    this.#fd = -1;
    this.#closing = closing.finally(() => {
      this.#closing = undefined;
      this.emit("close");
    });
    return this.#closing;
  };

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  createReadStream(options?: unknown): ReadStream {
    const { ReadStream: Stream } = this.#tools.streams;
    return new Stream(undefined, this.#streamOptions(options)) as ReadStream;
  }

  createWriteStream(options?: unknown): WriteStream {
    const { WriteStream: Stream } = this.#tools.streams;
    return new Stream(undefined, this.#streamOptions(options)) as WriteStream;
  }

  /** A stream ends this handle, and not only the number of it. */
  #streamOptions(options: unknown): object {
    const given = typeof options === "string" ? { encoding: options } : toObject(options ?? undefined);
    const close = (_fd: number, callback: Callback): void => {
      this.close().then(
        () => process.nextTick(callback, null),
        (reason: unknown) => process.nextTick(callback, reason),
      );
    };
    return { ...given, fd: this.#fd, fs: { ...this.#tools.methods, close } };
  }

  readLines(options?: unknown): Interface {
    const input = this.createReadStream(options);
    return createInterface({ input, crlfDelay: Infinity });
  }

  readableWebStream(options?: unknown): ReadableStream {
    const { autoClose = false } = toObject(options ?? undefined) as { autoClose?: boolean };
    if (this.#fd === -1) throw codedError("ERR_INVALID_STATE", "Invalid state: The FileHandle is closed");
    const end = async (): Promise<void> => {
      if (autoClose) await this.close();
    };
    return new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: CHUNK_BYTES,
      pull: async (controller) => {
        const request = controller.byobRequest;
        const view = (request?.view ?? new Uint8Array(CHUNK_BYTES)) as Uint8Array<ArrayBuffer>;
        const { bytesRead } = await this.read(view, 0, view.byteLength);
        if (bytesRead === 0) {
          await end();
          controller.close();
        }
        if (request === null) {
          if (bytesRead > 0) controller.enqueue(view.subarray(0, bytesRead));
        } else request.respond(bytesRead);
      },
      cancel: end,
    });
  }
}

/** As Node answers: an object that is nothing but its fields. */
function plain<T extends object>(fields: T): T {
  return Object.assign<object, T>(Object.create(null) as object, fields);
}

function closedFile(syscall: string): Error {
  return Object.assign(new Error("file closed"), { code: "EBADF", syscall });
}
