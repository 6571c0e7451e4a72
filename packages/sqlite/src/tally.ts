import type { Usage } from "@vfs/core";
import type { Change, Connection, Query } from "./connection.ts";
import { randomNumber } from "./machine.ts";
import { MAIN_BRANCH, ROOT_INO, SHAPE_PARENT, TYPES } from "./schema.ts";

/** What the row says. */
interface Row {
  readonly revision: number;
  readonly next: number;
  readonly nextDirectory: number;
  readonly counted: number;
  readonly logUntilMs: number;
  readonly shape: number;
  readonly newest: number;
}

type Counted = Usage & { readonly counted: number; readonly others: number };

/** How many numbers are taken at once; those that are left when the store is closed are never used. */
const RANGE = 1024;
const DIRECTORY_RANGE = 64;

// Changes that come no closer than this write their count at once, so that a store at rest owes nothing.
const CLOSE_MS = 50;

// So long after another connection has written, each change writes its count at once: the two need not count anew.
const SHARED_MS = 10_000;

/** What is known of the counters, and what is not written yet. */
interface Counts {
  revision: number;
  revisionEnd: number;
  next: number;
  nextEnd: number;
  nextDirectory: number;
  nextDirectoryEnd: number;
  /** What `branch` has of these three. */
  taken: { revision: number; next: number; nextDirectory: number };
  shape: number;
  /** Of the newest snapshot, 0 for none. */
  newest: number;
  logUntilMs: number;
  /** How often all was counted anew. */
  counted: number;
  /** What was counted since it was last written. */
  bytes: number;
  files: number;
  /** Whether this store is listed as one that has not written its count. */
  owing: boolean;
}

/**
 * The counters of the store, in memory, and in the row of the branch as seldom as possible: a row that every change
 * writes is a page more for each commit.
 *
 * - Numbers are taken by the range. A store that finds that somebody else has written (one question of 0.2
 *   microseconds) takes a new range of revisions, above all that were ever taken, so that a later change has a higher
 *   revision whoever makes it.
 * - Bytes and files are added to the row when changes have come close together for a while and then stop, or with the
 *   next range. In between the store is listed in `uncounted`, in the first transaction of which the count is not
 *   written. Whoever finds another store there counts all inodes, once, and takes it off the list: the other one sees
 *   by `counted` that what it owed is in. So `usage` is right after a `kill -9` too, and never asked of the row alone
 *   while that may be wrong.
 */
