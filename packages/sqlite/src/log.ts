import { realpathSync, statSync } from "node:fs";

/**
 * The write-ahead log of a database file, to notice when somebody takes it away from under us.
 *
 * Whatever else in this process opens and closes the database file and its `-shm` makes the system drop the locks that
 * SQLite holds on them. The next process to close the database then takes itself for the last one and removes the log,
 * and what is committed to it from there on is lost.
 *
 * @see https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export class Log {
  readonly #path: string;
  readonly #ino: number | undefined;

  /** @param file The database file, open and with its log. */
  constructor(file: string) {
    this.#path = `${realpathSync(file)}-wal`;
    this.#ino = this.#inode();
  }

  /** Whether it is still the one that was opened. Takes 2 to 3 microseconds. */
  isThere(): boolean {
    return this.#inode() === this.#ino;
  }

  #inode(): number | undefined {
    return statSync(this.#path, { throwIfNoEntry: false })?.ino;
  }
}
