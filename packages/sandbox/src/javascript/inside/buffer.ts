import { decode, encode } from "./host.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Source = string | ArrayBuffer | ArrayLike<number> | { readonly type: "Buffer"; readonly data: number[] };

/** Node's `Buffer`, as far as scripts that work on files need it: its bytes, and texts in all encodings. */
export class Buffer extends Uint8Array<ArrayBuffer> {
  static override from(source: unknown, encodingOrOffset?: unknown, length?: unknown): Buffer {
    const given = source as Source;
    if (typeof given === "string") return wrap(encode(given, checked(encodingOrOffset)));
    if (given instanceof ArrayBuffer)
      return new Buffer(given, encodingOrOffset as number | undefined, length as number | undefined);
    if ("type" in given && given.type === "Buffer") return wrap(Uint8Array.from(given.data));
    return wrap(Uint8Array.from(given as ArrayLike<number>));
  }

  static alloc(size: number, fill: string | number | Uint8Array = 0, encoding = "utf8"): Buffer {
    const buffer = sized(size);
    const unit =
      typeof fill === "number"
        ? Uint8Array.of(fill)
        : typeof fill === "string"
          ? encode(fill, encoding)
          : fill;
    if (unit.length === 1) return buffer.fill(unit[0] ?? 0);
    for (let at = 0; unit.length > 0 && at < size; at += unit.length)
      buffer.set(unit.subarray(0, size - at), at);
    return buffer;
  }

  static allocUnsafe(size: number): Buffer {
    return sized(size);
  }

  static isBuffer(value: unknown): value is Buffer {
    return value instanceof Buffer;
  }

  static isEncoding(name: unknown): boolean {
    return typeof name === "string" && ENCODINGS.has(name.toLowerCase());
  }

  static byteLength(value: string | ArrayBufferView | ArrayBuffer, encoding?: string): number {
    return typeof value === "string" ? encode(value, checked(encoding)).length : value.byteLength;
  }

  static concat(list: readonly Uint8Array[], totalLength?: number): Buffer {
    const result = sized(totalLength ?? list.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of list) {
      result.set(part.subarray(0, Math.max(0, result.length - at)), at);
      at = Math.min(result.length, at + part.length);
    }
    return result;
  }

  static compare(a: Uint8Array, b: Uint8Array): number {
    const shorter = Math.min(a.length, b.length);
    for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return (a[i] ?? 0) < (b[i] ?? 0) ? -1 : 1;
    return Math.sign(a.length - b.length);
  }

  override toString(encoding?: string, start = 0, end: number = this.length): string {
    return decode(this.subarray(start, end), checked(encoding));
  }

  toJSON(): { type: "Buffer"; data: number[] } {
    return { type: "Buffer", data: Array.from(this) };
  }

  equals(other: Uint8Array): boolean {
    return Buffer.compare(this, other) === 0;
  }

  compare(other: Uint8Array): number {
    return Buffer.compare(this, other);
  }

  write(text: string, offset = 0, ...rest: readonly (number | string | undefined)[]): number {
    const encoding = rest.find((value) => typeof value === "string");
    const bytes = encode(text, checked(encoding)).subarray(0, this.length - offset);
    this.set(bytes, offset);
    return bytes.length;
  }

  copy(target: Uint8Array, at = 0, start = 0, end: number = this.length): number {
    const part = this.subarray(start, end).subarray(0, target.length - at);
    target.set(part, at);
    return part.length;
  }

  // As in Node: a view, no copy.
  override slice(start?: number, end?: number): Buffer {
    return this.subarray(start, end);
  }

  override subarray(start?: number, end?: number): Buffer {
    return wrap(super.subarray(start, end));
  }

  override indexOf(value: unknown, from = 0): number {
    if (typeof value === "number") return super.indexOf(value, from);
    const wanted = typeof value === "string" ? encode(value) : (value as Uint8Array);
    for (let at = from; at <= this.length - wanted.length; at++)
      if (wanted.every((byte, i) => this[at + i] === byte)) return at;
    return -1;
  }

  override includes(value: unknown, from = 0): boolean {
    return this.indexOf(value, from) >= 0;
  }
}

const ENCODINGS = new Set([
  "utf8",
  "utf-8",
  "hex",
  "base64",
  "base64url",
  "latin1",
  "binary",
  "ascii",
  "utf16le",
  "utf-16le",
  "ucs2",
  "ucs-2",
]);

/** An encoding that there is. */
function checked(encoding: unknown): string {
  if (encoding === undefined || encoding === null) return "utf8";
  if (typeof encoding === "string" && ENCODINGS.has(encoding.toLowerCase())) return encoding.toLowerCase();
  throw Object.assign(
    new TypeError(`Unknown encoding: ${typeof encoding === "string" ? encoding : typeof encoding}`),
    {
      code: "ERR_UNKNOWN_ENCODING",
    },
  );
}

/** So many bytes, all zero. */
function sized(bytes: number): Buffer {
  return new Buffer(new ArrayBuffer(bytes));
}

/** The same bytes as a Buffer. */
function wrap({ buffer, byteOffset, length }: Bytes): Buffer {
  return new Buffer(buffer, byteOffset, length);
}

/** Bytes as a Buffer, without a copy. */
export const asBuffer: (bytes: Bytes) => Buffer = wrap;

// Numbers in a Buffer: Node's names for what a DataView does.
for (const [name, bytes] of [
  ["Int8", 1],
  ["Uint8", 1],
  ["Int16", 2],
  ["Uint16", 2],
  ["Int32", 4],
  ["Uint32", 4],
  ["Float32", 4],
  ["Float64", 8],
  ["BigInt64", 8],
  ["BigUint64", 8],
] as const)
  for (const little of [true, false]) {
    if (bytes === 1 && !little) continue;
    const short = name.replace("Uint", "UInt").replace("Float32", "Float").replace("Float64", "Double");
    const suffix = short.replace("BigUint", "BigUInt") + (bytes === 1 ? "" : little ? "LE" : "BE");
    const view = (buffer: Buffer): DataView => new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    Object.assign(Buffer.prototype, {
      [`read${suffix}`](this: Buffer, offset = 0) {
        return view(this)[`get${name}`](offset, little);
      },
      [`write${suffix}`](this: Buffer, value: never, offset = 0) {
        view(this)[`set${name}`](offset, value, little);
        return offset + bytes;
      },
    });
  }
