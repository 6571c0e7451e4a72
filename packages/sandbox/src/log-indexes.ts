import type { LockOwner } from "./lock-table.ts";

interface LogIndex {
  readonly file: string;
  readonly owners: Set<LockOwner>;
}

/**
 * Which file is the index of which database's write-ahead log, while some session has it open.
 *
 * SQLite keeps that index in memory that processes share. Sessions share none, so a database with such a log belongs to
 * the session that has a lock on its index, and the others find it locked.
 *
 * @see https://sqlite.org/walformat.html#the_wal_index_file_format
 */
export class LogIndexes {
  /** By directory and name. */
  readonly #indexes = new Map<string, LogIndex>();

  /** Notes that a session has opened the index that lies at `place`. */
  opened(place: string, file: string, owner: LockOwner): void {
    const known = this.#indexes.get(place);
    if (known?.file === file) known.owners.add(owner);
    else this.#indexes.set(place, { file, owners: new Set([owner]) });
  }

  /** The index that lies at `place`, if some session has it open. */
  at(place: string): string | undefined {
    return this.#indexes.get(place)?.file;
  }

  /** Notes that a session has closed an index, or all that it had open. */
  closed(owner: LockOwner, file?: string): void {
    for (const [place, index] of Array.from(this.#indexes)) {
      if (file !== undefined && index.file !== file) continue;
      index.owners.delete(owner);
      if (index.owners.size === 0) this.#indexes.delete(place);
    }
  }
}
