import { MAIN_BRANCH, SHAPE_PARENT } from "./schema.ts";

/** What the tables of a state of the store are called in a statement: those that are, or what there was once. */
export interface State {
  readonly dentry: string;
  readonly inode: string;
}

/** What is now. */
export const LIVE: State = { dentry: "dentry", inode: "inode" };

/** The row that tells the shape: see schema.ts. */
export const SHAPE: string = `dentry AS top WHERE top.branch = ${MAIN_BRANCH} AND top.parent = ${SHAPE_PARENT} AND top.name = ''`;

const DENTRY_COLUMNS = "branch, parent, name, ino, type, nlink, mtimeMs, ctimeMs";

/** What of an inode lies in its row, but for the tail. */
export const INODE_ROW: readonly string[] = [
  "id",
  "type",
  "mode",
  "uid",
  "gid",
  "nlink",
  "size",
  "version",
  "atimeMs",
  "mtimeMs",
  "ctimeMs",
  "birthtimeMs",
  "contentType",
  "meta",
  "content",
];

/**
 * What there was after everything up to a revision, for which there must be a snapshot. SQLite puts what is asked of
 * such a table into all of its parts, so that each is looked up by its own index.
 */
export function stateAt(revision: number): State {
  const then = (born: string, died: string): string => `${born} <= ${revision} AND ${died} > ${revision}`;
  const past = [...INODE_ROW.slice(1), "tail"].map((column) => `past.${column}`).join(", ");
  return {
    dentry: `(SELECT ${DENTRY_COLUMNS} FROM dentry WHERE born <= ${revision}
      UNION ALL SELECT ${DENTRY_COLUMNS} FROM dentry_past WHERE ${then("born", "died")})`,
    // Those that are, those that live rows lead to, and older ones.
    inode: `(SELECT ${INODE_ROW.join(", ")}, tail FROM inode WHERE born <= ${revision}
      UNION ALL SELECT live.id, ${past} FROM inode AS live CROSS JOIN inode_past AS past
        ON past.died = live.born AND past.id = live.id WHERE ${then("past.born", "live.born")}
      UNION ALL SELECT older.id, ${past} FROM inode_older AS older CROSS JOIN inode_past AS past
        ON past.died = older.died WHERE ${then("older.born", "older.died")})`,
  };
}
