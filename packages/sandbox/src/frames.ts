import type { Writable } from "node:stream";
import { PAYLOAD_BYTES, PREFIX_BYTES, type GuestHeader, type HostHeader } from "./protocol.ts";

// A guest that announces more than this is broken, or means harm.
const MOST_HEADER_BYTES = 64 << 20;
const MOST_PAYLOAD_BYTES = 16 << 20;

/** Writes a frame. Answers when the stream would like to wait before the next one. */
export function writeFrame(stream: Writable, header: HostHeader, payload?: Uint8Array): boolean {
  const text = Buffer.from(JSON.stringify(header));
  const head = Buffer.allocUnsafe(PREFIX_BYTES + text.length);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(payload?.length ?? 0, 4);
  text.copy(head, PREFIX_BYTES);
  if (payload === undefined || payload.length === 0) return stream.write(head);
  stream.cork();
  stream.write(head);
  const room = stream.write(payload);
  stream.uncork();
  return room;
}

/** Which frame carries what is copied on before it is answered, and nobody keeps: the pieces of a file. */
const LENT = "write";

// What is smaller is as fast on memory of its own.
const LEAST_LENT_BYTES = 64 << 10;

/** Puts frames together from the pieces in which a stream gives them. */
export class FrameReader {
  readonly #onFrame: (header: GuestHeader, payload: Uint8Array) => void;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #body: Buffer = this.#prefix;
  #filled = 0;
  #header: GuestHeader | undefined;
  /**
   * What large pieces of files come in, one after the other: memory that is new for each MiB costs more than all of the
   * rest. It is lent until the call is answered, for a guest that does not wait is not to change what it has sent.
   */
  #room: Buffer | undefined;
  #isLent = false;

  constructor(onFrame: (header: GuestHeader, payload: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  /** A call was answered: nobody looks at what came with it any more. */
  answered(): void {
    if (this.#body.buffer !== this.#room?.buffer) this.#isLent = false;
  }

  /**
   * Takes the next piece.
   *
   * @throws Error when it is no frame: the guest is broken and must be ended.
   */
  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + this.#body.length - this.#filled);
      this.#body.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      while (this.#filled === this.#body.length) this.#complete();
    }
  }

  #complete(): void {
    const body = this.#body;
    this.#filled = 0;
    if (body === this.#prefix) {
      const headerBytes = body.readUInt32LE(0);
      if (headerBytes === 0 || headerBytes > MOST_HEADER_BYTES || body.readUInt32LE(4) > MOST_PAYLOAD_BYTES)
        throw new Error("the guest sent what is no frame");
      this.#body = Buffer.allocUnsafe(headerBytes);
    } else if (this.#header === undefined) {
      this.#header = readHeader(body);
      this.#body = this.#roomFor(this.#header, this.#prefix.readUInt32LE(4));
    } else {
      const header = this.#header;
      this.#header = undefined;
      this.#body = this.#prefix;
      this.#onFrame(header, body);
    }
  }

  #roomFor([kind]: GuestHeader, bytes: number): Buffer {
    if (kind !== LENT || this.#isLent || bytes < LEAST_LENT_BYTES || bytes > PAYLOAD_BYTES)
      return Buffer.allocUnsafe(bytes);
    this.#room ??= Buffer.allocUnsafeSlow(PAYLOAD_BYTES);
    this.#isLent = true;
    return this.#room.subarray(0, bytes);
  }
}

function readHeader(bytes: Buffer): GuestHeader {
  const header: unknown = JSON.parse(bytes.toString("utf8"));
  if (!Array.isArray(header) || typeof header[0] !== "string")
    throw new Error("the guest sent what is no frame");
  return header as unknown as GuestHeader;
}
