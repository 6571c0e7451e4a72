import { VfsError, type Entry, type ListOptions, type Page } from "@vfs/core";
import type { Inode } from "./inode.ts";
import type { Dentry } from "./names.ts";
import { namesOf } from "./lookup.ts";

// Entries of whole listings that are kept for the next time, before all are given up.
const KEPT_ENTRIES = 65_536;

/** Lists directories, by pages too: each entry once, also while names come and go. */
export class Lister {
  /** The directories whose listing is kept. */
  readonly #kept = new Set<Inode>();
  #keptEntries = 0;

  list(directory: Inode, { cursor, limit = Infinity, stat = false }: ListOptions): Page<Entry> {
    if (cursor === undefined && limit === Infinity) return { items: this.#whole(directory, stat) };
    const names = namesOf(directory);
    const items: Entry[] = [];
    const passed = cursor === undefined ? undefined : names.upTo(parseCursor(cursor));
    for (let entry = names.after(passed); entry !== undefined; entry = names.after(entry)) {
      items.push(toEntry(entry, stat));
      if (items.length >= limit) return { items, cursor: `${directory.ino}:${entry.order}` };
    }
    return { items };
  }

  #whole(directory: Inode, stat: boolean): readonly Entry[] {
    const { listing } = directory;
    if (listing !== undefined && !stat) return listing;
    const items: Entry[] = [];
    for (const entry of namesOf(directory).all()) items.push(toEntry(entry, stat));
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
