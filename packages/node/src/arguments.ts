import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { codedTypeError, outOfRange, wrongType, wrongValue } from "./argument-errors.ts";
import { AbortError } from "./system-errors.ts";

/** Options of any call, of which nothing is known yet. */
export type Given = Readonly<Record<string, unknown>>;

const NO_OPTIONS: Given = Object.freeze({});
const PATH_TYPES = "of type string or an instance of Buffer or URL";

/** A path as text: what a Buffer spells, or where a `file:` URL leads. */
export function toPath(value: unknown, name = "path"): string {
  if (typeof value === "string") {
    if (value.includes("\0")) throw nulInPath(name, value);
    return value;
  }
  if (value instanceof URL) return toPath(fileURLToPath(value, { windows: false }), name);
  if (!(value instanceof Uint8Array)) throw wrongType(name, PATH_TYPES, value);
  if (value.includes(0)) throw nulInPath(name, value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
}

function nulInPath(name: string, value: unknown): TypeError {
  return wrongValue(name, value, "must be a string, Uint8Array, or URL without null bytes");
}

/** The options of a call that also takes an encoding in their place. */
export function toOptions(options: unknown): Given {
  if (options === undefined || options === null || typeof options === "function") return NO_OPTIONS;
  const given = typeof options === "string" ? { encoding: options } : options;
  if (typeof given !== "object") throw wrongType("options", "one of type string or object", options);
  const { encoding, signal } = given as { encoding?: unknown; signal?: unknown };
  if (encoding !== "buffer") checkEncoding(encoding);
  if (signal !== undefined) toSignal(given as Given);
  return given as Given;
}

/** The options of a call that takes nothing in their place. */
export function toObject(options: unknown, name = "options"): Given {
  if (options === undefined) return NO_OPTIONS;
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw wrongType(name, "of type object", options);
  return options as Given;
}

/** The signal among the options; a call that has ended already ends at once. */
export function toSignal({ signal }: Given): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  if (typeof signal !== "object" || signal === null || !("aborted" in signal))
    throw wrongType("options.signal", "an instance of AbortSignal", signal);
  return signal as AbortSignal;
}

/** Ends a call whose signal has been given before it began. */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortError(signal);
}

/** An encoding that Node knows, or none. */
export function checkEncoding(encoding: unknown): BufferEncoding | undefined {
  if (encoding === undefined || encoding === null || encoding === "") return undefined;
  if (typeof encoding === "string" && Buffer.isEncoding(encoding)) return encoding;
  throw wrongValue("encoding", encoding, "is invalid encoding");
}

/** A whole number in a range. */
export function toInteger(value: unknown, name: string, least: number, most: number): number {
  if (typeof value !== "number") throw wrongType(name, "of type number", value);
  if (!Number.isInteger(value)) throw outOfRange(name, "an integer", value);
  if (value < least || value > most) throw outOfRange(name, `>= ${least} && <= ${most}`, value);
  return value;
}

/** A number of an open file. */
export function toFd(fd: unknown): number {
  return toInteger(fd, "fd", 0, 2147483647);
}

/** An owner; -1 leaves one as it is. */
export function toOwner(id: unknown, name: string): number {
  return toInteger(id, name, -1, 4294967295);
}

/** Permission bits: a number, or octal digits. */
export function toMode(mode: unknown, name: string, otherwise?: number): number {
  const value = mode ?? otherwise;
  if (typeof value === "string") {
    if (/^[0-7]+$/.test(value)) return Number.parseInt(value, 8);
    throw wrongValue(name, value, "must be a 32-bit unsigned integer or an octal string");
  }
  return toInteger(value, name, 0, 4294967295);
}

/** Seconds since 1970. */
export function toSeconds(time: unknown, name = "time"): number {
  if (typeof time === "string" && time !== "" && Number.isFinite(Number(time))) return Number(time);
  if (typeof time === "number" && Number.isFinite(time)) return time < 0 ? Date.now() / 1000 : time;
  if (time instanceof Date) return time.getTime() / 1000;
  throw wrongType(name, "an instance of Date or an Time in seconds", time);
}

/** The length of a file. */
export function toLength(length: unknown): number {
  return Math.max(
    0,
    toInteger(length === undefined ? 0 : length, "len", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  );
}

/** Yes or no, no unless told. */
export function toBoolean(value: unknown, name: string, otherwise = false): boolean {
  if (value === undefined) return otherwise;
  if (typeof value !== "boolean") throw wrongType(name, "of type boolean", value);
  return value;
}

/** What is called back. */
export function toFunction(value: unknown, name: string): (...args: unknown[]) => unknown {
  if (typeof value !== "function") throw wrongType(name, "of type function", value);
  return value as (...args: unknown[]) => unknown;
}

/** The bits of `access` and of `copyFile`. */
export function toBits(mode: unknown): number {
  if (mode === undefined || mode === null) return 0;
  if (typeof mode !== "number")
    throw codedTypeError("ERR_INVALID_ARG_TYPE", "mode must be int32 or null/undefined");
  if (mode < 0 || mode > 7) throw bitsOutOfRange();
  return Math.trunc(mode);
}

function bitsOutOfRange(): RangeError {
  return Object.assign(new RangeError("mode is out of range: >= 0 && <= 7"), { code: "ERR_OUT_OF_RANGE" });
}
