import type Database from "better-sqlite3";
import { isBusy } from "./errors.ts";
import { Log } from "./log.ts";
import { PATIENCE_MS, type Handle } from "./open.ts";

/** A statement that gives rows. */
export interface Query<P extends unknown[], R> {
  get(...params: P): R | undefined;
  all(...params: P): R[];
  /** The first column of each row only. */
  pluck(): Query<P, R>;
  /** Rows as arrays. */
  raw(): Query<P, R>;
}

/** Makes statements that give rows. */
export interface Queries {
  query<P extends unknown[], R>(sql: string): Query<P, R>;
}

/** A prepared statement that changes something; answers how many rows. */
export type Change<P extends unknown[]> = (...params: P) => number;

/** The one connection of a provider: its statements and its transactions. */
export class Connection implements Queries {
  /** How many changes were made so far, undone ones included. */
  changes = 0;
  readonly #database: Handle;
  readonly #begin: Database.Statement<[]>;
  readonly #beginImmediate: Database.Statement<[]>;
  readonly #commit: Database.Statement<[]>;
  /** Only a file has one. */
  readonly #log: Log | undefined;
  #inTransaction = false;
  #durable = false;

  constructor(database: Handle) {
    this.#database = database;
    this.#log = database.memory ? undefined : new Log(database.name);
    this.#begin = database.prepare("BEGIN");
    this.#beginImmediate = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    // Waiting blocks the thread, so whoever can wait otherwise must get the chance to.
    this.#waitFor(0);
  }

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  query<P extends unknown[], R>(sql: string): Query<P, R> {
    return this.#database.prepare<P, R>(sql);
  }

  change<P extends unknown[]>(sql: string): Change<P> {
    const statement = this.#database.prepare<P>(sql);
    return (...params) => {
      this.changes++;
      return statement.run(...params).changes;
    };
  }

  /** Runs `action`, which only reads, on one state of the database. */
  read<T>(action: () => T): T {
    if (this.#inTransaction) return action();
    return this.patiently(() => {
      this.#begin.run();
      this.#inTransaction = true;
      try {
        return action();
      } finally {
        this.#end();
      }
    });
  }

  /**
   * Begins to write, which one connection at a time can.
   *
   * @param patient Wait for it, and block the thread meanwhile.
   * @returns Whether nobody else was writing.
   */
  begin(patient: boolean): boolean {
    try {
      if (patient) this.patiently(() => this.#beginImmediate.run());
      else this.#beginImmediate.run();
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
    this.#inTransaction = true;
    return true;
  }

  /** Whether what is committed would be there for who opens the database next. */
  hasLog(): boolean {
    return this.#log?.isThere() ?? true;
  }

  /** Ends what `begin` began. */
  commit(): void {
    this.#commit.run();
    this.#inTransaction = false;
  }

  /** Undoes what was done since `begin`. Some failures have done so already. */
  rollback(): void {
    this.#inTransaction = false;
    if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
  }

  /**
   * Puts the log into the database file and begins it anew, so that what is written next needs no more room on disk.
   *
   * @returns Whether that was possible.
   */
  restartLog(): boolean {
    try {
      const [result] = this.#database.pragma("wal_checkpoint(RESTART)") as { busy: number }[];
      return result?.busy === 0;
    } catch {
      return false;
    }
  }

  /** Whether commits from here on wait until they would survive a loss of power. Not to be called between begin and commit. */
  setDurable(durable: boolean): void {
    if (durable === this.#durable) return;
    this.#database.exec(`PRAGMA synchronous = ${durable ? "FULL" : "NORMAL"}`);
    this.#durable = durable;
  }

  /** Runs `action`; when somebody else holds a lock it needs, runs it again and waits for that. */
  patiently<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    this.#waitFor(PATIENCE_MS);
    try {
      return action();
    } finally {
      this.#waitFor(0);
    }
  }

  /** Puts the log into the database file and lets go of both. */
  close(): void {
    this.#log?.close();
    this.#database.close();
  }

  #end(): void {
    this.#inTransaction = false;
    if (this.#database.inTransaction) this.#commit.run();
  }

  #waitFor(ms: number): void {
    this.#database.exec(`PRAGMA busy_timeout = ${ms}`);
  }
}
