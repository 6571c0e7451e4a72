import { VfsError, type Bytes } from "@vfs/core";
import type { TreeEntry } from "../tree-entry.ts";

/** Keeps bytes as an object and answers their hash. */
export type Keep = (bytes: Bytes) => Promise<string>;
/** Keeps a list of entries or of hashes, as text. */
export type KeepList = (text: string) => Promise<string>;
/** Reads an object of at most so many bytes. */
export type Fetch = (hash: string, most: number) => Promise<Bytes>;

/** More than any list of names or pieces here comes to. */
const MOST_OBJECT_BYTES = 256 << 20;
// A name ends a page one time in 16: a change to one entry of a large directory costs a page, not the directory.
const PAGE_MASK = 15;
const PAGE_MOST = 128;
// A file of up to so many pieces names them itself.
const PIECES_INLINE = 8;
const LIST_MASK = 63;
const LIST_MOST = 512;

/** A directory of several pages: the first name of each, and where it is. */
interface PageTable {
  readonly pages: readonly (readonly [first: string, hash: string])[];
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Keeps the entries of a directory, which are in order; answers where they are. */
export async function keepDirectory(entries: readonly TreeEntry[], keep: KeepList): Promise<string> {
  const pages = split(entries, ({ name }) => (nameHash(name) & PAGE_MASK) === 0, PAGE_MOST);
  const hashes = await Promise.all(pages.map((page) => keep(JSON.stringify(page))));
  if (hashes.length === 1) return hashes[0] as string;
  const table: PageTable = { pages: hashes.map((hash, at) => [pages[at]?.[0]?.name ?? "", hash]) };
  return keep(JSON.stringify(table));
}

export async function readDirectory(hash: string, fetch: Fetch): Promise<readonly TreeEntry[]> {
  const object = await parse(hash, fetch);
  if (Array.isArray(object)) return object as TreeEntry[];
  const pages = await Promise.all(object.pages.map(([, page]) => parse(page, fetch)));
  return pages.flat() as TreeEntry[];
}

/** The page of a directory that would have a name. */
export async function readPage(hash: string, name: string, fetch: Fetch): Promise<readonly TreeEntry[]> {
  const object = await parse(hash, fetch);
  if (Array.isArray(object)) return object as TreeEntry[];
  const page = object.pages.findLast(([first]) => first <= name);
  return page === undefined ? [] : ((await parse(page[1], fetch)) as TreeEntry[]);
}

/** Keeps which pieces a file has, in what an entry tells of it. */
export async function keepContent(
  hashes: readonly string[],
  keep: KeepList,
): Promise<Pick<TreeEntry, "content" | "lists">> {
  if (hashes.length <= PIECES_INLINE) return { content: hashes };
  const lists = split(hashes, (hash) => (parseInt(hash.slice(-2), 16) & LIST_MASK) === 0, LIST_MOST);
  return { content: await Promise.all(lists.map((list) => keep(JSON.stringify(list)))), lists: true };
}

/** The hashes of the pieces of a file. */
export async function* pieceHashes({ content = [], lists }: TreeEntry, fetch: Fetch): AsyncIterable<string> {
  for (const hash of content)
    if (lists === true) yield* (await parse(hash, fetch)) as string[];
    else yield hash;
}

/** The objects that a directory consists of, without those of what is in it. */
export async function pageHashes(hash: string, fetch: Fetch): Promise<string[]> {
  const object = await parse(hash, fetch);
  return Array.isArray(object) ? [hash] : [hash, ...object.pages.map(([, page]) => page)];
}

async function parse(hash: string, fetch: Fetch): Promise<unknown[] | PageTable> {
  const bytes = await fetch(hash, MOST_OBJECT_BYTES);
  try {
    return JSON.parse(decoder.decode(bytes)) as unknown[] | PageTable;
  } catch (cause) {
    throw new VfsError("EIO", { hint: `object ${hash} of the snapshot store is no list of entries`, cause });
  }
}

/** Cuts where an item says so: what is put in or taken out changes one part, or two. There is one part at the least. */
function split<T>(items: readonly T[], ends: (item: T) => boolean, most: number): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  for (const item of items) {
    part.push(item);
    if (part.length < most && !ends(item)) continue;
    parts.push(part);
    part = [];
  }
  if (part.length > 0 || parts.length === 0) parts.push(part);
  return parts;
}

/** FNV-1a over code units. */
function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
