import type { Inode } from "./inode.ts";

/** A name in a directory. A name that is taken away stays gone: a new one of the same text is another entry. */
export class Dentry {
  readonly name: string;
  readonly node: Inode;
  /** Grows with each entry of the whole store: where a listing goes on. */
  readonly order: number;
  /** The path under which it was remembered last, while it is. */
  rememberedAs: string | undefined = undefined;
  /** How many moves of directories there had been when that was made sure of. */
  sureAt = 0;
  /** The neighbours in its directory. One that is gone still knows which was behind it. */
  before: Dentry | undefined = undefined;
  behind: Dentry | undefined = undefined;
  gone = false;

  constructor(name: string, node: Inode, order: number) {
    this.name = name;
    this.node = node;
    this.order = order;
  }
}

// Below this many names that are gone it is not worth while to tidy up.
const FEW = 32;

/**
 * The names in a directory, in the order in which they came: to be looked up, and gone through while others come and go.
 *
 * Nothing is deleted from the Map, and its own order is not used. V8 leaves what is deleted in the chain of its hash, so
 * that a name that comes and goes in a large Map, as a temporary file does, is looked for among all its predecessors:
 * 0.7 us at first, 15 after a thousand times among 5,000 names (Node 26).
 *
 * @see https://github.com/v8/v8/blob/main/src/objects/ordered-hash-table.h
 */
export class Names {
  /** Undefined under a name that is gone. */
  #byName = new Map<string, Dentry | undefined>();
  size = 0;
  first: Dentry | undefined = undefined;
  #last: Dentry | undefined = undefined;

  get(name: string): Dentry | undefined {
    return this.#byName.get(name);
  }

  /** Puts a name that is not there behind the others. Its order must be above theirs. */
  add(entry: Dentry): void {
    this.#byName.set(entry.name, entry);
    this.size++;
    const last = this.#last;
    entry.before = last;
    if (last === undefined) this.first = entry;
    else last.behind = entry;
    this.#last = entry;
  }

  /** Takes away a name that is there. */
  delete(entry: Dentry): void {
    this.#byName.set(entry.name, undefined);
    this.size--;
    const { before, behind } = entry;
    if (before === undefined) this.first = behind;
    else before.behind = behind;
    if (behind === undefined) this.#last = before;
    else behind.before = before;
    entry.before = undefined;
    entry.gone = true;
    if (this.#byName.size > 2 * this.size + FEW) this.#tidyUp();
  }

  /** The one behind `entry`, which may be gone by now with others around it; the first one behind none. */
  after(entry: Dentry | undefined): Dentry | undefined {
    if (entry === undefined) return this.first;
    let next = entry.behind;
    while (next?.gone) next = next.behind;
    return next === undefined && entry.gone ? this.#firstAbove(entry.order) : next;
  }

  /** Among the last ones: those that came since one was the last and went. */
  #firstAbove(order: number): Dentry | undefined {
    let found: Dentry | undefined;
    for (let at = this.#last; at !== undefined && at.order > order; at = at.before) found = at;
    return found;
  }

  #tidyUp(): void {
    this.#byName = new Map();
    for (let at = this.first; at !== undefined; at = at.behind) this.#byName.set(at.name, at);
  }
}
