import type { Change, Connection, Query } from "./connection.ts";
import { MAIN_BRANCH } from "./schema.ts";
import { INODE_ROW } from "./state.ts";
import type { Tally } from "./tally.ts";

// What is known to be kept already; then it begins anew.
const REMEMBERED = 65_536;

interface Statements {
  readonly keepInode: Change<[died: number, path: string | null, id: number, newest: number]>;
  readonly pass: Change<[id: number]>;
  readonly bearInode: Change<[born: number, id: number]>;
  readonly keepName: Change<[died: number, parent: number, name: string, newest: number]>;
  readonly keepNames: Change<[died: number, parent: number, newest: number]>;
  readonly bearName: Change<[born: number, parent: number]>;
  readonly hasContent: Query<[content: number], number>;
  readonly note: Change<[since: number, path: string, tree: number]>;
}

/**
 * Keeps what snapshots have, before it is changed: see schema.ts. While there is no snapshot, that is one comparison a
 * change. What is kept already, or came after the newest one, is remembered, so that it is not asked for again.
 */
export class Past {
  readonly #connection: Connection;
  readonly #tally: Tally;
  /** Few stores have a snapshot, so they are not made before one is met. */
  #statements: Statements | undefined;
  /** For which snapshot the rest holds. */
  #newest = 0;
  readonly #inodes = new Set<number>();
  readonly #directories = new Set<number>();
  readonly #noted = new Set<string>();

  constructor(connection: Connection, tally: Tally) {
    this.#connection = connection;
    this.#tally = tally;
  }

  /** Whether there is a snapshot. In a transaction, as everything below. */
  get active(): boolean {
    return this.#tally.newest > 0;
  }

  /** To be called when a transaction was undone, and with it what was kept. */
  undone(): void {
    this.#newest = 0;
  }

  /**
   * An inode is about to be changed, or to go: everything of it but what lies with the names of a directory.
   *
   * @param path Where it is changed, which is noted with that.
   */
  keepInode(id: number, path: string | null = null): void {
    const statements = this.#begin();
    if (statements === undefined || isKnown(this.#inodes, id)) return;
    const died = this.#tally.revise();
    if (statements.keepInode(died, path, id, this.#newest) === 0) return;
    statements.pass(id);
    statements.bearInode(died, id);
    if (path !== null) isKnown(this.#noted, path);
  }

  /** The live row of an inode is about to go, after what snapshots have of it was kept. */
  leaveInode(id: number): void {
    this.#begin()?.pass(id);
  }

  /** What of a directory lies with its names is about to be changed, or to go. */
  keepDirectory(id: number): void {
    const statements = this.#begin();
    if (statements === undefined || isKnown(this.#directories, id)) return;
    const { revision } = this.#tally;
    if (statements.keepName(revision, id, "", this.#newest) > 0) statements.bearName(revision, id);
  }

  /** A name is about to go, or to stand for something else. */
  keepName(directory: number, name: string): void {
    this.#begin()?.keepName(this.#tally.revision, directory, name, this.#newest);
  }

  /** All names in a directory are about to go, and what lies with them. */
  keepNames(directory: number): void {
    this.#begin()?.keepNames(this.#tally.revision, directory, this.#newest);
  }

  /** Whether a snapshot has this content, so that its blocks must stay as they are. */
  hasContent(content: number): boolean {
    return this.#begin()?.hasContent.get(content) !== undefined;
  }

  /** Whether any version that was kept has this content, also where only a snapshot had it that was dropped. */
  holds(content: number): boolean {
    return this.#prepared().hasContent.get(content) !== undefined;
  }

  /** Notes a path at which something is another than it was, `tree` with everything below it. */
  note(path: string, tree = false): void {
    const statements = this.#begin();
    if (statements === undefined || isKnown(this.#noted, tree ? `${path}/` : path)) return;
    statements.note(this.#newest, path, tree ? 1 : 0);
  }

  #begin(): Statements | undefined {
    const { newest } = this.#tally;
    if (newest === 0) return undefined;
    if (newest !== this.#newest) {
      this.#newest = newest;
      this.#inodes.clear();
      this.#directories.clear();
      this.#noted.clear();
    }
    return this.#prepared();
  }

  #prepared(): Statements {
    return (this.#statements ??= prepare(this.#connection));
  }
}

/** Whether it is remembered; from here on it is. */
function isKnown<T>(known: Set<T>, one: T): boolean {
  if (known.has(one)) return true;
  if (known.size >= REMEMBERED) known.clear();
  known.add(one);
  return false;
}

function prepare(connection: Connection): Statements {
  const inode = `${INODE_ROW.join(", ")}, born, tail`;
  const name = "branch, parent, name, ino, type, born, nlink, mtimeMs, ctimeMs";
  const inDirectory = `branch = ${MAIN_BRANCH} AND parent = ?`;
  const keepNames = `INSERT INTO dentry_past(died, ${name}) SELECT ?, ${name} FROM dentry WHERE ${inDirectory}`;
  return {
    // What has no name is in no snapshot.
    keepInode: connection.change(
      `INSERT INTO inode_past(died, path, ${inode}) SELECT ?, ?, ${inode} FROM inode
         WHERE id = ? AND born <= ? AND nlink > 0`,
    ),
    // The version that the live row leads to, which it will lead to no longer.
    pass: connection.change(
      `INSERT INTO inode_older SELECT past.id, died, past.born FROM inode CROSS JOIN inode_past AS past
         ON past.died = inode.born AND past.id = inode.id WHERE inode.id = ?`,
    ),
    bearInode: connection.change("UPDATE inode SET born = ? WHERE id = ?"),
    keepName: connection.change(`${keepNames} AND name = ? AND born <= ?`),
    keepNames: connection.change(`${keepNames} AND born <= ?`),
    bearName: connection.change(`UPDATE dentry SET born = ? WHERE ${inDirectory} AND name = ''`),
    hasContent: connection
      .query<[number], number>("SELECT 1 FROM inode_past WHERE content = ? LIMIT 1")
      .pluck(),
    note: connection.change("INSERT OR IGNORE INTO altered(since, path, tree) VALUES(?, ?, ?)"),
  };
}
