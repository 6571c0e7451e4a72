import Database from "better-sqlite3";

/**
 * Puts so many small files into a directory of the root, from beside the provider, which would take many seconds for
 * what takes one so. Nobody may have the database open.
 */
export function fill(file: string, directory: string, count: number): void {
  const database = new Database(file);
  const { parent, next } = database
    .prepare(
      "SELECT dentry.ino AS parent, next FROM branch, dentry WHERE dentry.parent = 1 AND dentry.name = ?",
    )
    .get(directory) as { parent: number; next: number };
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)";
  database.transaction(() => {
    database
      .prepare(
        `${numbers} INSERT INTO dentry(branch, parent, name, ino, type, born)
           SELECT 0, :parent, printf('file%07d', i), :next + i, 0, 1 FROM n`,
      )
      .run({ count, parent, next });
    database
      .prepare(
        `${numbers} INSERT INTO inode
           SELECT :next + i, 1, 0, 420, 0, 0, 1, 7, 1, 1000, 1000, 1000, 1000, NULL, NULL, NULL, x'636f6e74656e74' FROM n`,
      )
      .run({ count, next });
    database
      .prepare("UPDATE branch SET next = next + ?, bytes = bytes + ?, files = files + ?")
      .run(count, 7 * count, count);
  })();
  database.close();
}
