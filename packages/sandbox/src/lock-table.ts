/** Who holds locks: one for each session. */
export type LockOwner = object;

export type LockType = "read" | "write";

/** A range of bytes: from `start` up to, but without, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

interface Held extends ByteRange {
  readonly owner: LockOwner;
  readonly type: LockType;
}

/**
 * Advisory locks on ranges of files, with the rules of fcntl(2): any number of readers or one writer, a range can be
 * changed and given back in parts, and nobody waits. SQLite keeps two sessions off one database with these.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/functions/fcntl.html
 */
export class LockTable {
  readonly #files = new Map<string, Held[]>();

  /** Locks a range, or changes the lock that the owner has there. Answers whether nobody stood in the way. */
  lock(file: string, owner: LockOwner, type: LockType, range: ByteRange): boolean {
    if (this.conflict(file, owner, type, range)) return false;
    this.#files.set(file, [...this.#without(file, owner, range), { ...range, owner, type }]);
    return true;
  }

  /** Gives a range back. */
  unlock(file: string, owner: LockOwner, range: ByteRange): void {
    this.#keep(file, this.#without(file, owner, range));
  }

  /** Gives back everything that the owner has on a file, as closing any descriptor of it does. */
  unlockFile(file: string, owner: LockOwner): void {
    this.#keep(
      file,
      (this.#files.get(file) ?? []).filter((held) => held.owner !== owner),
    );
  }

  /** Gives back everything that the owner has. */
  unlockAll(owner: LockOwner): void {
    for (const file of Array.from(this.#files.keys())) this.unlockFile(file, owner);
  }

  /** Whether somebody else's lock stands in the way of such a one. */
  conflict(file: string, owner: LockOwner, type: LockType, range: ByteRange): boolean {
    return (this.#files.get(file) ?? []).some(
      (held) => held.owner !== owner && overlap(held, range) && (type === "write" || held.type === "write"),
    );
  }

  /** Whether somebody else has any lock on the file. */
  heldByOthers(file: string, owner: LockOwner): boolean {
    return (this.#files.get(file) ?? []).some((held) => held.owner !== owner);
  }

  /** The locks of a file, without those of the owner within a range. */
  #without(file: string, owner: LockOwner, range: ByteRange): Held[] {
    return (this.#files.get(file) ?? []).flatMap((held) => {
      if (held.owner !== owner || !overlap(held, range)) return [held];
      const before = { ...held, end: range.start };
      const after = { ...held, start: range.end };
      return [before, after].filter(({ start, end }) => start < end);
    });
  }

  #keep(file: string, left: Held[]): void {
    if (left.length === 0) this.#files.delete(file);
    else this.#files.set(file, left);
  }
}

function overlap(a: ByteRange, b: ByteRange): boolean {
  return a.start < b.end && b.start < a.end;
}
