import { joinPath, ROOT, type VPath } from "@vfs/core";
import type { Queries, Query } from "./connection.ts";
import { inodeColumns, type Inode, type InodeReader } from "./inodes.ts";
import { MAIN_BRANCH, ROOT_INO } from "./schema.ts";
import { LIVE, type State } from "./state.ts";

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

/** Reads the names in directories, those of now or those that there were once. */
export class Names {
  readonly #inodes: InodeReader;
  readonly #step: Query<[number, string], Step>;
  readonly #find: Query<[number, string], Inode>;
  readonly #findWithTail: Query<[number, string], Inode>;
  readonly #children: Query<[number], Child>;
  readonly #any: Query<[number], number>;
  readonly #nameOf: Query<[number], Place>;

  constructor(connection: Queries, inodes: InodeReader, state: State = LIVE) {
    const { dentry, inode } = state;
    const columns = inodeColumns(state);
    const id = findIno(state);
    this.#inodes = inodes;
    this.#step = connection.query(`SELECT ino, type FROM ${dentry} WHERE ${IN_DIRECTORY} AND name = ?`);
    this.#find = connection.query(`SELECT ${columns} FROM ${inode} AS inode WHERE id = ${id}`);
    this.#findWithTail = connection.query(`SELECT ${columns}, tail FROM ${inode} AS inode WHERE id = ${id}`);
    this.#children = connection.query(
      `SELECT name, ino, type FROM ${dentry} WHERE ${IN_DIRECTORY} AND name > ''`,
    );
    this.#any = connection
      .query<[number], number>(`SELECT 1 FROM ${dentry} WHERE ${IN_DIRECTORY} AND name > '' LIMIT 1`)
      .pluck();
    this.#nameOf = connection.query(
      `SELECT parent, name FROM ${dentry} WHERE branch = ${MAIN_BRANCH} AND ino = ? AND name > '' LIMIT 1`,
    );
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
}

const IN_DIRECTORY = `branch = ${MAIN_BRANCH} AND parent = ?`;

/** The number behind a name. As a subquery: this build of SQLite plans a join with parameters anew at each call (9 µs for 2). */
export function findIno({ dentry }: State): string {
  return `(SELECT ino FROM ${dentry} WHERE ${IN_DIRECTORY} AND name = ?)`;
}
