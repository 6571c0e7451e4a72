import type { GuestOp } from "../../protocol.ts";
import { call, HostError, readInto, writeFrom } from "./channel.ts";
import { errnoError, type EmscriptenModule } from "./emscripten.ts";

/** The host, as Emscripten's filesystems see it: what it refuses is an error of theirs. */
export class Host {
  readonly #module: EmscriptenModule;

  constructor(module: EmscriptenModule) {
    this.#module = module;
  }

  ask(op: GuestOp, ...args: unknown[]): unknown {
    return this.#try(() => call(op, args));
  }

  read(handle: number, position: number, into: Uint8Array): number {
    return this.#try(() => readInto(handle, position, into));
  }

  /** Answers where the data ends in the file. */
  write(handle: number, position: number | "end", data: Uint8Array): number {
    return this.#try(() => writeFrom(handle, position, data));
  }

  error(code: string): Error {
    return errnoError(this.#module, code);
  }

  #try<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw error instanceof HostError ? this.error(error.code) : error;
    }
  }
}
