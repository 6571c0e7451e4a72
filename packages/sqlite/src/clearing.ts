import type { Change, Query } from "./connection.ts";
import type { Store } from "./store.ts";

/** How much one transaction gives back: rows of inodes, and of the rest, which are small. */
const STEP_INODES = 1000;
const STEP_BYTES = 64 << 20;
const STEP_NAMES = 10_000;

/** A snapshot that was dropped, and the ones that are left around it. */
interface Gap {
  readonly revision: number;
  /** Up to where in the past its inodes are cleared. */
  readonly cleared: number;
  /** The next older one that is left, 0 when there is none. */
  readonly older: number;
  /** The next newer one that is left. */
  readonly newer: number;
}

interface PastInode {
  readonly died: number;
  readonly id: number;
  readonly born: number;
  readonly size: number;
  readonly content: number | null;
  readonly path: string | null;
}

type Within = [after: number, until: number, bornAfter: number, bornUntil: number];

/**
 * Gives back what only a dropped snapshot needed: what was born after the next older one and died before the next newer
 * one. That lies in the past between the two, so it costs what was changed there, and goes on where it was left.
 */
export class Clearing {
  readonly #store: Store;
  readonly #add: Change<[revision: number, cleared: number]>;
  readonly #gap: Query<[], Gap>;
  readonly #inodes: Query<[after: number, until: number, limit: number], PastInode>;
  readonly #deleteInode: Change<[number]>;
  readonly #deleteOlder: Change<[id: number, died: number]>;
  readonly #cleared: Change<[number, number]>;
  readonly #isLive: Query<[number, number], number>;
  readonly #deleteNames: Change<[...Within, number]>;
  readonly #note: Change<[older: number, path: string]>;
  readonly #inherit: Change<[older: number, since: number, limit: number]>;
  readonly #forget: Change<[since: number, limit: number]>;
  readonly #done: Change<[number]>;

  constructor(store: Store) {
    const { connection } = store;
    this.#store = store;
    this.#add = connection.change("INSERT INTO dropped(revision, cleared) VALUES(?, ?)");
    this.#gap = connection.query(
      `SELECT revision, cleared,
         (SELECT coalesce(max(revision), 0) FROM snapshot WHERE revision < dropped.revision) AS older,
         (SELECT coalesce(min(revision), ${Number.MAX_SAFE_INTEGER}) FROM snapshot
            WHERE revision > dropped.revision) AS newer
         FROM dropped ORDER BY revision LIMIT 1`,
    );
    this.#inodes = connection.query(
      `SELECT died, id, born, size, content, path FROM inode_past WHERE died > ? AND died <= ? ORDER BY died LIMIT ?`,
    );
    this.#deleteInode = connection.change("DELETE FROM inode_past WHERE died = ?");
    this.#deleteOlder = connection.change("DELETE FROM inode_older WHERE id = ? AND died = ?");
    this.#cleared = connection.change("UPDATE dropped SET cleared = ? WHERE revision = ?");
    this.#isLive = connection
      .query<[number, number], number>("SELECT 1 FROM inode WHERE id = ? AND content = ?")
      .pluck();
    this.#deleteNames = connection.change(
      `DELETE FROM dentry_past WHERE (branch, parent, name, born) IN (
         SELECT branch, parent, name, born FROM dentry_past
           WHERE died > ? AND died <= ? AND born > ? AND born <= ? LIMIT ?)`,
    );
    this.#note = connection.change("INSERT OR IGNORE INTO altered(since, path, tree) VALUES(?, ?, 0)");
    this.#inherit = connection.change(
      "INSERT OR IGNORE INTO altered SELECT ?, path, tree FROM altered WHERE since = ? ORDER BY path, tree LIMIT ?",
    );
    this.#forget = connection.change(
      `DELETE FROM altered WHERE (since, path, tree) IN (
         SELECT since, path, tree FROM altered WHERE since = ? ORDER BY path, tree LIMIT ?)`,
    );
    this.#done = connection.change("DELETE FROM dropped WHERE revision = ?");
  }

  /** A snapshot was dropped. In a transaction, as everything here. */
  add(revision: number): void {
    this.#add(revision, revision);
  }

  /** Gives back a part; answers whether there is more. */
  step(): boolean {
    const gap = this.#gap.get();
    if (gap === undefined) return false;
    if (this.#stepInodes(gap) || this.#stepNames(gap) || this.#stepNotes(gap)) return true;
    this.#done(gap.revision);
    return this.#gap.get() !== undefined;
  }

  #stepInodes({ revision, cleared, older, newer }: Gap): boolean {
    const rows = this.#inodes.all(cleared, newer, STEP_INODES);
    let bytes = 0;
    for (const row of rows) {
      if (row.born > older && row.born <= revision) bytes += this.#remove(row, older);
      if (bytes > STEP_BYTES) return this.#goOn(revision, row.died);
    }
    const last = rows.at(-1);
    return rows.length === STEP_INODES && last !== undefined && this.#goOn(revision, last.died);
  }

  #goOn(revision: number, died: number): true {
    this.#cleared(died, revision);
    return true;
  }

  /** Removes a version, and its content with the last that has it; answers how much that was. */
  #remove({ died, id, size, content, path }: PastInode, older: number): number {
    this.#deleteInode(died);
    this.#deleteOlder(id, died);
    // What was changed since this one was changed since the older one: see schema.ts.
    if (older > 0 && path !== null) this.#note(older, path);
    if (content === null || this.#store.past.holds(content)) return 0;
    if (this.#isLive.get(id, content) !== undefined) return 0;
    this.#store.chunks.cut(content, 0);
    return size;
  }

  #stepNames({ revision, older, newer }: Gap): boolean {
    return this.#deleteNames(revision, newer, older, revision, STEP_NAMES) === STEP_NAMES;
  }

  /** As for what was kept, for what else was noted. */
  #stepNotes({ revision, older }: Gap): boolean {
    if (older > 0) this.#inherit(older, revision, STEP_NAMES);
    return this.#forget(revision, STEP_NAMES) === STEP_NAMES;
  }
}
