import type { Stats } from "node:fs";

// What was written longer ago was written in another tick of any clock.
const REMEMBERED = 4096;

/**
 * Tells the versions of a file apart where the clock of the file system is coarse: it gives the number of a file that
 * is gone to the next one, and two of one size in one tick of the clock would look the same.
 */
export class Etags {
  readonly #given = new Set<string>();

  /** Whether no file was written lately that looks like this one; then this one is remembered. */
  isNew({ ino, size, mtimeMs }: Pick<Stats, "ino" | "size" | "mtimeMs">): boolean {
    const look = `${ino}-${size}-${mtimeMs}`;
    if (this.#given.has(look)) return false;
    this.#given.add(look);
    if (this.#given.size > REMEMBERED) {
      const [oldest] = this.#given;
      if (oldest !== undefined) this.#given.delete(oldest);
    }
    return true;
  }
}
