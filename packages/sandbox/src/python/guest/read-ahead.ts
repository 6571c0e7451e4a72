import { PAYLOAD_BYTES } from "../../protocol.ts";
import { TRUST_MS } from "./attribute-cache.ts";

// What is read ahead lies in the memory of the guest's process.
const MOST_BLOCKS = 8;

/** How an open file was read so far. */
interface Reading {
  /** Where the last read ended. */
  end: number;
  /** What was read ahead, from `start` on. */
  block?: Block | undefined;
}

interface Block {
  readonly start: number;
  readonly bytes: Uint8Array;
  /** What was known when it was read: it holds as long as nothing else has changed. */
  readonly epoch: number;
  readonly untilMs: number;
}

/** Reads a part of an open file. Answers how many bytes, fewer than there is room for only at its end. */
export type Fetch = (position: number, into: Uint8Array) => number;

/**
 * Reads ahead where a file is read from one end to the other in small pieces, for a call to the host takes as long for a
 * MiB as for a page. A file that is read here and there is not read ahead.
 */
export class ReadAhead {
  readonly #readings = new Map<number, Reading>();
  /** The handles that have a block, the oldest first. */
  readonly #blocks = new Set<number>();

  /** @param epoch Which state of all files is known: another one means that something has changed. */
  read(handle: number, position: number, into: Uint8Array, epoch: number, fetch: Fetch): number {
    const reading = this.#readings.get(handle) ?? { end: -1 };
    this.#readings.set(handle, reading);
    let done = this.#fromBlock(handle, reading, position, into, epoch);
    if (done === into.length) return this.#end(reading, position, done);
    const rest = into.subarray(done);
    const at = position + done;
    const isNext = reading.end === position && rest.length < PAYLOAD_BYTES;
    if (!isNext) return this.#end(reading, position, done + fetch(at, rest));
    const bytes = new Uint8Array(PAYLOAD_BYTES);
    const length = fetch(at, bytes);
    const untilMs = performance.now() + TRUST_MS;
    this.#keep(handle, reading, { start: at, bytes: bytes.subarray(0, length), epoch, untilMs });
    done += this.#fromBlock(handle, reading, at, rest, epoch);
    return this.#end(reading, position, done);
  }

  /** Forgets what was read ahead of a file that has changed, or of all. */
  forget(...handles: readonly number[]): void {
    for (const handle of handles.length === 0 ? [...this.#blocks] : handles) {
      const reading = this.#readings.get(handle);
      if (reading !== undefined) reading.block = undefined;
      this.#blocks.delete(handle);
    }
  }

  /** A file is closed. */
  close(handle: number): void {
    this.#readings.delete(handle);
    this.#blocks.delete(handle);
  }

  #fromBlock(handle: number, reading: Reading, position: number, into: Uint8Array, epoch: number): number {
    const { block } = reading;
    if (block === undefined) return 0;
    if (block.epoch !== epoch || block.untilMs < performance.now()) {
      this.forget(handle);
      return 0;
    }
    const at = position - block.start;
    if (at < 0 || at >= block.bytes.length) return 0;
    const part = block.bytes.subarray(at, at + into.length);
    into.set(part);
    return part.length;
  }

  #keep(handle: number, reading: Reading, block: Block): void {
    this.#blocks.delete(handle);
    const [oldest] = this.#blocks;
    if (oldest !== undefined && this.#blocks.size >= MOST_BLOCKS) this.forget(oldest);
    this.#blocks.add(handle);
    reading.block = block;
  }

  #end(reading: Reading, position: number, done: number): number {
    reading.end = position + done;
    return done;
  }
}
