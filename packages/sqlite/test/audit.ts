import Database from "better-sqlite3";

/** All versions of inodes and of names, with when they were there. */
const ALL = `WITH
  version AS (SELECT id, type, nlink, size, version, content, tail, born, 9e15 AS died FROM inode
    UNION ALL SELECT id, type, nlink, size, version, content, tail, born, died FROM inode_past),
  entry AS (SELECT parent, name, ino, type, nlink, born, 9e15 AS died FROM dentry WHERE parent > 0
    UNION ALL SELECT parent, name, ino, type, nlink, born, died FROM dentry_past),
  then_version AS (SELECT revision, version.* FROM snapshot JOIN version ON born <= revision AND died > revision),
  then_entry AS (SELECT revision, entry.* FROM snapshot JOIN entry ON born <= revision AND died > revision)`;

/** What must give no row in a database that nobody has open: by what it would mean. */
const FAULTS: Readonly<Record<string, string>> = {
  "blocks of no content": "SELECT id FROM block WHERE id / 32 NOT IN (SELECT id FROM chunk)",
  "chunks of no inode": `${ALL} SELECT content FROM chunk WHERE content NOT IN (SELECT content FROM version WHERE content IS NOT NULL)`,
  "contents of two inodes": `${ALL} SELECT content FROM version WHERE content IS NOT NULL GROUP BY content HAVING count(DISTINCT id) > 1`,
  "one version with two contents": `${ALL} SELECT id FROM version WHERE type = 0 GROUP BY id, version HAVING count(DISTINCT size) > 1`,
  "two versions of an inode at once": `${ALL} SELECT one.id, one.born FROM version AS one JOIN version AS two
      ON one.id = two.id AND one.born < two.born AND one.died > two.born`,
  "one name twice at once": `${ALL} SELECT one.name, one.born FROM entry AS one JOIN entry AS two
      ON one.parent = two.parent AND one.name = two.name AND one.born < two.born AND one.died > two.born`,
  "a past that no snapshot has": `
    SELECT id, born, died FROM inode_past
      WHERE NOT EXISTS (SELECT 1 FROM snapshot WHERE born <= revision AND died > revision)
    UNION ALL SELECT name, born, died FROM dentry_past
      WHERE NOT EXISTS (SELECT 1 FROM snapshot WHERE born <= revision AND died > revision)`,
  "versions that nothing leads to, or twice": `
    SELECT id, died FROM inode_past AS past
      WHERE (EXISTS (SELECT 1 FROM inode WHERE inode.id = past.id AND inode.born = past.died))
        + (EXISTS (SELECT 1 FROM inode_older AS older
             WHERE older.id = past.id AND older.died = past.died AND older.born = past.born)) <> 1`,
  "older versions that are not there":
    "SELECT id, died FROM inode_older WHERE died NOT IN (SELECT died FROM inode_past)",
  "kept inodes without a name": "SELECT id FROM inode_past WHERE nlink = 0",
  "notes of what no snapshot is compared with": `
    SELECT since, path FROM altered WHERE since NOT IN (SELECT revision FROM snapshot)`,
  "snapshots that are not cleared away": "SELECT revision FROM dropped",
  "names of nothing in a snapshot": `${ALL} SELECT revision, name FROM then_entry
      WHERE NOT EXISTS (SELECT 1 FROM then_version AS it
        WHERE it.revision = then_entry.revision AND it.id = ino AND it.type = then_entry.type)`,
  "wrong numbers of links in a snapshot": `${ALL} SELECT revision, id, nlink FROM then_version
      WHERE type <> 1 AND nlink > 0 AND nlink <> (SELECT count(*) FROM then_entry AS it
        WHERE it.revision = then_version.revision AND it.ino = then_version.id)
    UNION ALL SELECT revision, ino, nlink FROM then_entry AS own WHERE name = '' AND nlink <> 2 + (
      SELECT count(*) FROM then_entry AS it
        WHERE it.revision = own.revision AND it.parent = own.ino AND it.type = 1 AND it.name > '')`,
  "wrong counts of shared chunks": `
    SELECT id, used, others FROM (SELECT id, count(*) AS used FROM chunk GROUP BY id) LEFT JOIN shared USING(id)
      WHERE used - 1 <> coalesce(others, 0)
    UNION ALL SELECT id, 0, others FROM shared WHERE id NOT IN (SELECT id FROM chunk)`,
  "blocks behind the end of a file": `${ALL}
    SELECT version.id FROM version JOIN chunk USING(content) JOIN block ON block.id / 32 = chunk.id
      WHERE (chunk.idx * 32 + block.id % 32 + 1) * 8192 > version.size`,
  "tails that are too short": `${ALL} SELECT id FROM version WHERE type = 0 AND coalesce(length(tail), 0) < size % 8192`,
  "names of nothing": "SELECT name FROM dentry WHERE parent > 0 AND ino NOT IN (SELECT id FROM inode)",
  "names in nothing":
    "SELECT name FROM dentry WHERE parent > 0 AND parent NOT IN (SELECT id FROM inode WHERE type = 1)",
  "directories that do not have themselves": `
    SELECT id FROM inode WHERE type = 1 AND id NOT IN (SELECT parent FROM dentry WHERE name = '' AND ino = parent)`,
  "more than one row that tells the shape": `
    SELECT count(*) FROM dentry WHERE parent = 0 HAVING count(*) <> 1 OR max(name) <> ''`,
  "names of another type":
    "SELECT name FROM dentry JOIN inode ON inode.id = dentry.ino WHERE inode.type <> dentry.type",
  "wrong numbers of links": `
    SELECT id, nlink FROM inode WHERE type <> 1 AND nlink <> (SELECT count(*) FROM dentry WHERE ino = inode.id)
    UNION ALL SELECT ino, nlink FROM dentry AS own
      WHERE name = '' AND parent > 0
        AND nlink <> 2 + (SELECT count(*) FROM dentry WHERE parent = own.ino AND type = 1 AND name > '')`,
  "inodes without a name": "SELECT id FROM inode WHERE nlink = 0",
  "counts that were never written": "SELECT store FROM uncounted",
  "sessions that have ended": "SELECT id FROM session",
  "inodes held for nobody": "SELECT ino FROM held",
  "a wrong count of bytes": `
    SELECT bytes FROM branch WHERE bytes <> (SELECT coalesce(sum(size), 0) FROM inode WHERE type = 0)`,
  "a wrong count of files": "SELECT files FROM branch WHERE files <> (SELECT count(*) - 1 FROM inode)",
  "numbers that would be used twice": `
    SELECT next FROM branch WHERE next <= (SELECT max(id) FROM inode)
      OR nextDirectory <= (SELECT max(id) FROM inode WHERE type = 1)
      OR next <= (SELECT coalesce(max(max(id), max(content)), 0) FROM chunk)`,
};

/** What is wrong inside a database file: nothing, if all is well. */
export function audit(file: string): string[] {
  const database = new Database(file);
  try {
    const integrity = database.pragma("integrity_check", { simple: true });
    const found = Object.entries(FAULTS).flatMap(([what, sql]) => {
      const rows = database.prepare(sql).all();
      return rows.length === 0 ? [] : [`${what}: ${JSON.stringify(rows.slice(0, 5))}`];
    });
    return integrity === "ok" ? found : [`integrity: ${String(integrity)}`, ...found];
  } finally {
    database.close();
  }
}

/** Any numbers that a query gives, from beside the provider. */
export function peek(file: string, sql: string): unknown[] {
  const database = new Database(file);
  try {
    return database.prepare(sql).pluck().all();
  } finally {
    database.close();
  }
}

/** What anybody can do with a database that nobody has open. */
export function vacuum(file: string): void {
  const database = new Database(file);
  database.exec("VACUUM");
  database.close();
}
