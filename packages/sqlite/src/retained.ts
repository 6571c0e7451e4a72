import type { Connection, Query } from "./connection.ts";
import { BLOCK_BYTES, CHUNK_BLOCKS } from "./schema.ts";

/** How much content only snapshots need. */
export class Retained {
  readonly #tails: Query<[], number>;
  readonly #blocks: Query<[], number>;

  constructor(connection: Connection) {
    // Only files have versions, and a version has one content.
    this.#tails = connection
      .query<[], number>(
        `SELECT coalesce(sum(size % ${BLOCK_BYTES}), 0) FROM (
           SELECT DISTINCT id, version, size FROM inode_past AS past WHERE version > 0 AND NOT EXISTS
             (SELECT 1 FROM inode WHERE inode.id = past.id AND inode.version = past.version))`,
      )
      .pluck();
    // A chunk that some live content has too is in more contents than those that are asked here.
    this.#blocks = connection
      .query<[], number>(
        `WITH gone(content) AS (
           SELECT DISTINCT content FROM inode_past AS past WHERE content IS NOT NULL AND NOT EXISTS
             (SELECT 1 FROM inode WHERE inode.id = past.id AND inode.content = past.content)),
         used(id, times) AS (SELECT id, count(*) FROM gone JOIN chunk USING(content) GROUP BY id)
         SELECT coalesce(sum((SELECT count(*) FROM block
             WHERE block.id >= used.id * ${CHUNK_BLOCKS} AND block.id < (used.id + 1) * ${CHUNK_BLOCKS})), 0)
           FROM used WHERE times > coalesce((SELECT others FROM shared WHERE shared.id = used.id), 0)`,
      )
      .pluck();
  }

  /** By looking at every version that snapshots keep. */
  bytes(): number {
    return (this.#tails.get() ?? 0) + (this.#blocks.get() ?? 0) * BLOCK_BYTES;
  }
}
