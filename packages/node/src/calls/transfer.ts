import { Buffer } from "node:buffer";
import { chain, run, wait, type Awaitable, type Flow } from "@vfs/core";
import { outOfRange, wrongType, wrongValue } from "../argument-errors.ts";
import { toInteger, toObject } from "../arguments.ts";
import { toView, toViews, viewed } from "../bytes.ts";
import type { Opened, Side } from "../side.ts";
import { ask } from "../system-errors.ts";

const DEFAULT_BYTES = 16384;

/** What is read into, or written from, and where in the file. */
export interface Transfer<B = ArrayBufferView> {
  /** As the caller gave it. */
  readonly buffer: B;
  readonly view: Uint8Array;
  readonly offset: number;
  readonly length: number;
  readonly position: number | null;
}

/** The arguments of `read`, in each of the ways in which Node takes them. */
export function toRead(buffer: unknown, offset: unknown, length: unknown, position: unknown): Transfer {
  if (buffer === undefined || buffer === null)
    return toRead(Buffer.alloc(DEFAULT_BYTES), offset, length, position);
  if (!ArrayBuffer.isView(buffer) && typeof buffer === "object") {
    const given = toObject(buffer) as { buffer?: unknown };
    return toRead(given.buffer ?? Buffer.alloc(DEFAULT_BYTES), given, undefined, undefined);
  }
  if (typeof offset === "object" && offset !== null) {
    const given = offset as { offset?: unknown; length?: unknown; position?: unknown };
    return toRead(buffer, given.offset, given.length, given.position);
  }
  const view = toView(buffer);
  const from =
    offset === undefined || offset === null ? 0 : toInteger(offset, "offset", 0, Number.MAX_SAFE_INTEGER);
  const count =
    length === undefined || length === null ? Math.max(0, view.length - from) : Number(length) | 0;
  if (count !== 0) {
    if (view.length === 0) throw wrongValue("buffer", buffer, "is empty and cannot be written");
    if (count < 0) throw outOfRange("length", ">= 0", count);
    if (from + count > view.length) throw outOfRange("length", `<= ${view.length - from}`, count);
  }
  return {
    buffer: buffer as ArrayBufferView,
    view,
    offset: from,
    length: count,
    position: toPosition(position),
  };
}

/** Where in a file; `null`: where the last read or write ended. */
export function toPosition(position: unknown): number | null {
  if (position === undefined || position === null || position === -1) return null;
  if (typeof position === "bigint") {
    if (position < -1n || position > BigInt(Number.MAX_SAFE_INTEGER))
      throw outOfRange("position", `>= -1 && <= ${Number.MAX_SAFE_INTEGER}`, position);
    return position === -1n ? null : Number(position);
  }
  if (typeof position !== "number") throw wrongType("position", "of type bigint or integer", position);
  return toInteger(position, "position", -1, Number.MAX_SAFE_INTEGER);
}

/** The arguments of `write`: bytes with offset, length and position, or a text with position and encoding. */
export function toWrite(
  data: unknown,
  offset: unknown,
  length: unknown,
  position: unknown,
): Transfer<ArrayBufferView | string> {
  if (typeof data === "string") {
    const encoding = typeof length === "string" && Buffer.isEncoding(length) ? length : "utf8";
    if (encoding === "hex" && data.length % 2 !== 0)
      throw wrongValue("encoding", encoding, `is invalid for data of length ${data.length}`);
    const view = Buffer.from(data, encoding);
    return { buffer: data, view, offset: 0, length: view.length, position: wherever(offset) };
  }
  if (!ArrayBuffer.isView(data))
    throw wrongType("buffer", "of type string or an instance of Buffer, TypedArray, or DataView", data);
  if (typeof offset === "object" && offset !== null) {
    const given = offset as { offset?: unknown; length?: unknown; position?: unknown };
    return toWrite(data, given.offset, given.length, given.position);
  }
  const view = viewed(data);
  const from =
    offset === undefined || offset === null ? 0 : toInteger(offset, "offset", 0, Number.MAX_SAFE_INTEGER);
  if (from > view.length) throw outOfRange("offset", `<= ${view.length}`, from);
  const count = typeof length === "number" ? length : view.length - from;
  if (count > view.length - from) throw outOfRange("length", `<= ${view.length - from}`, count);
  if (count < 0) throw outOfRange("length", ">= 0", count);
  return { buffer: data, view, offset: from, length: count, position: wherever(position) };
}

