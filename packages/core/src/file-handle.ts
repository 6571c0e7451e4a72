import { attempt, chain, type Awaitable } from "./awaitable.ts";
import { bytesOf, type Chunk } from "./bytes.ts";
import { Call } from "./call.ts";
import { withoutSignal } from "./context.ts";
import { isVfsError, VfsError } from "./error.ts";
import { closeFile } from "./performers.ts";
import type { OpenFile } from "./open-file.ts";
import { OPERATIONS, type Operations, type OpName } from "./operations.ts";
import { checkMode, milliseconds } from "./numbers.ts";
import type { Scope } from "./scope.ts";
import { Stats } from "./stats.ts";
import { Turns } from "./turns.ts";
import type { Mode, Result } from "./vfs.ts";

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

/** An open file, as Node's `FileHandle`, to be closed by hand or by `await using` (`using` on the synchronous face). */
export type FileHandle<M extends Mode> = HandleMethods<M> &
  (M extends "async" ? AsyncDisposable : Disposable);

/** What a handle can do. Positions, sizes and lengths are bytes. */
export interface HandleMethods<M extends Mode> {
  /** A number for this handle, unique in the program. */
  readonly fd: number;
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
  /** Cuts to `size` bytes, 0 unless told, or fills up with zeros. */
  truncate(size?: number): Result<M, void>;
  stat(): Result<M, Stats>;
  chmod(mode: number): Result<M, void>;
  /** Sets the times: seconds since 1970, or a `Date`. */
  utimes(atime: number | Date, mtime: number | Date): Result<M, void>;
  /** Returns when what was written is where `durable` would have it. */
  sync(): Result<M, void>;
  datasync(): Result<M, void>;
  /** Ends the handle. Closing twice is no error. */
  close(): Result<M, void>;
}

/** The handle behind both faces: answers with values or promises as the store does. */
export class Handle {
  readonly file: OpenFile;
  readonly #scope: Scope;
  /** Every write is durable before it returns. */
  readonly #writesThrough: boolean;
  #position = 0;
  // Reads and writes without a position must not overlap, or two of them would use the same one.
  readonly #turns = new Turns();

  constructor(file: OpenFile, scope: Scope, writesThrough = false) {
    this.file = file;
    this.#scope = scope;
    this.#writesThrough = writesThrough;
  }

  read(
    into: Uint8Array | HandleReadOptions = {},
    offset?: number,
    length?: number,
    position?: number | null,
  ): Awaitable<{ bytesRead: number; buffer: Uint8Array }> {
    const options = into instanceof Uint8Array ? { buffer: into, offset, length, position } : into;
    const { buffer = new Uint8Array(16384) } = options;
    const from = checkRange("offset", options.offset ?? 0, 0, buffer.length);
    const count = checkRange("length", options.length ?? buffer.length - from, 0, buffer.length - from);
    if (!this.file.granted.read) throw this.#refused("EBADF", "read", "the file was not opened for reading");
    const target = buffer.subarray(from, from + count);
    const done = this.#at(options.position, (at, moveTo) =>
      chain(this.#send("file.read", { into: target, position: at }), (bytesRead) => {
        moveTo(at + bytesRead);
        return bytesRead;
      }),
    );
    return chain(done, (bytesRead) => ({ bytesRead, buffer }));
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

  utimes(atime: number | Date, mtime: number | Date): Awaitable<void> {
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
    return this.#turns.run(this.#scope.ctx.sync, () =>
      chain(append(), () =>
        chain(this.#send("file.stat", {}), ({ size }) => {
          this.#position = size;
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
    return this.#turns.run(this.#scope.ctx.sync, () =>
      action(this.#position, (moved) => {
        this.#position = moved;
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