export class Tally {
  readonly #store: number = randomNumber();
  readonly #version: Query<[], number>;
  readonly #read: Query<[], Row>;
  readonly #write: Change<[number, number, number, number, number]>;
  readonly #writeShape: Change<[number]>;
  readonly #owe: Change<[number]>;
  readonly #settle: Change<[number]>;
  readonly #settleAll: Change<[]>;
  readonly #recount: Change<[]>;
  readonly #usage: Query<[number], Counted>;
  readonly #count: Query<[], Usage>;
  #counts: Counts = {
    revision: 0,
    revisionEnd: 0,
    next: 0,
    nextEnd: 0,
    nextDirectory: 0,
    nextDirectoryEnd: 0,
    taken: { revision: 0, next: 0, nextDirectory: 0 },
    shape: -1,
    newest: 0,
    logUntilMs: 0,
    counted: 0,
    bytes: 0,
    files: 0,
    owing: false,
  };
  #before: Counts = this.#counts;
  /** Up to which commit of others the row is known. */
  #seen = -1;
  #must = false;
  #leaving = false;
  #lastMs = 0;
  #sharedUntilMs = 0;
  /** When this transaction began: the time of everything that happens in it. */
  nowMs = 0;

  constructor(connection: Connection) {
    const where = `WHERE id = ${MAIN_BRANCH}`;
    const top = `branch = ${MAIN_BRANCH} AND parent = ${SHAPE_PARENT} AND name = ''`;
    this.#version = connection.query<[], number>("PRAGMA data_version").pluck();
    this.#read = connection.query(
      `SELECT revision, next, nextDirectory, counted, logUntilMs, (SELECT born FROM dentry WHERE ${top}) AS shape,
         (SELECT coalesce(max(revision), 0) FROM snapshot) AS newest
         FROM branch ${where}`,
    );
    this.#write = connection.change(
      `UPDATE branch SET revision = ?, next = ?, nextDirectory = ?, bytes = bytes + ?, files = files + ? ${where}`,
    );
    this.#writeShape = connection.change(`UPDATE dentry SET born = ? WHERE ${top}`);
    this.#owe = connection.change("INSERT INTO uncounted(store) VALUES(?)");
    this.#settle = connection.change("DELETE FROM uncounted WHERE store = ?");
    this.#settleAll = connection.change("DELETE FROM uncounted");
    const bytes = `(SELECT coalesce(sum(size), 0) FROM inode WHERE type = ${TYPES.indexOf("file")})`;
    // What has no name any more still takes its room, but is no file.
    const files = `(SELECT count(*) FROM inode WHERE nlink > 0 AND id <> ${ROOT_INO})`;
    this.#recount = connection.change(
      `UPDATE branch SET bytes = ${bytes}, files = ${files}, counted = counted + 1 ${where}`,
    );
    this.#count = connection.query(`SELECT ${bytes} AS bytes, ${files} AS files`);
    this.#usage = connection.query(
      `SELECT bytes, files, counted, (SELECT count(*) FROM uncounted WHERE store <> ?) AS others FROM branch ${where}`,
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

  /** The revision of the newest snapshot, 0 when there is none: see snapshots.ts, which tells it when that changes. */
  get newest(): number {
    return this.#counts.newest;
  }

  set newest(revision: number) {
    this.#counts.newest = revision;
  }

  /** Until when changes are to be kept, 0 when they are not: see feed.ts, which tells it when it has written that. */
  get logUntilMs(): number {
    return this.#counts.logUntilMs;
  }

  set logUntilMs(untilMs: number) {
    this.#counts.logUntilMs = untilMs;
  }

  /** Whether the row lacks something that should be written when the store comes to rest. */
  get owes(): boolean {
    return this.#counts.owing;
  }

  /** Whether the last change was so long ago that the store is at rest. */
  get rests(): boolean {
    return Date.now() - this.#lastMs >= CLOSE_MS;
  }

  /** How many bytes and files there are, on one state of the database; undefined when they must be counted anew. */
  usage(): Usage | undefined {
    const found = this.#usage.get(this.#store);
    if (found === undefined || found.others > 0) return undefined;
    const { counted, bytes, files } = this.#counts;
    // What this store counted before somebody counted all is in the row.
    return found.counted === counted
      ? { bytes: found.bytes + bytes, files: found.files + files }
      : { bytes: found.bytes, files: found.files };
  }

  /** As {@link usage}, by looking at all inodes. */
  count(): Usage {
    return this.#count.get() ?? { bytes: 0, files: 0 };
  }

  /** Counts anew for everybody. In a transaction. */
  recount(): void {
    this.#recount();
    this.#settleAll();
    this.#counts.counted++;
    this.#forgetCount();
  }

  /**
   * Takes up what others have changed, in a transaction.
   *
   * @returns Whether they have, since the last time.
   */
  load(): boolean {
    this.nowMs = Date.now();
    this.#must = false;
    this.#leaving = false;
    const version = this.#version.get() ?? 0;
    const byOthers = version !== this.#seen;
    if (byOthers) this.#takeUp(version);
    this.#before = { ...this.#counts };
    return byOthers;
  }

  #takeUp(version: number): void {
    const row = this.#read.get();
    if (row === undefined) throw new Error("the branch has no row");
    const { revision, next, nextDirectory, counted, logUntilMs, shape, newest } = row;
    // The first time there may be nobody else.
    if (this.#seen !== -1) this.#sharedUntilMs = this.nowMs + SHARED_MS;
    this.#seen = version;
    const counts = this.#counts;
    if (counted !== counts.counted) this.#forgetCount();
    Object.assign(counts, { counted, logUntilMs, shape, newest, revision, revisionEnd: revision });
    counts.taken = { revision, next, nextDirectory };
  }

  /** To be called before a transaction is committed. */
  save(): void {
    const counts = this.#counts;
    if (!this.#must && counts.bytes === 0 && counts.files === 0) return;
    const isClose = this.nowMs - this.#lastMs < CLOSE_MS && this.nowMs > this.#sharedUntilMs;
    this.#lastMs = this.nowMs;
    if (isClose && !this.#must) {
      if (!counts.owing) this.#owe(this.#store);
      counts.owing = true;
      return;
    }
    const { revision, next, nextDirectory } = counts.taken;
    this.#write(revision, next, nextDirectory, counts.bytes, counts.files);
    counts.bytes = 0;
    counts.files = 0;
    if (!counts.owing || (isClose && !this.#leaving)) return;
    this.#settle(this.#store);
    counts.owing = false;
  }

  /** Has the row written in this transaction, whether anything was counted or not. */
  settle(): void {
    this.#must = true;
    this.#leaving = true;
  }

  /** To be called when a transaction was undone. */
  forget(): void {
    this.#counts = { ...this.#before, shape: -1 };
    this.#seen = -1;
  }

  #forgetCount(): void {
    Object.assign(this.#counts, { bytes: 0, files: 0, owing: false });
  }

  /** A number for something new. */
  number(): number {
    const counts = this.#counts;
    if (counts.next === counts.nextEnd) {
      counts.next = counts.taken.next;
      counts.nextEnd = counts.next + RANGE;
      this.#take({ next: counts.nextEnd });
    }
    return counts.next++;
  }

  /** A number for a new directory. */
  directoryNumber(): number {
    const counts = this.#counts;
    if (counts.nextDirectory === counts.nextDirectoryEnd) {
      counts.nextDirectory = counts.taken.nextDirectory;
      counts.nextDirectoryEnd = counts.nextDirectory + DIRECTORY_RANGE;
      this.#take({ nextDirectory: counts.nextDirectoryEnd });
    }
    return counts.nextDirectory++;
  }

  /** Counts a change; answers its revision. */
  revise(): number {
    const counts = this.#counts;
    if (counts.revision === counts.revisionEnd) {
      counts.revisionEnd += RANGE;
      this.#take({ revision: counts.revisionEnd });
    }
    return ++counts.revision;
  }

  #take(range: Partial<Counts["taken"]>): void {
    this.#counts.taken = { ...this.#counts.taken, ...range };
    this.#must = true;
  }

  /** Counts a change after which paths may lead elsewhere. */
  reshape(): void {
    this.#counts.shape = this.revise();
    this.#writeShape(this.#counts.shape);
  }

  /** Counts bytes and files that came, or went. */
  add(bytes: number, files: number): void {
    this.#counts.bytes += bytes;
    this.#counts.files += files;
  }
}
