import { attempt, chain, type Awaitable } from "./awaitable.ts";
import { bytesOf, type Bytes, type Chunk, type Content } from "./bytes.ts";
import { Call } from "./call.ts";
import { withoutSignal, type Context } from "./context.ts";
import { isVfsError, VfsError } from "./error.ts";
import { run } from "./flow.ts";
import {
  gathered,
  readInto,
  readRest,
  writeContent,
  type ReadLinesOptions,
  type WebStreamOptions,
} from "./handle-content.ts";
import { closeFile } from "./performers.ts";
import type { OpenFile } from "./open-file.ts";
import { OPERATIONS, type Operations, type OpName } from "./operations.ts";
import { checkMode, checkOwner, milliseconds, type Time } from "./numbers.ts";
import { checkEncoding, type Abortable, type Encoding } from "./options.ts";
import type { Scope } from "./scope.ts";
import { Stats } from "./stats.ts";
import { Turns } from "./turns.ts";
import type { Mode, Result, Sequence } from "./vfs.ts";

type FileOp = Extract<OpName, `file.${string}`>;

/** Where a read puts its bytes, and which. */
export interface HandleReadOptions {
  readonly buffer?: Uint8Array | undefined;
  /** Where in the buffer the bytes go. */
  readonly offset?: number | undefined;
  readonly length?: number | undefined;
  /** Where in the file to read; `null`: where the last read or write without a position ended. */
  readonly position?: number | null | undefined;
}

/** What is to be read or written through a handle as a whole. */
export interface HandleContentOptions extends Abortable {
  readonly encoding?: Encoding | null | undefined;
}

/** An open file, as Node's `FileHandle`, to be closed by hand or by `await using` (`using` on the synchronous face). */
export type FileHandle<M extends Mode> = HandleMethods<M> &
  (M extends "async"
    ? AsyncDisposable & {
        /** The bytes from where the handle is on, as a stream that also fills buffers of its reader's own. */
        readableWebStream(options?: WebStreamOptions): ReadableStream<Bytes>;
      }
    : Disposable);

/** What a handle can do. Positions, sizes and lengths are bytes. */
export interface HandleMethods<M extends Mode> {
  /** A number for this handle, unique in the program. */
  readonly fd: number;
  /** The same open file, with the same position, for a caller that cannot wait. */
  readonly now: FileHandle<"sync">;
  /** The same open file, with the same position, for a caller that can. */
  readonly later: FileHandle<"async">;
  /** Reads into `buffer`: 16 KiB of its own unless given. `bytesRead` is 0 at the end of the file. */
  read<B extends Uint8Array>(
    buffer: B,
    offset?: number,
    length?: number,
    position?: number | null,
  ): Result<M, { bytesRead: number; buffer: B }>;
  read(options?: HandleReadOptions): Result<M, { bytesRead: number; buffer: Uint8Array }>;
  /** Writes a whole chunk at `position`, or where the last one ended; in an append handle always at the end. */
  write(
    data: Chunk,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Result<M, { bytesWritten: number; buffer: Chunk }>;
  /** Reads into one buffer after another, at once. */
  readv<B extends ArrayBufferView>(
    buffers: readonly B[],
    position?: number | null,
  ): Result<M, { bytesRead: number; buffers: readonly B[] }>;
  /** Writes one buffer after another, at once. */
  writev<B extends ArrayBufferView>(
    buffers: readonly B[],
    position?: number | null,
  ): Result<M, { bytesWritten: number; buffers: readonly B[] }>;
  /** Reads from where the handle is to the end of the file. */
  readFile(
    options?: (HandleContentOptions & { readonly encoding?: null | undefined }) | null,
  ): Result<M, Bytes>;
  readFile(options: Encoding | (HandleContentOptions & { readonly encoding: Encoding })): Result<M, string>;
  readFile(options?: Encoding | HandleContentOptions | null): Result<M, Bytes | string>;
  /** Writes from where the handle is on; what lies behind stays. Not in one step, unlike `vfs.writeFile`. */
  writeFile(content: Content, options?: Encoding | HandleContentOptions | null): Result<M, void>;
  /** The same as {@link writeFile}: only a handle that was opened with `a` writes at the end. */
  appendFile(content: Content, options?: Encoding | HandleContentOptions | null): Result<M, void>;
  /** The lines from where the handle is on, without their ends. Closes the handle in the end unless told otherwise. */
  readLines(options?: ReadLinesOptions): Sequence<M, string>;
  /** Cuts to `size` bytes, 0 unless told, or fills up with zeros. */
  truncate(size?: number): Result<M, void>;
  stat(): Result<M, Stats>;
  chmod(mode: number): Result<M, void>;
  /** Sets the owners; -1 leaves one as it is. */
  chown(uid: number, gid: number): Result<M, void>;
  /** Sets the times: seconds since 1970, or a `Date`. */
  utimes(atime: Time, mtime: Time): Result<M, void>;
  /** Returns when what was written is where `durable` would have it. */
  sync(): Result<M, void>;
  datasync(): Result<M, void>;
  /** Ends the handle. Closing twice is no error. */
  close(): Result<M, void>;
}

/** Where reads and writes without a position begin. */
class Cursor {
  position = 0;
  // Reads and writes without a position must not overlap, or two of them would use the same one.
  readonly turns: Turns = new Turns();
}

/** The handle behind both faces: answers with values or promises as the store does. */
export class Handle {
  readonly file: OpenFile;
  readonly #scope: Scope;
  /** Every write is durable before it returns. */
  readonly #writesThrough: boolean;
  readonly #cursor: Cursor;

