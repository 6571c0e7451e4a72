import { joinPath, ROOT, type SnapshotChange, type VPath } from "@vfs/core";
import type { Connection, Query } from "./connection.ts";
import { DIRECTORY } from "./inodes.ts";
import { ROOT_INO } from "./schema.ts";
import { LIVE, stateAt, type State } from "./state.ts";

interface Row {
  readonly path: VPath;
  readonly tree: number;
}

interface Named {
  readonly ino: number;
  readonly parent: number;
  readonly name: string;
}

/** Where snapshots differ: by the paths that were noted, and by the other names of what has several. */
export class Alterations {
  readonly #connection: Connection;
  readonly #noted: Query<[number, number, number, number], Row>;
  readonly #linked: Query<[number, number], number>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#noted = connection.query(
      `SELECT path, max(tree) AS tree FROM (
         SELECT path, tree FROM altered WHERE since >= ? AND since < ?
         UNION ALL SELECT path, 0 FROM inode_past WHERE died > ? AND died <= ? AND path IS NOT NULL)
         GROUP BY path`,
    );
    this.#linked = connection
      .query<[number, number], number>(
        `SELECT DISTINCT id FROM inode_past
           WHERE died > ? AND died <= ? AND nlink > 1 AND type <> ${DIRECTORY}`,
      )
      .pluck();
  }

  /** Between a snapshot and now. */
  since(revision: number): SnapshotChange[] {
    return this.#find(revision, Number.MAX_SAFE_INTEGER, LIVE);
  }

  /** Between two snapshots, the older one first. */
  between(from: number, to: number): SnapshotChange[] {
    return this.#find(from, to, stateAt(to));
  }

  #find(from: number, to: number, state: State): SnapshotChange[] {
    const changes = this.#noted.all(from, to, from, to).map(({ path, tree }) => ({ path, tree: tree > 0 }));
    const linked = this.#linked.all(from, to);
    if (linked.length === 0) return changes;
    const known = new Set(changes.map(({ path }) => path));
    const others = this.#namesOf(linked, state).filter((path) => !known.has(path));
    return [...changes, ...others.map((path) => ({ path, tree: false }))];
  }

  /**
   * All paths of some inodes. No index tells them, as it would cost each new name something: it goes through all names,
   * which only a change of a file with several of them makes necessary.
   */
  #namesOf(inodes: readonly number[], { dentry }: State): VPath[] {
    const wanted = new Set(inodes);
    const directories = new Map<number, Named>();
    const found: Named[] = [];
    const named = "name > '' AND parent > 0";
    const all = this.#connection.query<[], Named>(`SELECT ino, parent, name FROM ${dentry} WHERE ${named}
      AND (type = ${DIRECTORY} OR ino IN (SELECT id FROM inode_past WHERE nlink > 1))`);
    for (const one of all.all()) {
      if (wanted.has(one.ino)) found.push(one);
      else directories.set(one.ino, one);
    }
    const pathOf = (ino: number): VPath => {
      const directory = directories.get(ino);
      return ino === ROOT_INO || directory === undefined
        ? ROOT
        : joinPath(pathOf(directory.parent), directory.name);
    };
    return found.map(({ parent, name }) => joinPath(pathOf(parent), name));
  }
}
