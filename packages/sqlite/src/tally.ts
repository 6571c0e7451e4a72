import type { Usage } from "@vfs/core";
import type { Change, Connection, Query } from "./connection.ts";
import { MAIN_BRANCH } from "./schema.ts";

interface Counts {
  revision: number;
  shape: number;
  next: number;
  nextDirectory: number;
  bytes: number;
  files: number;
  readonly logUntilMs: number;
}

/** The counters of the store: read when a transaction begins, kept here while it runs, written back once at its end. */
export class Tally {
  readonly #read: Query<[], Counts>;
  readonly #write: Change<[number, number, number, number, number, number]>;
  #counts: Counts = {
    revision: -1,
    shape: -1,
    next: -1,
    nextDirectory: -1,
    bytes: 0,
    files: 0,
    logUntilMs: 0,
  };
  #changed = false;
  /** When this transaction began: the time of everything that happens in it. */
  nowMs = 0;

  constructor(connection: Connection) {
    const where = `WHERE id = ${MAIN_BRANCH}`;
    this.#read = connection.query(
      `SELECT revision, shape, next, nextDirectory, bytes, files, logUntilMs FROM branch ${where}`,
    );
    this.#write = connection.change(
      `UPDATE branch SET revision = ?, shape = ?, next = ?, nextDirectory = ?, bytes = ?, files = ? ${where}`,
    );
  }

  /** The revision of the last change. */
  get revision(): number {
    return this.#counts.revision;
  }

  /** The revision at which a directory was last moved or removed. */
  get shape(): number {
    return this.#counts.shape;
  }

  /** Until when changes are to be kept, 0 when they are not: see feed.ts. */
  get logUntilMs(): number {
    return this.#counts.logUntilMs;
  }

  get usage(): Usage {
    const { bytes, files } = this.#counts;
    return { bytes, files };
  }

  /**
   * Takes up what is in the database, in a transaction.
   *
   * @returns Whether somebody else has changed it since the last time.
   */
  load(): boolean {
    const before = this.#counts.revision;
    const found = this.#read.get();
    if (found === undefined) throw new Error("the branch has no row");
    this.#counts = found;
    this.#changed = false;
    this.nowMs = Date.now();
    return found.revision !== before;
  }

  /** To be called before a transaction is committed. */
  save(): void {
    if (!this.#changed) return;
    const { revision, shape, next, nextDirectory, bytes, files } = this.#counts;
    this.#write(revision, shape, next, nextDirectory, bytes, files);
    this.#changed = false;
  }

  /** To be called when a transaction was undone. */
  forget(): void {
    this.#counts = { ...this.#counts, revision: -1, shape: -1 };
    this.#changed = false;
  }

  /** A number for something new. */
  number(): number {
    this.#changed = true;
    return this.#counts.next++;
  }

  /** A number for a new directory. */
  directoryNumber(): number {
    this.#changed = true;
    return this.#counts.nextDirectory++;
  }

  /** Counts a change; answers its revision. */
  revise(): number {
    this.#changed = true;
    return ++this.#counts.revision;
  }

  /** Counts a change after which paths may lead elsewhere. */
  reshape(): void {
    this.#counts.shape = this.revise();
  }

  count(bytes: number, files: number): void {
    this.#changed = true;
    this.#counts.bytes += bytes;
    this.#counts.files += files;
  }
}
