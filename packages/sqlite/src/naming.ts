import type { Change, Connection } from "./connection.ts";
import { DIRECTORY, type Inode, type Inodes } from "./inodes.ts";
import type { Past } from "./past.ts";
import { MAIN_BRANCH } from "./schema.ts";
import type { Tally } from "./tally.ts";

/** Changes the names in directories. */
export class Naming {
  readonly #tally: Tally;
  readonly #past: Past;
  readonly #inodes: Inodes;
  readonly #insert: Change<[number, string, number, number, number]>;
  readonly #move: Change<[number, string, number, number, string]>;
  readonly #delete: Change<[number, string]>;
  readonly #deleteAll: Change<[number]>;

  constructor(connection: Connection, tally: Tally, past: Past, inodes: Inodes) {
    this.#tally = tally;
    this.#past = past;
    this.#inodes = inodes;
    this.#insert = connection.change(
      `INSERT INTO dentry(branch, parent, name, ino, type, born) VALUES(${MAIN_BRANCH}, ?, ?, ?, ?, ?)`,
    );
    this.#move = connection.change(
      `UPDATE dentry SET parent = ?, name = ?, born = ? WHERE ${IN_DIRECTORY} AND name = ?`,
    );
    this.#delete = connection.change(`DELETE FROM dentry WHERE ${IN_DIRECTORY} AND name = ?`);
    this.#deleteAll = connection.change(`DELETE FROM dentry WHERE ${IN_DIRECTORY}`);
  }

  add(directory: number, name: string, { id, type }: Inode): void {
    this.#insert(directory, name, id, type, this.#tally.revise());
    this.#inodes.touch(directory, type === DIRECTORY ? 1 : 0);
  }

  remove(directory: number, name: string, type: number): void {
    if (this.#tally.newest > 0) this.#past.keepName(directory, name);
    this.#tally.revise();
    this.#delete(directory, name);
    this.#inodes.touch(directory, type === DIRECTORY ? -1 : 0);
  }

  /** Gives an entry another name, which must be free, in this directory or another one. */
  move(from: number, name: string, to: number, newName: string, type: number): void {
    if (this.#tally.newest > 0) this.#past.keepName(from, name);
    this.#move(to, newName, this.#tally.revise(), from, name);
    const links = type === DIRECTORY && from !== to ? 1 : 0;
    this.#inodes.touch(from, -links);
    this.#inodes.touch(to, links);
  }

  /** Takes all names out of a directory that is going away itself. */
  removeAll(directory: number): void {
    if (this.#tally.newest > 0) this.#past.keepNames(directory);
    this.#tally.revise();
    this.#deleteAll(directory);
  }
}

const IN_DIRECTORY = `branch = ${MAIN_BRANCH} AND parent = ?`;
