import { errnoError, type EmscriptenModule, type FsStream } from "./emscripten.ts";

/** What code in the interpreter may ask of the guest program. */
export type DeviceHandler = (request: Readonly<Record<string, unknown>>) => unknown;

// A request that is larger than this is no request.
const MOST_BYTES = 16 << 20;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * A device file by which the interpreter's side talks with the guest program, once JavaScript cannot be reached from
 * it any more: a request in JSON is written in one piece, the answer is read until its end.
 */
export class HostDevice {
  readonly #module: EmscriptenModule;
  readonly #handle: DeviceHandler;
  readonly #answers = new WeakMap<FsStream, Uint8Array>();

  constructor(module: EmscriptenModule, handle: DeviceHandler) {
    this.#module = module;
    this.#handle = handle;
  }

  /** Makes the device file. */
  install(path: string): void {
    const { FS } = this.#module;
    const device = FS.makedev(240, 0);
    FS.registerDevice(device, {
      read: (stream, buffer, offset, length) =>
        this.#read(stream, new Uint8Array(buffer.buffer, offset, length)),
      write: (stream, buffer, offset, length) => {
        this.#write(stream, new Uint8Array(buffer.buffer, offset, length));
        return length;
      },
    });
    FS.mkdev(path, 0o600, device);
  }

  #write(stream: FsStream, request: Uint8Array): void {
    if (request.length > MOST_BYTES) throw errnoError(this.#module, "EFBIG");
    this.#answers.set(stream, encoder.encode(JSON.stringify(this.#answer(decoder.decode(request.slice())))));
  }

  /** What goes wrong is told in the answer, so that the other side can make an exception of it. */
  #answer(text: string): unknown {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      throw errnoError(this.#module, "EINVAL");
    }
    if (typeof request !== "object" || request === null) throw errnoError(this.#module, "EINVAL");
    return this.#handle(request as Record<string, unknown>) ?? null;
  }

  #read(stream: FsStream, into: Uint8Array): number {
    const answer = this.#answers.get(stream) ?? new Uint8Array(0);
    const part = answer.subarray(0, into.length);
    into.set(part);
    this.#answers.set(stream, answer.subarray(part.length));
    return part.length;
  }
}
