import { send } from "./channel.ts";

// The host takes no larger pieces.
const PIECE_BYTES = 1 << 20;

/**
 * What the code prints, on its way to the host: at once, for whatever is held back is lost with an interpreter that has
 * to be ended, and only up to a limit.
 */
export class Output {
  readonly #limitBytes: number;
  readonly #onFull: () => void;
  #left = 0;
  /** Whether the last execution printed more than the limit. */
  truncated = false;

  /** @param onFull Called when more is printed than the limit. */
  constructor(limitBytes: number, onFull: () => void) {
    this.#limitBytes = limitBytes;
    this.#onFull = onFull;
  }

  /** Begins anew: an execution is starting. */
  start(): void {
    this.#left = this.#limitBytes;
    this.truncated = false;
  }

  /** More was printed than can be taken at all. */
  overflow(): void {
    this.truncated = true;
    this.#onFull();
  }

  /** Takes what was written to a descriptor. Answers how many bytes: all, also those past the limit. */
  write(fd: 1 | 2, bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#left);
    this.#left -= part.length;
    for (let at = 0; at < part.length; at += PIECE_BYTES)
      send(["out", fd], part.subarray(at, at + PIECE_BYTES));
    if (part.length < bytes.length) {
      this.truncated = true;
      this.#onFull();
    }
    return bytes.length;
  }
}
