/** What the guest program does for the code inside. All texts that cross are JSON: a plain one would end at a NUL. */
interface Host {
  /** A request in JSON; the answer likewise, `{ value }` or `{ code, message }`. */
  ask(request: string): string;
  /** Answers the bytes that were read, at most so many, or a failure as `ask` does. */
  read(fd: number, position: number, length: number): ArrayBuffer | string;
  /** Answers how many bytes were written, or a failure as `ask` does. */
  write(fd: number, position: number, data: ArrayBuffer): number | string;
  print(fd: 1 | 2, text: string): void;
  encode(text: string, encoding: string): ArrayBuffer;
  decode(bytes: ArrayBuffer, encoding: string): string;
  random(length: number): ArrayBuffer;
  /** Milliseconds on a clock that goes on steadily. */
  now(): number;
  /** Ends the code: it is interrupted the next time it is asked. */
  exit(code: number): void;
}

const globals = globalThis as unknown as { __host?: Host };

export const host: Host = globals.__host as Host;
delete globals.__host;

const { parse, stringify } = JSON;

/** What the guest program answers to a failing call. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Asks the guest program. A failure comes back as it is, for each caller has a face of its own for it. */
export function ask(...request: readonly unknown[]): { value: unknown } | Failure {
  return parse(host.ask(stringify(request))) as { value: unknown } | Failure;
}

// Of a long text there are several copies on its way out: a piece at a time, they are small.
const PIECE_CHARS = 65_536;

export function print(fd: 1 | 2, text: string): void {
  if (text.length <= PIECE_CHARS) return host.print(fd, stringify(text));
  for (let at = 0; at < text.length;) {
    // Two halves of one character belong together.
    const isSplit = /[\ud800-\udbff]/.test(text[at + PIECE_CHARS - 1] ?? "");
    const piece = text.slice(at, at + PIECE_CHARS - (isSplit ? 1 : 0));
    host.print(fd, stringify(piece));
    at += piece.length;
  }
}

/** The bytes of a text. */
export function encode(text: string, encoding = "utf8"): Uint8Array<ArrayBuffer> {
  return new Uint8Array(host.encode(stringify(text), encoding));
}

/** The text of bytes. */
export function decode(bytes: Uint8Array, encoding = "utf8"): string {
  return parse(host.decode(bufferOf(bytes), encoding)) as string;
}

/** The bytes in a buffer of their own: all of a buffer crosses, however little of it is meant. */
export function bufferOf(bytes: Uint8Array): ArrayBuffer {
  const { buffer, length } = bytes;
  return (
    length === buffer.byteLength ? buffer : Uint8Array.prototype.slice.call(bytes).buffer
  ) as ArrayBuffer;
}
