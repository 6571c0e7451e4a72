import type { Change, Connection, Query } from "./connection.ts";
import { DIRECTORY, INODE_COLUMNS, type Inode, type Inodes } from "./inodes.ts";
import { MAIN_BRANCH } from "./schema.ts";
import type { Tally } from "./tally.ts";

/** A step of a path. */
export interface Step {
  readonly ino: number;
  readonly type: number;
}

/** A name in a directory, and what it stands for. */
export interface Child extends Step {
  readonly name: string;
}

/** The names in directories. */
export class Names {
  readonly #tally: Tally;
  readonly #inodes: Inodes;
  readonly #step: Query<[number, string], Step>;
  readonly #find: Query<[number, string], Inode>;
  readonly #children: Query<[number], Child>;
  readonly #any: Query<[number], number>;
  readonly #insert: Change<[number, string, number, number, number]>;
  readonly #delete: Change<[number, string]>;
  readonly #deleteAll: Change<[number]>;

  constructor(connection: Connection, tally: Tally, inodes: Inodes) {
    this.#tally = tally;
    this.#inodes = inodes;
    this.#step = connection.query(`SELECT ino, type FROM dentry WHERE ${IN_DIRECTORY} AND name = ?`);
    this.#find = connection.query(`SELECT ${INODE_COLUMNS} FROM inode WHERE id = ${FIND_INO}`);
    this.#children = connection.query(`SELECT name, ino, type FROM dentry WHERE ${IN_DIRECTORY}`);
    this.#any = connection
      .query<[number], number>(`SELECT 1 FROM dentry WHERE ${IN_DIRECTORY} LIMIT 1`)
      .pluck();
    this.#insert = connection.change(
      `INSERT INTO dentry(branch, parent, name, ino, type, born) VALUES(${MAIN_BRANCH}, ?, ?, ?, ?, ?)`,
    );
    this.#delete = connection.change(`DELETE FROM dentry WHERE ${IN_DIRECTORY} AND name = ?`);
    this.#deleteAll = connection.change(`DELETE FROM dentry WHERE ${IN_DIRECTORY}`);
  }

  /** What a name stands for, without a look at the inode. */
  step(directory: number, name: string): Step | undefined {
    return this.#step.get(directory, name);
  }

  find(directory: number, name: string): Inode | undefined {
    return this.#inodes.known(this.#find.get(directory, name));
  }

  /** A row of an inode, with what is known of it beyond the database. */
  known(inode: Inode): Inode {
    return this.#inodes.known(inode);
  }

  /** Everything that is in a directory. */
  children(directory: number): Child[] {
    return this.#children.all(directory);
  }

  isEmpty(directory: number): boolean {
    return this.#any.get(directory) === undefined;
  }

  add(directory: number, name: string, { id, type }: Inode): void {
    this.#insert(directory, name, id, type, this.#tally.revise());
    this.#inodes.touch(directory, type === DIRECTORY ? 1 : 0);
  }

  remove(directory: number, name: string, type: number): void {
    this.#tally.revise();
    this.#delete(directory, name);
    this.#inodes.touch(directory, type === DIRECTORY ? -1 : 0);
  }

  /** Takes all names out of a directory that is going away itself. */
  removeAll(directory: number): void {
    this.#tally.revise();
    this.#deleteAll(directory);
  }
}

const IN_DIRECTORY = `branch = ${MAIN_BRANCH} AND parent = ?`;

/** The number behind a name. As a subquery: this build of SQLite plans a join with parameters anew at each call (9 µs for 2). */
export const FIND_INO: string = `(SELECT ino FROM dentry WHERE ${IN_DIRECTORY} AND name = ?)`;
