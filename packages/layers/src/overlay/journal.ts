import {
  isVfsError,
  ROOT,
  VfsError,
  wait,
  type Context,
  type Flow,
  type Provider,
  type VPath,
} from "@vfs/core";
import type { Header, Record } from "./record.ts";
import type { Tree } from "./tree.ts";

const JOURNAL = "/overlay.journal" as VPath;
/** Where the contents lie, each under its number. */
export const CONTENTS: VPath = "/contents" as VPath;

// It is written anew when it is so many times as long as what it says, and not short.
const MOST_WASTE = 4;
const SHORT_BYTES = 64 << 10;

const encoder = new TextEncoder();

/**
 * What the upper says of everything but contents: one line of JSON for each change, added in one step. A line that a crash
 * has cut is none: its change was never acknowledged. Names are data here, not names of the upper: that is why a whiteout
 * can neither collide with a file of a user nor be seen in any listing.
 */
export class Journal {
  readonly #upper: Provider;
  readonly #tree: Tree;
  /** What is in the upper, as far as it has to be known: its length, or the text where the upper cannot append. */
  #bytes = 0;
  #text = "";
  /** How long it was when it was last written anew. */
  #least = 0;
  /** It is not known what the upper has: there is none yet, or its end is cut. */
  #stale = true;
  #prepared = false;

  constructor(upper: Provider, tree: Tree) {
    this.#upper = upper;
    this.#tree = tree;
  }

  /** Brings the tree to where the journal left it. */
  *load(ctx: Context): Flow<void> {
    const text = yield* this.#read(ctx);
    if (text === undefined) return yield* this.#checkEmpty(ctx);
    const lines = text.split("\n");
    // What stands behind the last end of a line was cut.
    this.#stale = lines.pop() !== "";
    const [first = "", ...others] = lines;
    const header = parse(first) as Header;
    if (header.overlay !== 1)
      throw new VfsError("EINVAL", { hint: "the upper was written by another version of this overlay" });
    this.#tree.next = Math.max(this.#tree.next, header.next);
    for (const line of others) for (const record of parse(line) as Record[]) this.#tree.apply(record);
    this.#bytes = this.#least = encoder.encode(text).length;
    if (!this.#stale) this.#text = text;
  }

  /** Adds a change: when this has returned it will be found again. The tree does not have it yet. */
  *add(records: readonly Record[], durable: boolean, ctx: Context): Flow<void> {
    const line = `${JSON.stringify(records)}\n`;
    if (this.#stale) return yield* this.#rewrite(line, durable, ctx);
    const data = encoder.encode(line);
    const wasted = this.#bytes > SHORT_BYTES && this.#bytes > this.#least * MOST_WASTE;
    if (wasted) return yield* this.#rewrite(line, durable, ctx);
    // Whether a line that failed is there is not known: the next one must not stand behind half of it.
    this.#stale = true;
    if (this.#upper.append !== undefined)
      yield* wait(this.#upper.append(JOURNAL, data, { mode: 0o600, durable }, ctx));
    else yield* this.#write(this.#text + line, durable, ctx);
    this.#bytes += data.length;
    this.#stale = false;
  }

  /** Forgets everything, in one step. */
  *clear(ctx: Context): Flow<void> {
    yield* this.#write(this.#header(), true, ctx);
    this.#least = this.#bytes;
    this.#stale = false;
  }

  *#rewrite(line: string, durable: boolean, ctx: Context): Flow<void> {
    yield* this.prepare(ctx);
    let text = this.#header();
    for (const record of this.#tree.records()) text += `${JSON.stringify([record])}\n`;
    this.#stale = true;
    yield* this.#write(text + line, durable, ctx);
    this.#least = this.#bytes;
    this.#stale = false;
  }

  *#write(text: string, durable: boolean, ctx: Context): Flow<void> {
    const data = encoder.encode(text);
    yield* wait(this.#upper.write?.(JOURNAL, data, { mode: 0o600, durable, owned: true }, ctx));
    this.#bytes = data.length;
    if (this.#upper.append === undefined) this.#text = text;
  }

  #header(): string {
    return `${JSON.stringify({ overlay: 1, next: this.#tree.next } satisfies Header)}\n`;
  }

  /** Makes sure that contents can be written. */
  *prepare(ctx: Context): Flow<void> {
    if (this.#prepared) return;
    try {
      yield* wait(this.#upper.mkdir?.(CONTENTS, { mode: 0o700 }, ctx));
    } catch (reason) {
      if (!isVfsError(reason, "EEXIST")) throw reason;
    }
    this.#prepared = true;
  }

  *#read(ctx: Context): Flow<string | undefined> {
    try {
      return new TextDecoder().decode(yield* wait(this.#upper.read(JOURNAL, {}, ctx)));
    } catch (reason) {
      if (isVfsError(reason, "ENOENT")) return undefined;
      throw reason;
    }
  }

  /** A store with files of somebody else in it is none that an overlay may take. */
  *#checkEmpty(ctx: Context): Flow<void> {
    const { items } = yield* wait(this.#upper.list(ROOT, { limit: 2 }, ctx));
    if (items.every(({ name }) => name === CONTENTS.slice(1))) return;
    throw new VfsError("EINVAL", {
      hint: "the upper has files in it that no overlay has put there: give it a store, or a directory, of its own",
    });
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new VfsError("EIO", { cause, hint: "the journal of the overlay's upper is damaged" });
  }
}
