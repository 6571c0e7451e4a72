import { asBuffer, Buffer } from "./buffer.ts";
import { decode, encode, host } from "./host.ts";

/** `TextEncoder`. */
export class TextEncoder {
  readonly encoding = "utf-8";
  encode(text: string | number | boolean | null = ""): Uint8Array<ArrayBuffer> {
    return encode(String(text));
  }
  encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
    let [read, written] = [0, 0];
    for (const character of text) {
      const bytes = encode(character);
      if (written + bytes.length > into.length) break;
      into.set(bytes, written);
      read += character.length;
      written += bytes.length;
    }
    return { read, written };
  }
}

/** `TextDecoder`, of UTF-8 and of what Node calls `latin1` and `utf-16le`. */
export class TextDecoder {
  readonly encoding: string;
  readonly fatal: boolean;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(encoding = "utf-8", { fatal = false }: { fatal?: boolean } = {}) {
    this.encoding = encoding.toLowerCase();
    this.fatal = fatal;
    if (!Buffer.isEncoding(this.encoding))
      throw new RangeError(`The "${encoding}" encoding is not supported`);
  }

  decode(
    input: ArrayBuffer | ArrayBufferView = new Uint8Array(0),
    { stream = false }: { stream?: boolean } = {},
  ): string {
    const given = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer as ArrayBuffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input);
    const bytes = this.#rest.length === 0 ? given : Buffer.concat([this.#rest, given]);
    const whole = stream ? bytes.length - openBytes(bytes) : bytes.length;
    this.#rest = bytes.slice(whole);
    const text = decode(bytes.subarray(0, whole), this.encoding);
    if (this.fatal && text.includes("\ufffd") && !asBuffer(encode(text)).equals(bytes.subarray(0, whole)))
      throw new TypeError("The encoded data was not valid for encoding utf-8");
    return text.startsWith("\ufeff") ? text.slice(1) : text;
  }
}

/** How many bytes at the end begin a character that has not come to its end. */
function openBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

export function btoa(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}

export function atob(text: string): string {
  return Buffer.from(text, "base64").toString("latin1");
}

function getRandomValues<T extends ArrayBufferView>(into: T): T {
  const { buffer, byteOffset, byteLength } = into;
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength).set(new Uint8Array(host.random(byteLength)));
  return into;
}

function randomUUID(): string {
  const bytes = getRandomValues(Buffer.alloc(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** What scripts use of `crypto` most: numbers that nobody foresees. */
export const crypto: object = {
  getRandomValues,
  randomUUID,
  randomBytes: (size: number) => getRandomValues(Buffer.alloc(size)),
};
