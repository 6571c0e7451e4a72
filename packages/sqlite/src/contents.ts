import { timeOfChange } from "@vfs/core";
import { blockOf, type Chunks } from "./chunks.ts";
import { overlay } from "./content-reader.ts";
import { SCRATCH, type Inode, type Inodes } from "./inodes.ts";
import type { Past } from "./past.ts";
import { BLOCK_BYTES } from "./schema.ts";
import type { Tally } from "./tally.ts";

/** What becomes of a content: `data` at `at`, within `size` bytes. */
interface Edit {
  readonly data: Uint8Array;
  readonly at: number;
  readonly size: number;
}

/** Changes the bytes of files, and gives back their room. What snapshots have of them stays. */
export class Contents {
  readonly #inodes: Inodes;
  readonly #chunks: Chunks;
  readonly #tally: Tally;
  readonly #past: Past;

  constructor(inodes: Inodes, chunks: Chunks, tally: Tally, past: Past) {
    this.#inodes = inodes;
    this.#chunks = chunks;
    this.#tally = tally;
    this.#past = past;
  }

  /** Puts `data` at `at`; what lies between the end and there becomes zeros. */
  write(inode: Inode, data: Uint8Array, at: number): void {
    if (data.length > 0) this.#change(inode, { data, at, size: Math.max(inode.size, at + data.length) });
  }

  /** Makes the content `data`, and nothing else. */
  assign(inode: Inode, data: Uint8Array): void {
    this.#change(inode, { data, at: 0, size: data.length });
  }

  /** Cuts to `size` bytes, or fills up with zeros. */
  truncate(inode: Inode, size: number): void {
    this.#change(inode, { data: NOTHING, at: 0, size });
  }

  /** The file gets the content of `source`, which has none of its own any more. */
  take(inode: Inode, source: Inode): void {
    this.release(inode);
    this.#changed(inode, source.size, source.content, this.#inodes.tail(source));
  }

  /** A content like this one, which shares its blocks. */
  share({ content }: Inode): number | null {
    return content === null ? null : this.#chunks.share(content);
  }

  /** Gives back the room of a content, unless a snapshot has it. */
  release({ id, content }: Inode): void {
    if (content !== null && !this.#isPast(id, content)) this.#chunks.cut(content, 0);
  }

  /** Whether a snapshot has this content of an inode, so that it must stay as it is. */
  #isPast(id: number, content: number): boolean {
    if (this.#tally.newest === 0) return false;
    this.#past.keepInode(id);
    return this.#past.hasContent(content);
  }

  /** Makes sure that what an edit does to blocks is done to those of the live file alone. */
  #leavePast(inode: Inode, { data, at, size }: Edit): void {
    const { content } = inode;
    const [had, whole] = [blockOf(inode.size), blockOf(size)];
    const inTail = had === whole && (data.length === 0 || blockOf(at) >= whole);
    if (content === null || inTail || !this.#isPast(inode.id, content)) return;
    const isNew = size === 0 || (at === 0 && data.length === size);
    inode.content = isNew ? null : this.#chunks.share(content);
  }

  /** What a new file has when its content is `data`, to be inserted with the inode. */
  fill(inode: Inode, data: Uint8Array): Uint8Array | null {
    inode.version = this.#tally.revise();
    inode.size = data.length;
    if (data.length < BLOCK_BYTES) return data.length === 0 ? null : data;
    inode.content = this.#tally.number();
    return this.#store(inode, { data, at: 0, size: data.length }, 0, NOTHING);
  }

  #change(inode: Inode, edit: Edit): void {
    if (this.#tally.newest > 0) this.#leavePast(inode, edit);
    const before = inode.size;
    const had = blockOf(before);
    const whole = blockOf(edit.size);
    const end = edit.at + edit.data.length;
    // The old tail is needed unless all of it is written over or cut away.
    const start = had * BLOCK_BYTES;
    const kept =
      Math.min(before, edit.size) > start && !(edit.at <= start && end >= Math.min(before, edit.size));
    const tail = kept ? this.#inodes.tail(inode) : NOTHING;
    if (inode.content === null && whole > 0 && (edit.data.length > 0 || tail.length > 0))
      inode.content = this.#tally.number();
    const next = this.#store(inode, edit, had, tail);
    const appended = edit.at === before && before > 0 && next !== null;
    this.#changed(inode, edit.size, whole === 0 ? null : inode.content, appended ? withRoom(next) : next);
  }

  /** Writes the blocks of an edit; answers the new tail. `had` blocks were there, and behind them `tail`. */
  #store(inode: Inode, { data, at, size }: Edit, had: number, tail: Uint8Array): Uint8Array | null {
    const whole = blockOf(size);
    const end = at + data.length;
    // Read before it is cut away.
    const next = this.#piece(inode, whole, size - whole * BLOCK_BYTES, { data, at, size }, had, tail);
    const { content } = inode;
    if (content === null) return next;
    if (whole < had) this.#chunks.cut(content, whole);
    const put = this.#chunks.writer(content);
    const first = blockOf(at);
    // What was the tail is a block now, also where nothing is written over it.
    if (had < whole && tail.length > 0 && (had < first || had * BLOCK_BYTES >= end))
      put(had, this.#piece(inode, had, BLOCK_BYTES, { data, at, size }, had, tail) ?? NOTHING);
    for (let block = first; block < whole && block * BLOCK_BYTES < end; block++)
      put(block, this.#piece(inode, block, BLOCK_BYTES, { data, at, size }, had, tail) ?? NOTHING);
    return next;
  }

  /** The first `length` bytes of a block as they are to be: what was there with `data` over it; null when empty. */
  #piece(
    { content }: Inode,
    block: number,
    length: number,
    { data, at }: Edit,
    had: number,
    tail: Uint8Array,
  ): Uint8Array | null {
    if (length === 0) return null;
    const start = block * BLOCK_BYTES;
    if (at <= start && at + data.length >= start + length)
      return data.subarray(start - at, start - at + length);
    const piece = new Uint8Array(length);
    if (block === had) overlay(piece, 0, tail, 0);
    else if (block < had && content !== null)
      this.#chunks.read(content, block, block + 1, (_, old) => overlay(piece, 0, old, 0));
    overlay(piece, start, data, at);
    return piece;
  }

  #changed(inode: Inode, size: number, content: number | null, tail: Uint8Array | null): void {
    const { nowMs } = this.#tally;
    if (inode.type !== SCRATCH) this.#tally.add(size - inode.size, 0);
    inode.size = size;
    inode.content = content;
    inode.version = this.#tally.revise();
    inode.mtimeMs = timeOfChange(inode.mtimeMs, nowMs);
    inode.ctimeMs = inode.mtimeMs;
    this.#inodes.updateContent(inode, tail !== null && tail.length > 0 ? tail : null);
  }
}

const NOTHING = new Uint8Array(0);

// With this and the inode a page of the database is full; what is longer continues on another page.
const MOST_ROOM_BYTES = 8000;

/**
 * The same tail with zeros behind it, for the next appends: SQLite writes a row of the same length in place, and only
 * those of its pages that have changed (47 us an append of 1 KiB, without room 62).
 */
function withRoom(tail: Uint8Array): Uint8Array {
  const room = Math.min(MOST_ROOM_BYTES, 2 ** Math.ceil(Math.log2(tail.length)));
  if (room <= tail.length) return tail;
  const roomy = new Uint8Array(room);
  roomy.set(tail);
  return roomy;
}
