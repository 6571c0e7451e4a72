/** What the code finds on its standard input. */
export class Input {
  #left: Uint8Array = new Uint8Array(0);

  /** Begins anew: an execution is starting. */
  start(bytes: Uint8Array): void {
    this.#left = bytes;
  }

  /** Whether there is something to be read. */
  get isThere(): boolean {
    return this.#left.length > 0;
  }

  /** Gives the next bytes; none when there are no more. */
  read(into: Uint8Array): number {
    const part = this.#left.subarray(0, into.length);
    into.set(part);
    this.#left = this.#left.subarray(part.length);
    return part.length;
  }
}
