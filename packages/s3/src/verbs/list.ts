import { joinPath, type Entry, type ListOptions, type Page, type VPath } from "@vfs/core";
import { isName } from "../keys.ts";
import { mapOf } from "../pool.ts";
import type { Store } from "../store.ts";
import { checkDirectory, fromCursor, maybeLink, PAGE, toCursor, toFile } from "./entries.ts";
import { listTree } from "./list-tree.ts";
import { statOfDirectory } from "./look.ts";

type Signal = AbortSignal | undefined;

export function list(store: Store, path: VPath, options: ListOptions, signal: Signal): Promise<Page<Entry>> {
  return options.recursive === true
    ? listTree(store, path, options, signal)
    : listOne(store, path, options, signal);
}

/** Where a listing goes on: the token of S3, and files that may turn out to be directories as well. */
type Cursor = readonly [token: string, doubtful: readonly Candidate[]];

/** A file of a listing, with what tells whether it may be a link. */
type Candidate = readonly [name: string, maybeLink: boolean];

async function listOne(
  store: Store,
  path: VPath,
  { cursor, limit = PAGE, stat = false }: ListOptions,
  signal: Signal,
): Promise<Page<Entry>> {
  const prefix = store.keys.directory(path);
  const [token, doubtful] =
    cursor === undefined ? [undefined, []] : (fromCursor(cursor) as unknown as Cursor);
  const most = Math.max(1, Math.min(PAGE, limit - doubtful.length));
  const page = await store.requests.list({ prefix, delimiter: "/", token, limit: most, signal });
  const { objects, prefixes } = page;
  if (cursor === undefined && objects.length === 0 && prefixes.length === 0)
    await checkDirectory(store, path, signal);
  const directories = new Set(namesIn(store, prefix, prefixes));
  const files = objects.flatMap((object): Candidate[] => {
    const name = nameIn(store, prefix, object.key);
    return name === undefined ? [] : [[name, maybeLink(object)]];
  });
  const all = [...doubtful, ...files].filter(([name]) => !directories.has(name));
  // Where the page ends `a` may have been given and `a/` not yet: then it is told with the next page what it is.
  const last = lastOf(prefix, objects.at(-1)?.key, prefixes.at(-1));
  const isDoubtful = ([name]: Candidate): boolean =>
    page.token !== undefined && name <= last && `${name}/` > last;
  const undecided = all.filter(isDoubtful);
  const isCrowded = undecided.length >= limit;
  const decided = isCrowded
    ? await reallyFiles(store, prefix, all, signal)
    : all.filter((one) => !isDoubtful(one));
  const items = await toEntries(store, path, decided, [...directories], stat, signal);
  const next = page.token === undefined ? undefined : toCursor([page.token, isCrowded ? [] : undecided]);
  return { items, cursor: next };
}

function lastOf(prefix: string, key: string = prefix, common: string = prefix): string {
  return (key > common ? key : common).slice(prefix.length);
}

/** The files among candidates that are no directories as well: where there are more than a page may have. */
async function reallyFiles(
  { requests, concurrency }: Store,
  prefix: string,
  candidates: readonly Candidate[],
  signal: Signal,
): Promise<Candidate[]> {
  const found = await mapOf(candidates, concurrency, ([name]) => requests.first(`${prefix}${name}/`, signal));
  return candidates.filter((_, i) => found[i]?.length === 0);
}

function namesIn(store: Store, prefix: string, prefixes: readonly string[]): string[] {
  return prefixes.flatMap((key) => nameIn(store, prefix, key.slice(0, -1)) ?? []);
}

/** The name that a key has in a directory; undefined for its marker, and for what no path can say. */
function nameIn(store: Store, prefix: string, key: string): string | undefined {
  const name = key.slice(prefix.length);
  if (name === "") return undefined;
  if (isName(name)) return name;
  store.onForeignKey?.(key);
  return undefined;
}

async function toEntries(
  store: Store,
  path: VPath,
  files: readonly Candidate[],
  directories: readonly string[],
  stat: boolean,
  signal: Signal,
): Promise<Entry[]> {
  for (const name of directories) store.known.sawDirectory(joinPath(path, name));
  if (directories.length === 0) store.known.sawDirectory(path);
  const entries = await mapOf(files, store.concurrency, ([name, isMaybeLink]) =>
    toFile(store, path, name, isMaybeLink, stat, signal),
  );
  const described = await mapOf(directories, store.concurrency, async (name): Promise<Entry> => {
    if (!stat) return { name, type: "directory" };
    return { name, type: "directory", stat: await statOfDirectory(store, joinPath(path, name), signal) };
  });
  return [...described, ...entries.filter((entry) => entry !== undefined)];
}
