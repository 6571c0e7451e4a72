import { errnoError, type EmscriptenModule } from "./emscripten.ts";
import { ownFile } from "./own-files.ts";

/** What code in the interpreter may ask of the guest program. */
export type DeviceHandler = (request: Readonly<Record<string, unknown>>) => unknown;

const O_RDWR = 2;

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
  #answer: Uint8Array = new Uint8Array(0);

  constructor(module: EmscriptenModule, handle: DeviceHandler) {
    this.#module = module;
    this.#handle = handle;
  }

  /** Makes the device file, and opens it for good: code that has no descriptor left still reaches it. */
  open(path: string): number {
    const { FS } = this.#module;
    const device = FS.makedev(240, 0);
    FS.registerDevice(device, {
      read: (_, buffer, offset, length) => this.#read(new Uint8Array(buffer.buffer, offset, length)),
      write: (_, buffer, offset, length) => {
        this.#write(new Uint8Array(buffer.buffer, offset, length));
        return length;
      },
    });
    FS.mkdev(path, 0o600, device);
    const stream = FS.open(path, O_RDWR);
    const { fd } = ownFile(this.#module, stream);
    FS.close(stream);
    return fd;
  }

  #write(request: Uint8Array): void {
    if (request.length > MOST_BYTES) throw errnoError(this.#module, "EFBIG");
    this.#answer = encoder.encode(JSON.stringify(this.#do(decoder.decode(request.slice()))));
  }

  /** What goes wrong is told in the answer, so that the other side can make an exception of it. */
  #do(text: string): unknown {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      throw errnoError(this.#module, "EINVAL");
    }
    if (typeof request !== "object" || request === null) throw errnoError(this.#module, "EINVAL");
    return this.#handle(request as Record<string, unknown>) ?? null;
  }

  #read(into: Uint8Array): number {
    const part = this.#answer.subarray(0, into.length);
    into.set(part);
    this.#answer = this.#answer.subarray(part.length);
    return part.length;
  }
}
