import type { Inode } from "./inode.ts";

/** A name in a directory. A name that is taken away stays gone: a new one of the same text is another entry. */
export class Dentry {
  // What every lookup looks at comes first: it is in one line of the processor's cache.
  readonly node: Inode;
  /** How many moves of directories there had been when it was made sure that it is where it is remembered. */
  sureAt = 0;
  readonly name: string;
  /** Of the name. */
  readonly hash: number;
  /** The path under which it is remembered, if it is. */
  rememberedAs: string | undefined = undefined;
  /** Grows with each entry of the whole store: where a listing goes on. */
  readonly order: number;
  /** Where it is among the names of its directory. */
  position = 0;
  /** Where it is, or was last. */
  directory: Inode | undefined = undefined;

  constructor(name: string, node: Inode, hash: number, order: number) {
    this.name = name;
    this.node = node;
    this.hash = hash;
    this.order = order;
  }
}

// Up to so many are gone through one by one.
const FEW = 8;

type Place = Dentry | null | undefined;

/**
 * The names in a directory: to be looked up, and gone through in the order in which they came while others come and go.
 *
 * No Map, because V8 puts each text that is looked up in one into a table of all texts first (80 to 350 ns for a text that
 * was just cut from a path), and because a name that comes and goes leaves its predecessors in the chain of its hash: 0.7
 * us at first, 15 after a thousand times among 5,000 names (Node 26).
 */
export class Names {
  /** In the order in which they came, with gaps where some went. What is looked at together lies together. */
  #entries: (Dentry | undefined)[] = [];
  /** Of more than a few: each at the place that its hash gives or behind it; null where one went, undefined where none was. */
  #places: Place[] | undefined = undefined;
  /** No entry is in front of this position. */
  #begin = 0;
  size = 0;
  /** The epoch in which the directory was made. */
  readonly born: number;

  constructor(born: number) {
    this.born = born;
  }

  /** The entry whose name is what `text` has from `from` on. */
  find(text: string, from: number, hash: number): Dentry | undefined {
    const places = this.#places;
    if (places === undefined) {
      for (const entry of this.#entries)
        if (entry !== undefined && entry.hash === hash && isRest(text, from, entry.name)) return entry;
      return undefined;
    }
    const mask = places.length - 1;
    for (let place = spread(hash) & mask; ; place = (place + 1) & mask) {
      const entry = places[place];
      if (entry === undefined) return undefined;
      if (entry !== null && entry.hash === hash && isRest(text, from, entry.name)) return entry;
    }
  }

  /** Puts a name that is not there behind the others. Its order must be above theirs. */
  add(entry: Dentry): void {
    entry.position = this.#entries.push(entry) - 1;
    this.size++;
    if (this.#entries.length <= FEW) return;
    if (this.#places === undefined || 2 * this.#entries.length > this.#places.length) this.#arrange();
    else this.#place(this.#places, entry);
  }

  /** Takes away a name that is there. */
  delete(entry: Dentry): void {
    const entries = this.#entries;
    entries[entry.position] = undefined;
    if (this.#places !== undefined) this.#vacate(this.#places, entry);
    this.size--;
    // So that who takes one name after another away from the front does not go over all that are gone each time.
    while (this.#begin < entries.length && entries[this.#begin] === undefined) this.#begin++;
    if (entries.length > 4 * this.size + FEW) this.#arrange();
  }

  /** The one behind `passed`, which is still there; the first one behind nothing. */
  after(passed: Dentry | undefined): Dentry | undefined {
    const entries = this.#entries;
    let at = passed === undefined ? this.#begin : passed.position + 1;
    while (at < entries.length && entries[at] === undefined) at++;
    return entries[at];
  }

  /** The last one whose order is at most `order`. */
  upTo(order: number): Dentry | undefined {
    for (let at = this.#firstAbove(order) - 1; at >= 0; at--)
      if (this.#entries[at] !== undefined) return this.#entries[at];
    return undefined;
  }

  /** All of them, as they are now. */
  all(): Dentry[] {
    return this.#entries.filter((entry) => entry !== undefined);
  }

  /** The position of the first one whose order is above this; gaps are passed by, so that it may be one before. */
  #firstAbove(order: number): number {
    let [low, high] = [this.#begin, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      let at = middle;
      while (at < high && this.#entries[at] === undefined) at++;
      const entry = at < high ? this.#entries[at] : undefined;
      if (entry === undefined || entry.order > order) high = middle;
      else low = at + 1;
    }
    return low;
  }

  /** Closes the gaps, and makes room for as many again. */
  #arrange(): void {
    const all = this.all();
    let position = 0;
    for (const entry of all) entry.position = position++;
    this.#entries = all;
    this.#begin = 0;
    this.#places = all.length > FEW ? this.#placeAll(all) : undefined;
  }

  #placeAll(all: readonly Dentry[]): Place[] {
    let length = 4 * FEW;
    while (length < 4 * all.length) length *= 2;
    // oxlint-disable-next-line unicorn/no-new-array -- `Array.from` takes as long for a place as all else for a name
    const places = new Array<Place>(length).fill(undefined);
    for (const entry of all) this.#place(places, entry);
    return places;
  }

  #place(places: Place[], entry: Dentry): void {
    const mask = places.length - 1;
    let place = spread(entry.hash) & mask;
    while (places[place] !== undefined) place = (place + 1) & mask;
    places[place] = entry;
  }

  #vacate(places: Place[], entry: Dentry): void {
    const mask = places.length - 1;
    let place = spread(entry.hash) & mask;
    while (places[place] !== entry) place = (place + 1) & mask;
    places[place] = null;
  }
}

/** A multiplication leaves the lowest bits to the lowest ones. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}

function isRest(text: string, from: number, name: string): boolean {
  return text.length - from === name.length && text.startsWith(name, from);
}
