import {
  joinPath,
  nameMatcher,
  type Entry,
  type FindQuery,
  type ListOptions,
  type Page,
  type VPath,
} from "@vfs/core";
import { isName } from "../keys.ts";
import { mapOf } from "../pool.ts";
import type { Store } from "../store.ts";
import type { Listed } from "../wire/wire.ts";
import { checkDirectory, fromCursor, maybeLink, PAGE, toCursor, toFile } from "./entries.ts";
import { statOfDirectory } from "./look.ts";

type Signal = AbortSignal | undefined;

/** Lists a whole tree, each directory before what is in it: one request a thousand keys, however deep they lie. */
export function listTree(
  store: Store,
  path: VPath,
  { cursor, limit, stat = false }: ListOptions,
  signal: Signal,
): Promise<Page<Entry>> {
  return treePage(store, path, { cursor, limit, stat, maxDepth: Infinity, fits: () => true }, signal);
}

/** Finds below a directory: names, types and sizes are in the listing, only what fits is looked at for more. */
export function find(store: Store, path: VPath, query: FindQuery, signal: Signal): Promise<Page<Entry>> {
  const { name, type, minBytes = 0, maxBytes = Infinity, maxDepth = Infinity, stat = false } = query;
  const { cursor, limit } = query;
  const called = name === undefined ? undefined : nameMatcher(name);
  const fits = ({ name: found, object }: Found): boolean => {
    const size = object?.size ?? 0;
    if (size < minBytes || size > maxBytes) return false;
    // Whether it is a link is seen later.
    if (type !== undefined && (type === "directory") !== (object === undefined)) return false;
    return called?.(found.slice(found.lastIndexOf("/") + 1)) ?? true;
  };
  return treePage(store, path, { cursor, limit, stat, maxDepth, fits }, signal);
}

/** Something below a directory: one of its own without an object. */
interface Found {
  /** Relative to where the listing began. */
  readonly name: string;
  readonly object: Listed | undefined;
}

/** Where a listing of a tree goes on: behind a key, with the directory that was come by last. */
type Cursor = readonly [after: string, directory: string];

interface Asked {
  readonly cursor: string | undefined;
  readonly limit: number | undefined;
  readonly stat: boolean;
  readonly maxDepth: number;
  readonly fits: (found: Found) => boolean;
}

async function treePage(store: Store, path: VPath, asked: Asked, signal: Signal): Promise<Page<Entry>> {
  const prefix = store.keys.directory(path);
  const { cursor, limit = Infinity, stat } = asked;
  const [after, directory] =
    cursor === undefined ? [undefined, ""] : (fromCursor(cursor) as unknown as Cursor);
  const page = await store.requests.list({
    prefix,
    after,
    limit: Math.min(PAGE, Math.max(1, limit)),
    signal,
  });
  if (cursor === undefined && page.objects.length === 0) await checkDirectory(store, path, signal);
  const walk = new TreeWalk(store, prefix, directory, asked);
  const isFull = !walk.take(page.objects);
  const isMore = isFull || page.token !== undefined;
  const items = await toEntries(store, path, walk.found, stat, signal);
  return { items, cursor: isMore ? toCursor([walk.after ?? after ?? "", walk.directory]) : undefined };
}

/** Makes a tree of keys that come in order: all keys of a directory come in one piece. */
class TreeWalk {
  readonly found: Found[] = [];
  /** Behind this key it goes on. */
  after: string | undefined;
  /** The directory of the key that came last, or of those of its directories that were told. */
  directory: string;
  readonly #store: Store;
  readonly #prefix: string;
  readonly #limit: number;
  readonly #maxDepth: number;
  readonly #fits: Asked["fits"];

  constructor(store: Store, prefix: string, directory: string, { limit = Infinity, maxDepth, fits }: Asked) {
    this.#store = store;
    this.#prefix = prefix;
    this.directory = directory;
    this.#limit = limit;
    this.#maxDepth = maxDepth;
    this.#fits = fits;
  }

  /** Answers false when the page is full before all keys were taken. */
  take(objects: readonly Listed[]): boolean {
    for (const object of objects) {
      const names = this.#namesOf(object.key);
      if (names !== undefined && !this.#takeOne(names, object)) return false;
      this.after = object.key;
      if (names !== undefined && names.length > this.#maxDepth) this.after = this.#behind(names);
    }
    return true;
  }

  /** A key behind everything in a directory that is too deep: what lies there is passed over without being listed. */
  #behind(names: readonly string[]): string {
    return `${this.#prefix}${names.slice(0, this.#maxDepth).join("/")}/\u{10ffff}`;
  }

  #takeOne(names: readonly string[], object: Listed): boolean {
    const isMarker = object.key.endsWith("/");
    const way = isMarker ? names : names.slice(0, -1);
    for (const parent of newParents(this.directory, way.slice(0, this.#maxDepth))) {
      if (!this.#add({ name: parent, object: undefined })) return false;
      this.directory = parent;
    }
    if (isMarker || names.length > this.#maxDepth) return true;
    if (!this.#add({ name: names.join("/"), object })) return false;
    this.directory = way.join("/");
    return true;
  }

  #add(found: Found): boolean {
    if (!this.#fits(found)) return true;
    if (this.found.length >= this.#limit) return false;
    this.found.push(found);
    return true;
  }

  /** The names on the way to a key; undefined when one of them is none. */
  #namesOf(key: string): string[] | undefined {
    const rest = key.slice(this.#prefix.length).replace(/\/$/, "");
    if (key.length === this.#prefix.length) return [];
    const names = rest.split("/");
    if (names.every(isName)) return names;
    this.#store.onForeignKey?.(key);
    return undefined;
  }
}

/** Which of the directories on a way were not on the way before. */
function newParents(before: string, names: readonly string[]): string[] {
  return names
    .map((_, i) => names.slice(0, i + 1).join("/"))
    .filter((parent) => before !== parent && !before.startsWith(`${parent}/`));
}

async function toEntries(
  store: Store,
  path: VPath,
  found: readonly Found[],
  stat: boolean,
  signal: Signal,
): Promise<Entry[]> {
  const directories = new Set(found.flatMap(({ name, object }) => (object === undefined ? [name] : [])));
  const entries = await mapOf(
    found,
    store.concurrency,
    async ({ name, object }): Promise<Entry | undefined> => {
      if (object !== undefined)
        return directories.has(name)
          ? undefined
          : await toFile(store, path, name, maybeLink(object), stat, signal);
      if (!stat) return { name, type: "directory" };
      return { name, type: "directory", stat: await statOfDirectory(store, joinPath(path, name), signal) };
    },
  );
  return entries.filter((entry) => entry !== undefined);
}
