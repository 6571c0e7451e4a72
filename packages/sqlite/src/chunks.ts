import type { Change, Connection, Query } from "./connection.ts";
import { BLOCK_BYTES, CHUNK_BLOCKS } from "./schema.ts";
import type { Times } from "./inodes.ts";
import type { Tally } from "./tally.ts";

type Row = readonly [number: number, value: number];
/** What one statement tells of an inode, with one of its blocks. */
export interface Peeked extends Times {
  readonly size: number;
  readonly data: Buffer<ArrayBuffer> | null;
}

/** Each block comes in memory of its own. */
type BlockRow = readonly [id: number, data: Buffer<ArrayBuffer>];

/** The blocks of contents, by their place in the content; chunks that several contents have are copied before a write. */
export class Chunks {
  readonly #tally: Tally;
  readonly #find: Query<[number, number], number>;
  readonly #range: Query<[number, number, number], Row>;
  readonly #add: Change<[number, number, number]>;
  readonly #replace: Change<[number, number, number]>;
  readonly #remove: Change<[number, number]>;
  readonly #map: Change<[number, number]>;
  readonly #others: Query<[number], number>;
  readonly #share: Change<[number]>;
  readonly #unshare: Change<[number]>;
  readonly #forgetShared: Change<[number]>;
  readonly #blocks: Query<[number, number], BlockRow>;
  readonly #blocksOfChunk: Query<[number, number, number, number, number, number], BlockRow>;
  readonly #block: Query<[number, number, number], Peeked>;
  readonly #put: Change<[number, Uint8Array]>;
  readonly #copyBlocks: Change<[number, number, number]>;
  readonly #removeBlocks: Change<[number, number]>;