  constructor(file: OpenFile, scope: Scope, writesThrough = false, cursor: Cursor = new Cursor()) {
    this.file = file;
    this.#scope = scope;
    this.#writesThrough = writesThrough;
    this.#cursor = cursor;
  }

  /** The same open file at the same position, for a caller that can wait or cannot. */
  facing(sync: boolean): Handle {
    return new Handle(this.file, this.#scope.facing(sync), this.#writesThrough, this.#cursor);
  }

  /** On whose behalf it was opened. */
  get ctx(): Context {
    return this.#scope.ctx;
  }

  /** Where the next read or write without a position begins. */
  get position(): number {
    return this.#cursor.position;
  }

  read(
    into: Uint8Array | HandleReadOptions = {},
    offset?: number,
    length?: number,
    position?: number | null,
  ): Awaitable<{ bytesRead: number; buffer: Uint8Array }> {
    if (!(into instanceof Uint8Array))
      return this.read(into.buffer ?? new Uint8Array(16384), into.offset, into.length, into.position);
    const from = checkRange("offset", offset ?? 0, 0, into.length);
    const count = checkRange("length", length ?? into.length - from, 0, into.length - from);
    if (!this.file.granted.read) throw this.#refused("EBADF", "read", "the file was not opened for reading");
    const target = count === into.length ? into : into.subarray(from, from + count);
    const done = this.#readAt(target, position);
    if (typeof done === "number") return { bytesRead: done, buffer: into };
    return done.then((bytesRead) => ({ bytesRead, buffer: into }));
  }

  /** Reads from the given position, or from the handle's own, which then moves. */
  #readAt(into: Uint8Array, position: number | null | undefined): Awaitable<number> {
    if (isGiven(position))
      return this.#send("file.read", {
        into,
        position: checkRange("position", position, 0, Number.MAX_SAFE_INTEGER),
      });
    return this.#at(position, (at, moveTo) =>
      chain(this.#send("file.read", { into, position: at }), (bytesRead) => {
        moveTo(at + bytesRead);
        return bytesRead;
      }),
    );
  }

  write(
    data: Chunk,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Awaitable<{ bytesWritten: number; buffer: Chunk }> {
    const whole = bytesOf(data);
    const isText = typeof data === "string";
    // As in Node, the second argument of a text is its position.
    const at = isText ? offset : position;
    const from = isText ? 0 : checkRange("offset", offset ?? 0, 0, whole.length);
    const count = isText
      ? whole.length
      : checkRange("length", length ?? whole.length - from, 0, whole.length - from);
    if (!this.file.granted.write)
      throw this.#refused("EBADF", "write", "the file was not opened for writing");
    const part = whole.subarray(from, from + count);
    const written = this.file.granted.append ? this.#append(part, at) : this.#overwrite(part, at);
    const durable = this.#writesThrough ? chain(written, () => this.datasync()) : written;
    return chain(durable, () => ({ bytesWritten: part.length, buffer: data }));
  }

  readv<B extends ArrayBufferView>(
    buffers: readonly B[],
    position?: number | null,
  ): Awaitable<{ bytesRead: number; buffers: readonly B[] }> {
    return chain(run(readInto(this, buffers, position)), (bytesRead) => ({ bytesRead, buffers }));
  }

  writev<B extends ArrayBufferView>(
    buffers: readonly B[],
    position?: number | null,
  ): Awaitable<{ bytesWritten: number; buffers: readonly B[] }> {
    const whole = gathered(buffers);
    return chain(this.write(whole, 0, whole.length, position), ({ bytesWritten }) => ({
      bytesWritten,
      buffers,
    }));
  }

  readFile(options?: Encoding | HandleContentOptions | null): Awaitable<Bytes | string> {
    const { encoding, signal } = typeof options === "string" ? { encoding: options } : (options ?? {});
    return run(readRest(this, checkEncoding(encoding), signal));
  }

  writeFile(content: Content, options?: Encoding | HandleContentOptions | null): Awaitable<void> {
    const { encoding, signal } = typeof options === "string" ? { encoding: options } : (options ?? {});
    checkEncoding(encoding);
    signal?.throwIfAborted();
    return writeContent(this, content, signal === undefined ? this.ctx : { ...this.ctx, signal });
  }

  truncate(size = 0): Awaitable<void> {
    if (!this.file.granted.write && !this.file.closed)
      throw this.#refused("EINVAL", "ftruncate", "the file was not opened for writing");
    return this.#send("file.truncate", {
      size: checkRange("size", Math.max(0, size), 0, Number.MAX_SAFE_INTEGER),
    });
  }

  stat(): Awaitable<Stats> {
    return chain(this.#send("file.stat", {}), (stat) => new Stats(stat, this.file.mount.store.device));
  }

  chmod(mode: number): Awaitable<void> {
    return this.#send("file.setStat", { changes: { mode: checkMode(mode) } });
  }

  chown(uid: number, gid: number): Awaitable<void> {
    return this.#send("file.setStat", { changes: { uid: checkOwner(uid), gid: checkOwner(gid) } });
  }

  utimes(atime: Time, mtime: Time): Awaitable<void> {
    const changes = { atimeMs: milliseconds(atime), mtimeMs: milliseconds(mtime) };
    return this.#send("file.setStat", { changes });
  }

  sync(): Awaitable<void> {
    return this.#send("file.sync", {});
  }

  datasync(): Awaitable<void> {
    return this.#send("file.sync", { dataOnly: true });
  }

  /** Closes the file whatever a layer says to that: what is refused is only to hear nothing of it. */
  close(): Awaitable<void> {
    const { file } = this;
    if (file.closed) return undefined;
    return attempt<void>(
      () => this.#send("file.close", {}, this.#scope.toTheEnd()),
      (reason) => {
        if (file.closed || isVfsError(reason, "EAGAIN")) throw reason;
        return closeFile(file, withoutSignal(this.#scope.ctx));
      },
    );
  }

  #overwrite(data: Uint8Array, position: number | null | undefined): Awaitable<void> {
    return this.#at(position, (at, moveTo) => {
      if (at + data.length > Number.MAX_SAFE_INTEGER)
        throw this.#refused("EFBIG", "write", "a file ends before 2**53 bytes");
      return chain(this.#send("file.write", { data, position: at }), () => moveTo(at + data.length));
    });
  }

  /** Adds to the end, which is where the handle then is; but with a position, or no bytes, it stays where it was, as in Linux. */
  #append(data: Uint8Array, position: number | null | undefined): Awaitable<void> {
    const append = (): Awaitable<void> => this.#send("file.write", { data, position: "end" });
    if (!this.file.granted.read || isGiven(position) || data.length === 0) return append();
    return this.#cursor.turns.run(this.#scope.ctx.sync, () =>
      chain(append(), () =>
        chain(this.#send("file.stat", {}), ({ size }) => {
          this.#cursor.position = size;
        }),
      ),
    );
  }

  /** Uses the given position, or the handle's own, which `action` then moves. */
  #at<T>(
    position: number | null | undefined,
    action: (at: number, moveTo: (position: number) => void) => Awaitable<T>,
  ): Awaitable<T> {
    if (isGiven(position)) return action(checkRange("position", position, 0, Number.MAX_SAFE_INTEGER), stay);
    return this.#cursor.turns.run(this.#scope.ctx.sync, () =>
      action(this.#cursor.position, (moved) => {
        this.#cursor.position = moved;
      }),
    );
  }

  #send<K extends FileOp>(
    op: K,
    args: Operations[K]["args"],
    scope: Scope = this.#scope,
  ): Awaitable<Operations[K]["result"]> {
    const { file } = this;
    if (file.closed) throw this.#refused("EBADF", OPERATIONS[op].syscall, "the file handle is closed");
    return scope.door.send(new Call<K>(op, file.path, undefined, args, scope.ctx, file));
  }

  #refused(code: "EBADF" | "EINVAL" | "EFBIG", syscall: string, hint: string): VfsError {
    return new VfsError(code, { syscall, path: this.#scope.shown(this.file.path), hint });
  }
}

/** Whether a position is meant, and not the handle's own. */
function isGiven(position: number | null | undefined): position is number {
  return typeof position === "number" && position >= 0;
}

function stay(): void {}

function checkRange(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} must be an integer from ${least} to ${most}, got ${value}`);
}
