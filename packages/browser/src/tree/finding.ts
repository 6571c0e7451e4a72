import { nameMatcher, VfsError, type Entry, type FindQuery, type NameMatcher, type Page } from "@vfs/core";
import type { Inode } from "./inode.ts";
import type { Dentry, Names } from "./names.ts";
import { namesOf } from "./lookup.ts";

// So many entries are looked at for one page, so that none takes long.
const LOOKED_AT = 8192;
/** Searches trees by pages, in the order in which names came. */
export class Finder {
  find(directory: Inode, query: FindQuery): Page<Entry> {
    const { cursor, limit = Infinity } = query;
    const way = new Way(directory, cursor === undefined ? [] : parseCursor(cursor));
    const fits = fitting(query);
    const items: Entry[] = [];
    for (let left = LOOKED_AT; left > 0 && items.length < limit; left--) {
      const entry = way.next(query.maxDepth);
      if (entry === undefined) return { items };
      if (!fits(entry)) continue;
      const { node } = entry;
      const name = way.prefix + entry.name;
      items.push(
        query.stat === true ? { name, type: node.type, stat: node.stat() } : { name, type: node.type },
      );
    }
    return { items, cursor: `find-${directory.ino}:${way.place.join(".")}` };
  }
}

function parseCursor(cursor: string): number[] {
  const match = /^find-\d+:(\d+(?:\.\d+)*)$/.exec(cursor);
  if (match?.[1] === undefined)
    throw new VfsError("EINVAL", { hint: "the cursor is none that a search gave" });
  return match[1].split(".").map(Number);
}

function fitting(query: FindQuery): (entry: Dentry) => boolean {
  const { name, type, minBytes = 0, maxBytes = Infinity } = query;
  const { modifiedSinceMs = -Infinity, modifiedBeforeMs = Infinity } = query;
  const called: NameMatcher | undefined = name === undefined ? undefined : nameMatcher(name);
  // The length of a link's text takes work to tell.
  const sized = minBytes > 0 || maxBytes < Infinity;
  return ({ name: own, node }) =>
    (type === undefined || node.type === type) &&
    (called === undefined || called(own)) &&
    node.mtimeMs >= modifiedSinceMs &&
    node.mtimeMs < modifiedBeforeMs &&
    (!sized || (node.size >= minBytes && node.size <= maxBytes));
}

/** A directory that is looked through. */
interface Level {
  readonly names: Names;
  /** The last entry, or one in front of it. */
  last: Dentry | undefined;
  /** In front of the names in it. */
  readonly prefix: string;
  /** Where in it the search is: the order of the last entry. */
  order: number;
}

/** A way through a tree, each directory before what is in it. */
class Way {
  readonly #levels: Level[] = [];
  /** The directory that was come by last, which is still to be gone into. */
  #directory: Inode | undefined;
  /** In front of the name of the last entry. */
  prefix = "";
  #name = "";

  /** @param after The orders of the entries that lead to where it goes on. */
  constructor(top: Inode, after: readonly number[]) {
    let inner: Inode | undefined = top;
    for (const [depth, order] of (after.length === 0 ? [0] : after).entries()) {
      if (inner === undefined) break;
      if (depth > 0) this.prefix += `${this.#name}/`;
      inner = this.#enter(inner, order);
    }
    this.#directory = inner;
  }

  /** The orders of the entries that lead to the last one. */
  get place(): number[] {
    return this.#levels.map(({ order }) => order);
  }

  next(maxDepth = Infinity): Dentry | undefined {
    if (this.#directory !== undefined && this.#levels.length < maxDepth) {
      this.prefix += `${this.#name}/`;
      this.#enter(this.#directory, 0);
    }
    this.#directory = undefined;
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      const value = level.names.after(level.last);
      if (value === undefined) {
        this.#levels.pop();
        continue;
      }
      this.prefix = level.prefix;
      level.last = value;
      level.order = value.order;
      this.#name = value.name;
      if (value.node.type === "directory") this.#directory = value.node;
      return value;
    }
    return undefined;
  }

  /** Looks through a directory behind `passed`; answers the directory that this entry is, if it is one. */
  #enter(directory: Inode, passed: number): Inode | undefined {
    const names = namesOf(directory);
    const last = passed === 0 ? undefined : names.upTo(passed);
    this.#levels.push({ names, last, prefix: this.prefix, order: passed });
    if (last?.order !== passed) return undefined;
    this.#name = last.name;
    return last.node.type === "directory" ? last.node : undefined;
  }
}
