import { VfsError, type Entry, type ListOptions, type Page } from "@vfs/core";
import type { Dentry, Inode } from "./inode.ts";
import { entriesOf } from "./tree.ts";

/** One entry on its way, with where it was found: the orders of the entries that lead to it. */
interface Found {
  readonly entry: Dentry;
  readonly name: string;
  readonly orders: readonly number[];
}

// Listings that are under way and can go on at once; any other goes on by looking for its place.
const HELD_LISTINGS = 16;

/** Lists directories by pages, each entry once, also while names come and go. */
export class Lister {
  readonly #held = new Map<string, Iterator<Found>>();

  list(
    directory: Inode,
    { cursor, limit = Infinity, recursive = false, stat = false }: ListOptions,
  ): Page<Entry> {
    if (cursor === undefined && limit === Infinity && !recursive)
      return { items: wholeDirectory(directory, stat) };
    const walk = this.#goOn(directory, recursive, cursor);
    const items: Entry[] = [];
    let last: Found | undefined;
    for (let step = walk.next(); !step.done; step = walk.next()) {
      last = step.value;
      items.push(toEntry(last.entry, last.name, stat));
      if (items.length >= limit) return { items, cursor: this.#hold(directory, recursive, last, walk) };
    }
    return { items };
  }

  #goOn(directory: Inode, recursive: boolean, cursor: string | undefined): Iterator<Found> {
    if (cursor === undefined) return walkFrom(directory, recursive, []);
    const held = this.#held.get(cursor);
    this.#held.delete(cursor);
    return held ?? walkFrom(directory, recursive, parseCursor(cursor));
  }

  #hold(directory: Inode, recursive: boolean, last: Found, walk: Iterator<Found>): string {
    const cursor = `${recursive ? "tree" : "dir"}-${directory.ino}:${last.orders.join(".")}`;
    this.#held.set(cursor, walk);
    if (this.#held.size > HELD_LISTINGS) {
      const [oldest] = this.#held.keys();
      if (oldest !== undefined) this.#held.delete(oldest);
    }
    return cursor;
  }
}

function wholeDirectory(directory: Inode, stat: boolean): Entry[] {
  const items: Entry[] = [];
  for (const entry of entriesOf(directory).values()) items.push(toEntry(entry, entry.name, stat));
  return items;
}

function toEntry({ node }: Dentry, name: string, stat: boolean): Entry {
  return stat ? { name, type: node.type, stat: node.stat() } : { name, type: node.type };
}

function parseCursor(cursor: string): number[] {
  const match = /^(?:tree|dir)-\d+:(\d+(?:\.\d+)*)$/.exec(cursor);
  if (match?.[1] === undefined)
    throw new VfsError("EINVAL", { hint: "the cursor is none that a listing gave" });
  return match[1].split(".").map(Number);
}

/** Everything behind the place that `after` tells; each directory before what is in it. */
function* walkFrom(
  directory: Inode,
  recursive: boolean,
  after: readonly number[],
  prefix = "",
  orders: readonly number[] = [],
): Generator<Found, void, undefined> {
  const [passed = 0, ...below] = after;
  // A Map goes on with what is added behind, and past what is deleted.
  for (const entry of entriesOf(directory).values()) {
    if (entry.order < passed) continue;
    const name = prefix + entry.name;
    const here = [...orders, entry.order];
    if (entry.order > passed) yield { entry, name, orders: here };
    if (recursive && entry.node.type === "directory")
      yield* walkFrom(entry.node, true, entry.order === passed ? below : [], `${name}/`, here);
  }
}
