import { isPromiseLike, wait, type Awaitable, type Flow } from "@vfs/core";
import type { Excess, Limits } from "./limits.ts";
import type { Amount, Places } from "./places.ts";

/** How much may be there in all, how much is, and how much is promised to calls that are under way. */
export class Budget {
  readonly #places: Places;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  /** Whether anything has to be counted. */
  readonly counts: boolean;
  /** Promised to what is under way: it may be there already, or come yet. */
  bytes = 0;
  files = 0;
  /** All that was ever promised. */
  #everBytes = 0;
  #everFiles = 0;

  constructor(places: Places, { maxTotalBytes, maxFiles }: Limits) {
    this.#places = places;
    this.#maxBytes = maxTotalBytes;
    this.#maxFiles = maxFiles;
    this.counts = maxTotalBytes < Infinity || maxFiles < Infinity;
  }

  promise(bytes: number, files: number): void {
    this.bytes += bytes;
    this.files += files;
    this.#everBytes += bytes;
    this.#everFiles += files;
  }

  /** What was promised is there by now, or will never be. */
  redeem(bytes: number, files: number): void {
    this.bytes -= bytes;
    this.files -= files;
  }

  /** Whether so much more fits onto what there is, whatever of the promises is in that already. */
  fits({ bytes, files }: Amount, moreBytes: number, moreFiles: number): boolean {
    return (
      bytes + this.bytes + moreBytes <= this.#maxBytes && files + this.files + moreFiles <= this.#maxFiles
    );
  }

  /** Which limit so much more would go past. */
  excess(most: Amount, moreBytes: number, moreFiles: number): Excess | undefined {
    const bytes = most.bytes + moreBytes;
    if (moreBytes > 0 && bytes > this.#maxBytes)
      return { rule: "maxTotalBytes", limit: this.#maxBytes, wanted: bytes };
    const files = most.files + moreFiles;
    if (moreFiles > 0 && files > this.#maxFiles)
      return { rule: "maxFiles", limit: this.#maxFiles, wanted: files };
    return undefined;
  }

  /** What there is at the most, with all promises. */
  *most(sync: boolean): Flow<Amount> {
    const usage = yield* wait(this.asked(sync));
    return { bytes: usage.bytes + this.bytes, files: usage.files + this.files };
  }

  /**
   * What there is without the promises that are open by now; what was promised and redeemed since an answer was asked
   * for may be in it or not, and is added.
   */
  asked(sync: boolean): Awaitable<Amount> {
    const asked = this.#places.read(sync);
    if (!isPromiseLike(asked)) return asked;
    const bytes = this.bytes - this.#everBytes;
    const files = this.files - this.#everFiles;
    return asked.then((usage) => ({
      bytes: usage.bytes + bytes + this.#everBytes - this.bytes,
      files: usage.files + files + this.#everFiles - this.files,
    }));
  }
}
