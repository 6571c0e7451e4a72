import { VfsError, type Entry, type ListOptions, type Page } from "@vfs/core";
import type { Queries, Query } from "./connection.ts";
import { DIRECTORY, FILE, inodeColumns, toStat, toType, type Inode } from "./inodes.ts";
import type { Child, Names } from "./names.ts";
import { MAIN_BRANCH } from "./schema.ts";
import { LIVE, type State } from "./state.ts";

/** What a page has at the most, so that no call takes long. */
const MOST_ENTRIES = 10_000;

/** How many entries of each directory a recursive listing reads at once. */
const BATCH = 1000;

type From = [directory: number, after: string, limit: number];
type Found = Child & { readonly inode?: Inode };

// Of so many directories it is remembered about how much is in them; then it begins anew.
const REMEMBERED_COUNTS = 65_536;

/** Reads the next `size` entries of a directory. */
interface Reader {
  readonly size: number;
  readonly read: (directory: number, after: string) => readonly Found[];
}

/** Lists directories by pages. A page goes on behind a name, so that names that come and go disturb no other. */
export class Lister {
  readonly #names: Names;
  readonly #last: Query<From, string>;
  readonly #text: Query<[directory: number, after: string], string | null>;
  readonly #textUpTo: Query<[directory: number, after: string, last: string], string | null>;
  readonly #inodes: Query<From, Inode & { readonly name: string }>;
  /** How many entries whole directories had when they were last listed. */
  readonly #counts = new Map<number, number>();

  constructor(connection: Queries, names: Names, state: State = LIVE) {
    const { dentry, inode } = state;
    this.#names = names;
    const range = `FROM ${dentry} WHERE branch = ${MAIN_BRANCH} AND parent = ? AND name > ?`;
    this.#last = connection
      .query<From, string>(`SELECT name ${range} ORDER BY name LIMIT 1 OFFSET ?`)
      .pluck();
    // A name has no slash. One text is made and taken apart in 0.1 us a name, a row each takes 0.25; and twice as long
    // when a subquery counts to the limit, so where a page ends is asked for before. What is no file has nothing
    // between two slashes, type and number, and then its name.
    // What is now comes in order by itself; of what was once, the past comes behind.
    const order = state === LIVE ? "" : " ORDER BY name";
    const text = `SELECT group_concat(iif(type, '/' || type || ino || '/' || name, name), '/'${order}) ${range}`;
    this.#text = connection.query<[number, string], string | null>(text).pluck();
    this.#textUpTo = connection
      .query<[number, string, string], string | null>(`${text} AND name <= ?`)
      .pluck();
    this.#inodes = connection.query(
      `SELECT name, ${inodeColumns(state)} FROM (SELECT name, ino ${range} ORDER BY name LIMIT ?)
         JOIN ${inode} AS inode ON id = ino ORDER BY name`,
    );
  }

  /** In a transaction. */
  list(directory: number, options: ListOptions): Page<Entry> {
    const { cursor, limit = Infinity, recursive = false, stat = false } = options;
    // At least one, for whoever follows the cursor is to get on.
    const most = Math.max(1, Math.min(limit, MOST_ENTRIES));
    const after = cursor === undefined ? [] : parseCursor(cursor);
    if (recursive) return this.#tree(directory, after, most, stat);
    const from = after[0] ?? "";
    const items = stat
      ? this.#withInodes(directory, from, most).map((found) => toEntry(found, found.name))
      : this.#children(directory, from, most, entryOf);
    return items.length < most ? { items } : { items, cursor: toCursor(items.at(-1)?.name ?? "") };
  }

  #children<T>(directory: number, after: string, limit: number, make: Make<T>): T[] {
    // To look where the page ends takes a fifth of the whole. A directory that had half as much at the most need not
    // be asked; should it have grown that fast, the rest is for the next page.
    const isSmall = (this.#counts.get(directory) ?? Infinity) <= limit / 2;
    const last = isSmall ? undefined : this.#last.get(directory, after, limit - 1);
    const text =
      last === undefined ? this.#text.get(directory, after) : this.#textUpTo.get(directory, after, last);
    const found = typeof text === "string" ? takeApart(text, make) : [];
    if (after === "" && last === undefined) this.#remember(directory, found.length);
    return found.length > limit ? found.slice(0, limit) : found;
  }

  #remember(directory: number, count: number): void {
    if (this.#counts.size >= REMEMBERED_COUNTS) this.#counts.clear();
    this.#counts.set(directory, count);
  }

  /** Every entry behind the one that `after` leads to, each directory before what is in it. */
  #tree(top: number, after: readonly string[], limit: number, stat: boolean): Page<Entry> {
    const size = Math.min(limit, BATCH);
    const read = (directory: number, from: string): readonly Found[] =>
      stat ? this.#withInodes(directory, from, size) : this.#children(directory, from, size, childOf);
    const items: Entry[] = [];
    const levels = this.#goOn(top, after, { size, read });
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const found = level.next();
      if (found === undefined) {
        levels.pop();
        continue;
      }
      const name = level.prefix + found.name;
      items.push(toEntry(found, name));
      if (items.length === limit) return { items, cursor: toCursor(name) };
      if (found.type === DIRECTORY) levels.push(new Level({ size, read }, found.ino, `${name}/`, ""));
    }
    return { items };
  }

  /** The directories that a listing is in when it goes on, from the top down, each behind what was given of it. */
  #goOn(top: number, after: readonly string[], reader: Reader): Level[] {
    const levels = [new Level(reader, top, "", after[0] ?? "")];
    let directory = top;
    let prefix = "";
    for (const [depth, name] of after.entries()) {
      const step = this.#names.step(directory, name);
      // What has gone meanwhile, or is another thing now, has nothing more to give.
      if (step?.type !== DIRECTORY) break;
      directory = step.ino;
      prefix += `${name}/`;
      levels.push(new Level(reader, directory, prefix, after[depth + 1] ?? ""));
    }
    return levels;
  }

  #withInodes(directory: number, after: string, limit: number): Found[] {
    return this.#inodes.all(directory, after, limit).map((inode) => ({
      name: inode.name,
      ino: inode.id,
      type: inode.type,
      inode: this.#names.known(inode),
    }));
  }
}

