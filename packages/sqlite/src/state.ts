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
 * such a table into both of its parts, so that each is looked up by its own index.
 */
export function stateAt(revision: number): State {
  const inode = `${INODE_ROW.join(", ")}, tail`;
  return {
    dentry: bothOf("dentry", DENTRY_COLUMNS, revision),
    inode: bothOf("inode", inode, revision),
  };
}

function bothOf(table: string, columns: string, revision: number): string {
  return `(SELECT ${columns} FROM ${table} WHERE born <= ${revision}
    UNION ALL SELECT ${columns} FROM ${table}_past WHERE born <= ${revision} AND died > ${revision})`;
}