  constructor(connection: Connection, tally: Tally) {
    this.#tally = tally;
    this.#find = connection
      .query<[number, number], number>("SELECT id FROM chunk WHERE content = ? AND idx = ?")
      .pluck();
    this.#range = connection
      .query<[number, number, number], Row>(
        "SELECT idx, id FROM chunk WHERE content = ? AND idx >= ? AND idx <= ?",
      )
      .raw();
    this.#add = connection.change("INSERT INTO chunk(content, idx, id) VALUES(?, ?, ?)");
    this.#replace = connection.change("UPDATE chunk SET id = ? WHERE content = ? AND idx = ?");
    this.#remove = connection.change("DELETE FROM chunk WHERE content = ? AND idx >= ?");
    this.#map = connection.change("INSERT INTO chunk SELECT ?, idx, id FROM chunk WHERE content = ?");
    this.#others = connection.query<[number], number>("SELECT others FROM shared WHERE id = ?").pluck();
    this.#share = connection.change(
      `INSERT INTO shared SELECT id, 1 FROM chunk WHERE content = ?
         ON CONFLICT(id) DO UPDATE SET others = others + 1`,
    );
    this.#unshare = connection.change("UPDATE shared SET others = others - 1 WHERE id = ?");
    this.#forgetShared = connection.change("DELETE FROM shared WHERE id = ? AND others = 0");
    this.#blocks = connection
      .query<[number, number], BlockRow>("SELECT id, data FROM block WHERE id >= ? AND id < ?")
      .raw();
    const base = `(SELECT id FROM chunk WHERE content = ? AND idx = ?) * ${CHUNK_BLOCKS}`;
    this.#blocksOfChunk = connection
      .query<[number, number, number, number, number, number], BlockRow>(
        `SELECT id % ${CHUNK_BLOCKS}, data FROM block WHERE id >= ${base} + ? AND id < ${base} + ?`,
      )
      .raw();
    this.#block = connection.query(
      `SELECT size, atimeMs, mtimeMs, ctimeMs, (SELECT data FROM block WHERE id =
         (SELECT chunk.id FROM chunk WHERE chunk.content = inode.content AND idx = ?) * ${CHUNK_BLOCKS} + ?) AS data
         FROM inode WHERE id = ?`,
    );
    this.#put = connection.change(
      "INSERT INTO block(id, data) VALUES(?, ?) ON CONFLICT(id) DO UPDATE SET data = excluded.data",
    );
    this.#copyBlocks = connection.change(
      "INSERT INTO block SELECT id + ?, data FROM block WHERE id >= ? AND id < ?",
    );
    this.#removeBlocks = connection.change("DELETE FROM block WHERE id >= ? AND id < ?");
  }

  /** Calls `found` for each block from the `first` to before the `end` that was ever written, with its number. */
  read(
    content: number,
    first: number,
    end: number,
    found: (block: number, data: Buffer<ArrayBuffer>) => void,
  ): void {
    const chunk = chunkOf(first);
    if (chunk === chunkOf(end - 1)) {
      const start = chunk * CHUNK_BLOCKS;
      const rows = this.#blocksOfChunk.all(content, chunk, first - start, content, chunk, end - start);
      for (const [block, data] of rows) found(start + block, data);
      return;
    }
    const chunks = this.#range.all(content, chunk, chunkOf(end - 1));
    for (const [idx, id] of chunks) {
      const start = idx * CHUNK_BLOCKS;
      const from = Math.max(first - start, 0);
      const to = Math.min(end - start, CHUNK_BLOCKS);
      const base = id * CHUNK_BLOCKS;
      for (const [block, data] of this.#blocks.all(base + from, base + to)) found(start + block - base, data);
    }
  }

  /** A block of a file, and what of its inode a reader must know: needs no transaction. */
  peek(ino: number, block: number): Peeked | undefined {
    return this.#block.get(chunkOf(block), block % CHUNK_BLOCKS, ino);
  }

  /** Opens a content for writing. */
  writer(content: number): BlockWriter {
    let idx = -1;
    let base = 0;
    return (block, data) => {
      if (chunkOf(block) !== idx) {
        idx = chunkOf(block);
        base = this.#own(content, idx) * CHUNK_BLOCKS;
      }
      this.#put(base + (block % CHUNK_BLOCKS), data);
    };
  }

  /** Takes away every block from the `first` on. */
  cut(content: number, first: number): void {
    const idx = chunkOf(first);
    const part = first % CHUNK_BLOCKS;
    if (part > 0 && this.#find.get(content, idx) !== undefined) {
      const base = this.#own(content, idx) * CHUNK_BLOCKS;
      this.#removeBlocks(base + part, base + CHUNK_BLOCKS);
    }
    const gone = part > 0 ? idx + 1 : idx;
    for (const [, id] of this.#range.all(content, gone, Number.MAX_SAFE_INTEGER)) this.#release(id);
    this.#remove(content, gone);
  }

  /** A new content with the same blocks, for one row a chunk. */
  share(content: number): number {
    const copy = this.#tally.number();
    this.#share(content);
    this.#map(copy, content);
    return copy;
  }

  /** A chunk of this content alone. */
  #own(content: number, idx: number): number {
    const found = this.#find.get(content, idx);
    if (found !== undefined && this.#others.get(found) === undefined) return found;
    const id = this.#tally.number();
    if (found === undefined) {
      this.#add(content, idx, id);
    } else {
      const base = found * CHUNK_BLOCKS;
      this.#copyBlocks(id * CHUNK_BLOCKS - base, base, base + CHUNK_BLOCKS);
      this.#replace(id, content, idx);
      this.#release(found);
    }
    return id;
  }

  /** One content less has this chunk. */
  #release(id: number): void {
    if (this.#unshare(id) > 0) this.#forgetShared(id);
    else this.#removeBlocks(id * CHUNK_BLOCKS, (id + 1) * CHUNK_BLOCKS);
  }
}

/** Writes one block of a content: the whole of it. */
export type BlockWriter = (block: number, data: Uint8Array) => void;

function chunkOf(block: number): number {
  return Math.floor(block / CHUNK_BLOCKS);
}

/** The block that a byte lies in. */
export function blockOf(offset: number): number {
  return Math.floor(offset / BLOCK_BYTES);
}
