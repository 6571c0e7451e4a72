import {
  historyLost,
  type ChangeKind,
  type ChangesOptions,
  type ChangesPage,
  type ProviderWatch,
  type ProviderWatchOptions,
  type StoreChange,
  type VPath,
  type WatchReport,
} from "@vfs/core";
import type { Change, Connection, Query } from "./connection.ts";
import { toType } from "./inodes.ts";
import { MAIN_BRANCH } from "./schema.ts";
import type { Tally } from "./tally.ts";

/** How many changes are kept, and so many more that have not been cleared away yet. */
const KEPT_CHANGES = 65_536;
const CLEAR_EVERY = 4096;

/** How long changes are kept after somebody has asked for the history. */
export const HISTORY_MS: number = 7 * 24 * 60 * 60 * 1000;

/** How long they are kept for who watches, who asks again in time. */
export const WATCH_MS: number = 5 * 60 * 1000;

// How many rows are told at once.
const PAGE_ROWS = 1024;

const RETRY_MS = 1000;

/** How often it is asked whether another connection has written: that takes one microsecond. */
const POLL_MS = 50;

interface Interest {
  /** The revision from which on every change is kept; 0 for none. */
  readonly logFrom: number;
  readonly logUntilMs: number;
}

interface Row {
  readonly revision: number;
  readonly kind: number;
  readonly type: number;
  readonly path: string;
  readonly oldPath: string | null;
}

const KINDS: readonly ChangeKind[] = ["created", "changed", "removed", "renamed"];
/** Beside these four: a rename that replaced something. */
const REPLACED = KINDS.length;

/**
 * What happens in the database, by whichever connection: each change that is made while somebody has lately been
 * interested is a row in `change`, in the same transaction. When nobody is, no row is written, and that costs one more
 * column of the row that each transaction reads anyway.
 */
export class Feed {
  readonly #connection: Connection;
  readonly #tally: Tally;
  readonly #interest: Query<[], Interest>;
  readonly #setInterest: Change<[number, number]>;
  readonly #insert: Change<[number, number, number, string, string | null]>;
  readonly #after: Query<[number, number], Row>;
  readonly #last: Query<[], number>;
  readonly #oldestKept: Query<[number], number>;
  readonly #clear: Change<[number]>;
  readonly #version: Query<[], number>;
  readonly #watches = new Map<WatchReport, ProviderWatchOptions>();
  /** Changes are kept, in this transaction. */
  active = false;
  #logUntilMs = 0;
  #sinceCleared = 0;
  /** Up to which revision the watchers have been told. */
  #told = 0;
  /** The revision that the database had then. */
  #toldAt = -1;
  /** What this transaction has added, when the watchers have been told of everything before it. */
  #own: StoreChange[] | undefined;
  #seenVersion = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Until when changes are kept for the watchers here. */
  #watchUntilMs = 0;
  readonly #keepOn: () => void;

