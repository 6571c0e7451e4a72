import { joinPath, ROOT, type VPath } from "@vfs/core";
import type { Change, Connection, Query } from "./connection.ts";
import { DIRECTORY, INODE_COLUMNS, type Inode, type Inodes } from "./inodes.ts";
import { MAIN_BRANCH, ROOT_INO } from "./schema.ts";
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

interface Place {
  readonly parent: number;
  readonly name: string;
}

/** The names in directories. */
export class Names {
  readonly #tally: Tally;
  readonly #inodes: Inodes;
  readonly #step: Query<[number, string], Step>;
  readonly #find: Query<[number, string], Inode>;
  readonly #findWithTail: Query<[number, string], Inode>;
  readonly #children: Query<[number], Child>;
  readonly #any: Query<[number], number>;
  readonly #nameOf: Query<[number], Place>;
  readonly #insert: Change<[number, string, number, number, number]>;
  readonly #move: Change<[number, string, number, number, string]>;
  readonly #delete: Change<[number, string]>;
  readonly #deleteAll: Change<[number]>;

  constructor(connection: Connection, tally: Tally, inodes: Inodes) {
    this.#tally = tally;
    this.#inodes = inodes;
    this.#step = connection.query(`SELECT ino, type FROM dentry WHERE ${IN_DIRECTORY} AND name = ?`);
    this.#find = connection.query(`SELECT ${INODE_COLUMNS} FROM inode WHERE id = ${FIND_INO}`);
    this.#findWithTail = connection.query(`SELECT ${INODE_COLUMNS}, tail FROM inode WHERE id = ${FIND_INO}`);
    this.#children = connection.query(
      `SELECT name, ino, type FROM dentry WHERE ${IN_DIRECTORY} AND name > ''`,
    );
    this.#any = connection
      .query<[number], number>(`SELECT 1 FROM dentry WHERE ${IN_DIRECTORY} AND name > '' LIMIT 1`)
      .pluck();
    this.#nameOf = connection.query(
      `SELECT parent, name FROM dentry WHERE branch = ${MAIN_BRANCH} AND ino = ? AND name > '' LIMIT 1`,
    );
    this.#insert = connection.change(
      `INSERT INTO dentry(branch, parent, name, ino, type, born) VALUES(${MAIN_BRANCH}, ?, ?, ?, ?, ?)`,
    );
    this.#move = connection.change(
      `UPDATE dentry SET parent = ?, name = ?, born = ? WHERE ${IN_DIRECTORY} AND name = ?`,
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

  /** As {@link find}, with the tail. */
  findWithTail(directory: number, name: string): Inode | undefined {
    return this.#findWithTail.get(directory, name);
  }

  /** Everything that is in a directory. */
  children(directory: number): Child[] {
    return this.#children.all(directory);
  }

  /** A path that leads to an inode, if any does. There is no index for that: it goes through all names. */
  pathOf(ino: number): VPath | undefined {
    if (ino === ROOT_INO) return ROOT;
    const place = this.#nameOf.get(ino);
    const directory = place === undefined ? undefined : this.pathOf(place.parent);
    return place === undefined || directory === undefined ? undefined : joinPath(directory, place.name);
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

  /** Gives an entry another name, which must be free, in this directory or another one. */
  move(from: number, name: string, to: number, newName: string, type: number): void {
    this.#move(to, newName, this.#tally.revise(), from, name);
    const links = type === DIRECTORY && from !== to ? 1 : 0;
    this.#inodes.touch(from, -links);
    this.#inodes.touch(to, links);
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