/** A position of a write: what is none is where the last one ended. */
function wherever(position: unknown): number | null {
  if (typeof position === "bigint") return Number(position);
  return typeof position === "number" && position >= 0 ? position : null;
}

function bytesRead({ bytesRead: count }: { bytesRead: number }): number {
  return count;
}

function bytesWritten({ bytesWritten: count }: { bytesWritten: number }): number {
  return count;
}

/** Reads once. Answers how many bytes. */
export function read(
  side: Side,
  fd: number,
  { view, offset, length, position }: Transfer,
): Awaitable<number> {
  const file = side.files.get(fd, side, "read");
  return ask(() => file.read(view, offset, length, position), bytesRead, "read");
}

/** Writes all of it. Answers how many bytes. */
export function write(
  side: Side,
  fd: number,
  { view, offset, length, position }: Transfer<unknown>,
): Awaitable<number> {
  const file = side.files.get(fd, side, "write");
  return ask(() => file.write(view, offset, length, position), bytesWritten, "write");
}

/** Reads into several pieces, in one step. */
export function readv(side: Side, fd: number, buffers: unknown, position: unknown): Awaitable<number> {
  const views = toViews(buffers);
  const file = side.files.get(fd, side, "read");
  const at = typeof position === "number" ? position : null;
  const [only] = views;
  if (views.length === 1 && only !== undefined)
    return ask(() => file.read(only, 0, only.length, at), bytesRead, "read");
  return ask(
    () => scatter(file, views, at),
    (count) => count,
    "read",
  );
}

function scatter(file: Opened, views: readonly Uint8Array[], position: number | null): Awaitable<number> {
  const whole = Buffer.allocUnsafe(views.reduce((sum, { length }) => sum + length, 0));
  return chain(file.read(whole, 0, whole.length, position), ({ bytesRead: count }) => {
    let done = 0;
    for (const view of views) {
      view.set(whole.subarray(done, Math.min(count, done + view.length)));
      done = Math.min(count, done + view.length);
    }
    return count;
  });
}

/** Writes several pieces, in one step. */
export function writev(side: Side, fd: number, buffers: unknown, position: unknown): Awaitable<number> {
  const views = toViews(buffers);
  const file = side.files.get(fd, side, "write");
  const at = typeof position === "number" ? position : null;
  const [only] = views;
  const whole = views.length === 1 && only !== undefined ? only : Buffer.concat(views);
  if (whole.length === 0) return 0;
  return ask(() => file.write(whole, 0, whole.length, at), bytesWritten, "write");
}

/** All that is left of an open file, from where the last read ended. */
export function readRest(side: Side, fd: number): Awaitable<Buffer> {
  const file = side.files.get(fd, side, "read");
  return ask(
    () => run(readOn(file)),
    (bytes) => bytes,
    "read",
  );
}

function* readOn(file: Opened): Flow<Buffer> {
  const { size } = yield* wait(file.stat());
  const pieces: Buffer[] = [];
  // One more than there is: so the end is found by the first read.
  for (let room = size + 1; ; room = Math.max(DEFAULT_BYTES, room)) {
    const piece = Buffer.allocUnsafe(room);
    const { bytesRead: count } = yield* wait(file.read(piece, 0, room, null));
    if (count > 0) pieces.push(piece.subarray(0, count));
    if (count < room) break;
  }
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}
