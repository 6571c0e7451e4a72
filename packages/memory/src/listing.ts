import { VfsError, type Entry, type ListOptions, type Page } from "@vfs/core";
import type { Inode } from "./inode.ts";
import type { Dentry, Names } from "./names.ts";
import { namesOf } from "./tree.ts";

// Listings that are under way and can go on at once; any other goes on by looking for its place.
const HELD_LISTINGS = 16;

// Entries of whole listings that are kept for the next time, before all are given up.
const KEPT_ENTRIES = 65_536;

/** Lists directories, by pages too: each entry once, also while names come and go. */
export class Lister {
  /** The last entry of each page that somebody may go on behind, by its cursor. */
  readonly #held = new Map<string, Dentry>();
  /** The directories whose listing is kept. */
  readonly #kept = new Set<Inode>();
  #keptEntries = 0;

  list(directory: Inode, { cursor, limit = Infinity, stat = false }: ListOptions): Page<Entry> {
    if (cursor === undefined && limit === Infinity) return { items: this.#whole(directory, stat) };
    const names = namesOf(directory);
    const items: Entry[] = [];
    for (let entry = this.#goOn(names, cursor); entry !== undefined; entry = names.after(entry)) {
      items.push(toEntry(entry, stat));
      if (items.length >= limit) return { items, cursor: this.#hold(directory, entry) };
    }
    return { items };
  }

  #whole(directory: Inode, stat: boolean): readonly Entry[] {
    const { listing } = directory;
    if (listing !== undefined && !stat) return listing;
    const items: Entry[] = [];
    for (let entry = namesOf(directory).first; entry !== undefined; entry = entry.behind)
      items.push(toEntry(entry, stat));
    if (!stat) this.#keep(directory, items);
    return items;
  }

  #keep(directory: Inode, items: readonly Entry[]): void {
    // One more for the directory itself: empty ones must not be kept without end.
    const weight = items.length + 1;
    if (this.#keptEntries + weight > KEPT_ENTRIES) {
      for (const kept of this.#kept) kept.listing = undefined;
      this.#kept.clear();
      this.#keptEntries = 0;
    }
    if (weight > KEPT_ENTRIES) return;
    directory.listing = items;
    this.#kept.add(directory);
    this.#keptEntries += weight;
  }

  /** The first entry of the page behind `cursor`. */
  #goOn(names: Names, cursor: string | undefined): Dentry | undefined {
    if (cursor === undefined) return names.first;
    const held = this.#held.get(cursor);
    if (held !== undefined) {
      this.#held.delete(cursor);
      return names.after(held);
    }
    const passed = parseCursor(cursor);
    let entry = names.first;
    while (entry !== undefined && entry.order <= passed) entry = entry.behind;
    return entry;
  }

  #hold(directory: Inode, last: Dentry): string {
    const cursor = `${directory.ino}:${last.order}`;
    this.#held.set(cursor, last);
    if (this.#held.size > HELD_LISTINGS) {
      const [oldest] = this.#held.keys();
      if (oldest !== undefined) this.#held.delete(oldest);
    }
    return cursor;
  }
}

function toEntry({ name, node }: Dentry, stat: boolean): Entry {
  return stat ? { name, type: node.type, stat: node.stat() } : { name, type: node.type };
}

function parseCursor(cursor: string): number {
  const match = /^\d+:(\d+)$/.exec(cursor);
  if (match?.[1] === undefined)
    throw new VfsError("EINVAL", { hint: "the cursor is none that a listing gave" });
  return Number(match[1]);
}
