import type { Stats } from "node:fs";

// What was written longer ago was written in another tick of any clock.
const REMEMBERED = 4096;
const LONGEST_TICK_MS = 1000;
const STEP_MS = 0.001;

/**
 * Keeps the versions of files apart where the clock of the file system is coarse: it gives the number of a file that
 * is gone to the next one, and two of one size in one tick of the clock would look the same.
 */
export class Etags {
  /** The last time that a file of this number was given, for the latest files and for those before them. */
  #last = new Map<number, number>();
  #before = new Map<number, number>();

  /**
   * Notes that a file was written as a whole.
   *
   * @returns The time that it must be given so that it looks like none before it; undefined when it has such a time.
   */
  timeFor({ ino, mtimeMs }: Pick<Stats, "ino" | "mtimeMs">): number | undefined {
    const last = this.#last.get(ino) ?? this.#before.get(ino);
    const sameTick = last !== undefined && mtimeMs <= last && last - mtimeMs < LONGEST_TICK_MS;
    const time = sameTick ? last + STEP_MS : mtimeMs;
    this.#last.set(ino, time);
    if (this.#last.size >= REMEMBERED) {
      this.#before = this.#last;
      this.#last = new Map();
    }
    return sameTick ? time : undefined;
  }
}