type Make<T> = (name: string, type: number, ino: number) => T;

/** The entries that a text tells of. */
function takeApart<T>(text: string, make: Make<T>): T[] {
  const parts = text.split("/");
  const found: T[] = [];
  for (let i = 0; i < parts.length; i++) {
    const name = parts[i] ?? "";
    if (name !== "") {
      found.push(make(name, FILE, NO_INO));
      continue;
    }
    const step = parts[i + 1] ?? "";
    i += 2;
    found.push(make(parts[i] ?? "", step.charCodeAt(0) - DIGIT_0, Number(step.slice(1))));
  }
  return found;
}

const DIGIT_0 = 48;

/** Nobody asks for the number of a file here. */
const NO_INO = 0;

function entryOf(name: string, type: number): Entry {
  return { name, type: toType(type) };
}

function childOf(name: string, type: number, ino: number): Found {
  return { name, type, ino };
}

/** One directory of a recursive listing, read by parts. */
class Level {
  readonly prefix: string;
  readonly #reader: Reader;
  readonly #directory: number;
  #last: string;
  #part: readonly Found[] = [];
  #next = 0;
  #ended = false;

  constructor(reader: Reader, directory: number, prefix: string, after: string) {
    this.#reader = reader;
    this.#directory = directory;
    this.prefix = prefix;
    this.#last = after;
  }

  /** The next entry, or undefined at the end. */
  next(): Found | undefined {
    if (this.#next === this.#part.length && !this.#ended) {
      this.#part = this.#reader.read(this.#directory, this.#last);
      this.#next = 0;
      this.#ended = this.#part.length < this.#reader.size;
    }
    const found = this.#part[this.#next++];
    if (found !== undefined) this.#last = found.name;
    return found;
  }
}

function toEntry({ type, inode }: Found, name: string): Entry {
  const entry = { name, type: toType(type) };
  return inode === undefined ? entry : { ...entry, stat: toStat(inode) };
}

const CURSOR = "after:";

/** A listing goes on behind this name; in a recursive one a relative path. */
function toCursor(name: string): string {
  return CURSOR + name;
}

function parseCursor(cursor: string): string[] {
  if (!cursor.startsWith(CURSOR) || cursor.includes("\0"))
    throw new VfsError("EINVAL", { hint: "the cursor is none that a listing gave" });
  return cursor.slice(CURSOR.length).split("/");
}
