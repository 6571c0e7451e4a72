import { asBuffer, Buffer } from "./buffer.ts";
import { ask, bufferOf, encode, host, type Failure } from "./host.ts";
import { fsError } from "./fs-errors.ts";
import { resolve } from "./path.ts";

// What the file functions are made of: one call to the guest program each.

export const O = { RDONLY: 0, WRONLY: 1, RDWR: 2, CREAT: 64, EXCL: 128, TRUNC: 512, APPEND: 1024 } as const;

const FLAGS: Readonly<Record<string, number>> = {
  r: O.RDONLY,
  "r+": O.RDWR,
  w: O.WRONLY | O.CREAT | O.TRUNC,
  "w+": O.RDWR | O.CREAT | O.TRUNC,
  a: O.WRONLY | O.CREAT | O.APPEND,
  "a+": O.RDWR | O.CREAT | O.APPEND,
  wx: O.WRONLY | O.CREAT | O.TRUNC | O.EXCL,
  "wx+": O.RDWR | O.CREAT | O.TRUNC | O.EXCL,
  ax: O.WRONLY | O.CREAT | O.APPEND | O.EXCL,
  "ax+": O.RDWR | O.CREAT | O.APPEND | O.EXCL,
};

/** A path of a call, absolute. */
export function pathOf(path: unknown): string {
  const text = path instanceof Uint8Array ? asBuffer(path as Uint8Array<ArrayBuffer>).toString() : path;
  if (typeof text === "string" && !text.includes("\0")) return resolve(text);
  const what = typeof text === "string" ? "must be a string without null bytes" : "must be of type string";
  throw Object.assign(new TypeError(`The "path" argument ${what}. Received ${typeof path}`), {
    code: typeof text === "string" ? "ERR_INVALID_ARG_VALUE" : "ERR_INVALID_ARG_TYPE",
  });
}

/** One operation on a path. */
export function operate(op: string, path: unknown, ...args: readonly unknown[]): unknown {
  const at = pathOf(path);
  const answer = ask(op, at, ...args);
  if ("code" in answer) throw fsError(answer, op, shown(path, at));
  return answer.value;
}

/** One operation on two paths. */
export function operateBoth(op: string, from: unknown, to: unknown): void {
  const answer = ask(op, pathOf(from), pathOf(to));
  if ("code" in answer) throw fsError(answer, op, String(from), String(to));
}

/** One operation on an open file. */
export function operateOpen(op: string, fd: number, ...args: readonly unknown[]): unknown {
  const answer = ask(op, fd, ...args);
  if ("code" in answer) throw fsError(answer, op);
  return answer.value;
}

/** Errors tell a path as it was given. */
function shown(path: unknown, at: string): string {
  return typeof path === "string" ? path : at;
}

export function open(path: unknown, flags: unknown = "r", mode: unknown = 0o666): number {
  const bits = typeof flags === "number" ? flags : FLAGS[flags === null ? "r" : (flags as string)];
  if (bits === undefined)
    throw Object.assign(new TypeError(`The argument 'flags' is invalid. Received '${String(flags)}'`), {
      code: "ERR_INVALID_ARG_VALUE",
    });
  return operate("open", path, bits, Number(mode)) as number;
}

export function close(fd: number): void {
  operateOpen("close", fd);
}

/** Reads what fits into a part of an array; from where the file stands when the position is null. */
export function readInto(fd: number, bytes: Uint8Array, position: number | null = null): number {
  const got = host.read(fd, position ?? -1, bytes.length);
  if (typeof got === "string") throw fsError(JSON.parse(got) as Failure, "read");
  bytes.set(new Uint8Array(got));
  return got.byteLength;
}

export function writeFrom(fd: number, bytes: Uint8Array, position: number | null = null): number {
  const put = host.write(fd, position ?? -1, bufferOf(bytes));
  if (typeof put === "string") throw fsError(JSON.parse(put) as Failure, "write");
  return put;
}

/** Everything from where an open file stands to its end. */
export function readRest(fd: number, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let wanted = Math.max(size, 1); ; wanted = 65_536) {
    const got = host.read(fd, -1, wanted);
    if (typeof got === "string") throw fsError(JSON.parse(got) as Failure, "read");
    // The size is a promise that nobody keeps: what has grown is read on.
    if (got.byteLength > 0) parts.push(Buffer.from(got));
    if (got.byteLength < wanted) break;
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

/** What is to be written, as bytes. */
export function bytesOf(data: unknown, encoding?: string | null): Uint8Array {
  if (typeof data === "string") return encode(data, encoding ?? "utf8");
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw Object.assign(
    new TypeError(
      `The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received ${typeof data}`,
    ),
    { code: "ERR_INVALID_ARG_TYPE" },
  );
}
