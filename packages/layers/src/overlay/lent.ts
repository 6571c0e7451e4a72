import { isPromiseLike, type Awaitable } from "@vfs/core";

/**
 * Bytes of a caller, who may change them as soon as the call has returned. They are copied only if somebody must be waited
 * for before they are used.
 */
export class Lent {
  #bytes: Uint8Array;
  #taken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The bytes, to be handed on at once. */
  take(): Uint8Array {
    this.#taken = true;
    return this.#bytes;
  }

  /** To be asked when the call is about to return. */
  keptFor<T>(result: Awaitable<T>): Awaitable<T> {
    if (!this.#taken && isPromiseLike(result)) this.#bytes = new Uint8Array(this.#bytes);
    return result;
  }
}
