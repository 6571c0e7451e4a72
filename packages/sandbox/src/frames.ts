import type { Writable } from "node:stream";
import { PREFIX_BYTES, type GuestHeader, type HostHeader } from "./protocol.ts";

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

/** Puts frames together from the pieces in which a stream gives them. */
export class FrameReader {
  readonly #onFrame: (header: GuestHeader, payload: Uint8Array) => void;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #body: Buffer = this.#prefix;
  #filled = 0;
  #headerBytes = 0;

  constructor(onFrame: (header: GuestHeader, payload: Uint8Array) => void) {
    this.#onFrame = onFrame;
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
      if (this.#filled === this.#body.length) this.#complete();
    }
  }

  #complete(): void {
    if (this.#body === this.#prefix) {
      this.#headerBytes = this.#prefix.readUInt32LE(0);
      const payloadBytes = this.#prefix.readUInt32LE(4);
      if (
        this.#headerBytes === 0 ||
        this.#headerBytes > MOST_HEADER_BYTES ||
        payloadBytes > MOST_PAYLOAD_BYTES
      )
        throw new Error("the guest sent what is no frame");
      this.#body = Buffer.allocUnsafe(this.#headerBytes + payloadBytes);
      this.#filled = 0;
      return;
    }
    const body = this.#body;
    this.#body = this.#prefix;
    this.#filled = 0;
    const header: unknown = JSON.parse(body.toString("utf8", 0, this.#headerBytes));
    if (!Array.isArray(header) || typeof header[0] !== "string")
      throw new Error("the guest sent what is no frame");
    this.#onFrame(header as unknown as GuestHeader, body.subarray(this.#headerBytes));
  }
}