  /** @param keepOn Calls {@link wanted} in a transaction, soon. */
  constructor(connection: Connection, tally: Tally, keepOn: () => void) {
    this.#keepOn = keepOn;
    this.#connection = connection;
    this.#tally = tally;
    const branch = `branch WHERE id = ${MAIN_BRANCH}`;
    this.#interest = connection.query(`SELECT logFrom, logUntilMs FROM ${branch}`);
    this.#setInterest = connection.change(
      `UPDATE branch SET logFrom = ?, logUntilMs = ? WHERE id = ${MAIN_BRANCH}`,
    );
    this.#insert = connection.change(
      "INSERT INTO change(revision, kind, type, path, oldPath) VALUES(?, ?, ?, ?, ?)",
    );
    this.#after = connection.query(
      "SELECT revision, kind, type, path, oldPath FROM change WHERE revision > ? ORDER BY revision LIMIT ?",
    );
    this.#last = connection.query<[], number>("SELECT coalesce(max(revision), 0) FROM change").pluck();
    this.#oldestKept = connection
      .query<[number], number>("SELECT revision FROM change ORDER BY revision DESC LIMIT 1 OFFSET ?")
      .pluck();
    this.#clear = connection.change("DELETE FROM change WHERE revision < ?");
    this.#version = connection.query<[], number>("PRAGMA data_version").pluck();
  }

  /** Whether somebody watches through this connection. */
  get watched(): boolean {
    return this.#watches.size > 0;
  }

  /** To be called when a transaction begins, after the tally. */
  begun(): void {
    const { logUntilMs, nowMs } = this.#tally;
    this.#own = this.watched && this.#toldAt === this.#tally.revision ? [] : undefined;
    this.active = logUntilMs > 0;
    this.#logUntilMs = logUntilMs;
    if (!this.active || logUntilMs > nowMs) return;
    // Nobody has asked for so long that nothing more is kept.
    this.active = false;
    this.#own = undefined;
    this.#note(0, 0);
    this.#clear(Number.MAX_SAFE_INTEGER);
  }

  /** To be called when a transaction was undone. */
  undone(): void {
    this.#own = undefined;
  }

  /** Keeps a change. In a transaction, and only while {@link active}. */
  tell(kind: ChangeKind, type: number, path: VPath, oldPath?: VPath, replaces = false): void {
    const code = replaces ? REPLACED : KINDS.indexOf(kind);
    const row = { revision: this.#tally.revise(), kind: code, type, path, oldPath: oldPath ?? null };
    this.#insert(row.revision, code, type, path, row.oldPath);
    this.#own?.push(toChange(row));
    if (++this.#sinceCleared >= CLEAR_EVERY) this.#clearOld();
  }

  /**
   * Makes sure that changes are kept from now on, and for so long. In a transaction.
   *
   * @returns The revision that everything which is kept has so far, at the most; what comes has a higher one.
   */
  wanted(forMs: number): number {
    const { nowMs } = this.#tally;
    this.#watchUntilMs = Math.max(nowMs + forMs / 2, this.#watchUntilMs);
    if (this.active && this.#logUntilMs - nowMs > forMs / 2) return this.#lastKept();
    const from = this.active ? (this.#interest.get()?.logFrom ?? 0) : this.#tally.revise();
    this.#note(from, nowMs + forMs);
    this.active = true;
    this.#logUntilMs = nowMs + forMs;
    return this.#lastKept();
  }

  /** Other stores have revisions that they have not used yet: what comes is above this, and perhaps not above theirs. */
  #lastKept(logFrom: number = this.#interest.get()?.logFrom ?? 0): number {
    return Math.max(logFrom, this.#last.get() ?? 0);
  }

  /** Whether `wanted` must be called before the history can be asked for. On one state of the database. */
  isWanting(): boolean {
    const interest = this.#interest.get();
    return interest === undefined || interest.logUntilMs < Date.now() + HISTORY_MS / 2;
  }

  /**
   * A part of the history, on one state of the database.
   *
   * @throws VfsError `ESTALE` for what is not known any more, or was never known.
   */
  changes({ since, limit = PAGE_ROWS }: ChangesOptions): ChangesPage {
    const { logFrom = 0 } = this.#interest.get() ?? {};
    const last = this.#lastKept(logFrom);
    if (since === undefined) return { changes: [], revision: last, more: false };
    if (since > last || logFrom === 0 || since < logFrom) throw historyLost();
    const count = Math.min(limit, PAGE_ROWS);
    const rows = this.#after.all(since, count + 1);
    const more = rows.length > count;
    const changes = rows.slice(0, count).map(toChange);
    return { changes, revision: more ? (changes.at(-1)?.revision ?? last) : last, more };
  }

  /** Begins to tell of everything after a revision, from which on changes are kept. Outside of transactions. */
  watch(options: ProviderWatchOptions, revision: number): ProviderWatch {
    // What others have been waiting for is none of the new one's.
    this.deliver();
    if (!this.watched) {
      this.#told = revision;
      this.#seenVersion = -1;
    }
    this.#watches.set(options.report, options);
    this.#poll();
    return {
      close: () => {
        this.#watches.delete(options.report);
        this.#poll();
      },
    };
  }

  /** A transaction was committed: tells the watchers of it, and of what others have done. */
  committed(): void {
    if (!this.watched) return;
    const own = this.#own;
    this.#own = undefined;
    if (own !== undefined) this.#report(own);
    const isTold = own !== undefined || this.deliver();
    this.#toldAt = isTold ? this.#tally.revision : -1;
  }

  /**
   * Tells the watchers what they have not been told yet. Outside of transactions.
   *
   * @returns Whether that was possible.
   */
  deliver(): boolean {
    if (!this.watched) return true;
    try {
      for (let rows = this.#next(); rows.length > 0; rows = this.#next()) this.#report(rows.map(toChange));
      return true;
    } catch {
      // Somebody keeps the database busy, or it is being closed: at the next look.
      this.#seenVersion = -1;
      return false;
    }
  }

  #report(changes: readonly StoreChange[]): void {
    this.#told = changes.at(-1)?.revision ?? this.#told;
    if (changes.length > 0) for (const report of this.#watches.keys()) report.changes(changes);
  }

  close(): void {
    this.#watches.clear();
    this.#poll();
  }

  #next(): Row[] {
    return this.#connection.patiently(() => {
      const { logFrom = 0 } = this.#interest.get() ?? {};
      // More has happened than is kept; or nothing is kept any more, because this process was held up for so long.
      if (logFrom > this.#told) this.#missed(logFrom);
      if (logFrom === 0) this.#missed(0);
      return this.#after.all(this.#told, PAGE_ROWS);
    });
  }

  #missed(revision: number): void {
    this.#told = revision;
    this.#watchUntilMs = 0;
    for (const report of this.#watches.keys()) report.lost();
  }

  /** Looks from time to time whether another connection has written, while somebody watches. */
  #poll(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!this.watched) return;
    const all = [...this.#watches.values()];
    const everyMs = Math.min(...all.map(({ intervalMs }) => intervalMs ?? POLL_MS));
    this.#timer = setInterval(() => this.#look(), everyMs);
    if (!all.some(({ persistent }) => persistent)) this.#timer.unref();
  }

  #look(): void {
    if (this.#connection.inTransaction) return;
    try {
      if (Date.now() > this.#watchUntilMs) {
        this.#watchUntilMs = Date.now() + RETRY_MS;
        this.#keepOn();
      }
      const version = this.#version.get() ?? 0;
      if (version === this.#seenVersion) return;
      this.#seenVersion = version;
    } catch {
      return;
    }
    this.deliver();
  }

  #note(logFrom: number, logUntilMs: number): void {
    this.#setInterest(logFrom, logUntilMs);
    this.#tally.logUntilMs = logUntilMs;
  }

  /** Keeps the history from growing for ever. */
  #clearOld(): void {
    this.#sinceCleared = 0;
    const oldest = this.#oldestKept.get(KEPT_CHANGES);
    if (oldest === undefined) return;
    this.#clear(oldest);
    this.#note(oldest, this.#logUntilMs);
  }
}

function toChange({ revision, kind, type, path, oldPath }: Row): StoreChange {
  return {
    kind: KINDS[kind] ?? "renamed",
    path: path as VPath,
    ...(oldPath === null ? {} : { oldPath: oldPath as VPath }),
    ...(kind === REPLACED ? { replaces: true } : {}),
    type: toType(type),
    revision,
  };
}
