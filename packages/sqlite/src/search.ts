import {
  nameMatcher,
  VfsError,
  type Bytes,
  type Entry,
  type FindQuery,
  type Page,
  type Scanned,
  type ScanQuery,
} from "@vfs/core";
import type { Queries, Query } from "./connection.ts";
import type { ContentReader } from "./content-reader.ts";
import { globsOf } from "./globs.ts";
import { DIRECTORY, FILE, inodeColumns, toStat, toType, type Inode } from "./inodes.ts";
import type { Child, Names } from "./names.ts";
import { BLOCK_BYTES, MAIN_BRANCH, TYPES } from "./schema.ts";
import { LIVE, type State } from "./state.ts";

/** What a page has at the most. */
const MOST_ENTRIES = 10_000;

/** So many directories are looked through for one page, so that no call takes long. */
const MOST_DIRECTORIES = 256;

/** How many rows of a directory are read at once; with contents fewer, for each may have a block of them. */
const BATCH = 1000;
const CONTENT_BATCH = 64;

type Value = number | string | Uint8Array;
type StatRow = Child & Inode;
type ContentRow = Child & Pick<Inode, "id" | "size" | "content" | "tail">;

/** Reads the next rows of a directory: its directories, and of the others what fits. */
type Reader<R> = (directory: number, after: string) => R[];

/** A directory that is looked through. */
interface Level<R> {
  readonly directory: number;
  /** In front of the names in it. */
  readonly prefix: string;
  last: string;
  rows: readonly R[];
  next: number;
  ended: boolean;
}

/** Searches trees: what does not fit is left out by SQL, directory by directory. */
export class Search {
  readonly #connection: Queries;
  readonly #names: Names;
  readonly #contents: ContentReader;
  readonly #state: State;
  readonly #statements = new Map<string, Query<Value[], Child>>();

  constructor(connection: Queries, names: Names, contents: ContentReader, state: State = LIVE) {
    this.#connection = connection;
    this.#names = names;
    this.#contents = contents;
    this.#state = state;
  }

  /** In a transaction. */
  find(top: number, query: FindQuery): Page<Entry> {
    const { stat = false, limit = Infinity, maxDepth = Infinity, type, name } = query;
    const most = Math.max(1, Math.min(limit, MOST_ENTRIES));
    const { minBytes = 0, maxBytes = Infinity, modifiedSinceMs, modifiedBeforeMs = Infinity } = query;
    const wanted = type === undefined ? -1 : (TYPES as readonly string[]).indexOf(type);
    const globs = name === undefined ? [] : globsOf([name]);
    const conditions = [
      "(? OR dentry.type = ?)",
      ...glob(globs),
      ...(stat ? ["size BETWEEN ? AND ?", "inode.mtimeMs >= ?", "inode.mtimeMs < ?"] : []),
    ];
    const values: Value[] = [type === undefined ? 1 : 0, wanted, ...globs];
    if (stat) values.push(minBytes, maxBytes, modifiedSinceMs ?? -Infinity, modifiedBeforeMs);
    const read = this.#reader<Child>(stat ? inodeColumns(this.#state) : undefined, conditions, values, BATCH);
    const way = new Way(this.#names, read, BATCH, top, { cursor: query.cursor, maxDepth });
    const fits = finder(query, wanted);
    const items: Entry[] = [];
    for (let row = way.next(); row !== undefined; row = way.next()) {
      if (row.type === DIRECTORY) way.enter(row);
      if (fits(row)) items.push(toEntry(row, way.name, stat));
      if (items.length === most || way.directories > MOST_DIRECTORIES) return { items, cursor: way.cursor };
    }
    return { items };
  }

  /** In a transaction. */
  scan(
    top: number,
    { include, exclude = [], text, wholeBytes, pageBytes, cursor }: ScanQuery,
  ): Page<Scanned> {
    const globs = include === undefined ? [] : globsOf(include);
    const wanted = text === undefined ? undefined : Buffer.from(text);
    const conditions = [
      `dentry.type = ${FILE}`,
      ...glob(globs),
      // Of a file with blocks this says nothing: they lie elsewhere, and the text may lie across two of them.
      ...(wanted === undefined ? [] : [`(size >= ${BLOCK_BYTES} OR instr(tail, ?) > 0)`]),
    ];
    const values = wanted === undefined ? globs : [...globs, wanted];
    const read = this.#reader<ContentRow>("id, size, content, tail", conditions, values, CONTENT_BATCH);
    const way = new Way(this.#names, read, CONTENT_BATCH, top, { cursor });
    const left = exclude.map(nameMatcher);
    const items: Scanned[] = [];
    let bytes = 0;
    for (let row = way.next(); row !== undefined; row = way.next()) {
      const { name, type, size } = row;
      if (left.some((matches) => matches(name))) continue;
      if (type === DIRECTORY) {
        way.enter(row);
      } else if (size > wholeBytes) {
        items.push({ name: way.name, size });
      } else {
        bytes += size;
        const data = this.#contents.slice(row, 0, size);
        if (wanted === undefined || has(data, wanted)) items.push({ name: way.name, size, data });
      }
      if (bytes >= pageBytes || items.length >= MOST_ENTRIES || way.directories > MOST_DIRECTORIES)
        return { items, cursor: way.cursor };
    }
    return { items };
  }

  #reader<R extends Child>(
    columns: string | undefined,
    conditions: readonly string[],
    values: readonly Value[],
    batch: number,
  ): Reader<R> {
    const tables = this.#state;
    // The other way round SQLite would look through all inodes.
    const join = columns === undefined ? "" : `CROSS JOIN ${tables.inode} AS inode ON inode.id = dentry.ino`;
    const inode = columns === undefined ? "" : `, ${columns}`;
    const sql = `SELECT name, ino, dentry.type${inode} FROM ${tables.dentry} AS dentry ${join}
      WHERE branch = ${MAIN_BRANCH} AND parent = ? AND name > ?
        AND (dentry.type = ${DIRECTORY} OR (${conditions.join(" AND ")})) ORDER BY name LIMIT ${batch}`;
    const known = this.#statements.get(sql) ?? this.#connection.query<Value[], Child>(sql);
    this.#statements.set(sql, known);
    return (directory, after) => known.all(directory, after, ...values) as R[];
  }
}

function glob(globs: readonly string[]): string[] {
  return globs.length === 0 ? [] : [`(${globs.map(() => "name GLOB ?").join(" OR ")})`];
}

function toEntry(row: Child, name: string, stat: boolean): Entry {
  const entry = { name, type: toType(row.type) };
  return stat ? { ...entry, stat: toStat(row as StatRow) } : entry;
}

/** What is to be said of directories, which come whether they fit or not. */
function finder({ name, type }: FindQuery, wanted: number): (row: Child) => boolean {
  const called = name === undefined ? undefined : nameMatcher(name);
  return (row) =>
    row.type !== DIRECTORY ||
    ((type === undefined || wanted === DIRECTORY) && (called === undefined || called(row.name)));
}

function has(data: Bytes, text: Uint8Array): boolean {
  return Buffer.from(data.buffer, data.byteOffset, data.length).includes(text);
}

const CURSOR = "after:";

interface From {
  readonly cursor?: string | undefined;
  readonly maxDepth?: number;
}

/** A way through a tree in path order, each directory before what is in it. It goes on behind the path that it came to. */
class Way<R extends Child> {
  /** How many directories were gone into. */
  directories = 0;
  /** The path of the last row, from the top. */
  name = "";
  readonly #read: Reader<R>;
  readonly #batch: number;
  readonly #maxDepth: number;
  readonly #levels: Level<R>[] = [];

  constructor(
    names: Names,
    read: Reader<R>,
    batch: number,
    top: number,
    { cursor, maxDepth = Infinity }: From,
  ) {
    this.#read = read;
    this.#batch = batch;
    this.#maxDepth = maxDepth;
    const after = cursor === undefined ? [] : parseCursor(cursor);
    this.#push(top, "", after[0] ?? "");
    let directory = top;
    let prefix = "";
    for (const [depth, name] of after.entries()) {
      const step = names.step(directory, name);
      // What has gone meanwhile, or is another thing now, has nothing more to give.
      if (step?.type !== DIRECTORY) break;
      directory = step.ino;
      prefix += `${name}/`;
      this.#push(directory, prefix, after[depth + 1] ?? "");
    }
  }

  get cursor(): string {
    return CURSOR + this.name;
  }

  next(): R | undefined {
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      if (level.next === level.rows.length && !level.ended) {
        level.rows = this.#read(level.directory, level.last);
        level.next = 0;
        level.ended = level.rows.length < this.#batch;
      }
      const row = level.rows[level.next++];
      if (row !== undefined) {
        level.last = row.name;
        this.name = level.prefix + row.name;
        return row;
      }
      this.#levels.pop();
    }
    return undefined;
  }

  /** Goes into the directory of the last row. */
  enter({ ino }: R): void {
    this.#push(ino, `${this.name}/`, "");
  }

  #push(directory: number, prefix: string, last: string): void {
    if (this.#levels.length >= this.#maxDepth) return;
    this.directories++;
    this.#levels.push({ directory, prefix, last, rows: [], next: 0, ended: false });
  }
}

function parseCursor(cursor: string): string[] {
  if (!cursor.startsWith(CURSOR) || cursor.includes("\0"))
    throw new VfsError("EINVAL", { hint: "the cursor is none that a search gave" });
  return cursor.slice(CURSOR.length).split("/");
}
