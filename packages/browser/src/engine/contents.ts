import { VfsError, type VPath } from "@vfs/core";
import type { Inode } from "../tree/inode.ts";
import { NO_PIECES, type Piece, type Pieces } from "../tree/piece.ts";
import type { Commit, Edit, Part, Storage } from "./storage.ts";

// More than this does not fit into one array.
const MOST_BYTES_AT_ONCE = 2 ** 32;

/** Parts of a content that are to be read. */
export interface Reading {
  readonly parts: readonly Part[];
  readonly length: number;
}

/** Something to be read of one file, by where its bytes lie. */
export interface Early {
  readonly path: VPath;
  readonly plan: (file: Pick<Inode, "pieces" | "bytes">) => Reading;
}

/** A content as it was at some moment, kept from being changed. */
export interface Pinned {
  readonly pieces: Pieces;
  readonly bytes: number;
  /** Others have written over it. */
  lost: boolean;
  release(): void;
}

/** The bytes of files: what is to be done to them is gathered, to be written down with the next step. */
export class Contents {
  readonly #storage: Storage;
  #edits: Edit[] = [];
  #dropped: Piece[] = [];
  /** Contents that somebody reads piece by piece. */
  readonly #pins = new Set<Pinned>();
  /** By the id of a piece: how many of them have it. */
  readonly #pinned = new Map<number, number>();
  /** Pinned pieces that no file has any more. */
  readonly #held = new Map<number, Piece>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get isEmpty(): boolean {
    return this.#edits.length === 0 && this.#dropped.length === 0;
  }

  get hasEdits(): boolean {
    return this.#edits.length > 0;
  }

  /** Whether there are pieces that only readers have. */
  get holds(): boolean {
    return this.#held.size > 0;
  }

  addHeld(used: Set<number>): Set<number> {
    for (const id of this.#held.keys()) used.add(id);
    return used;
  }

  take(): Pick<Commit, "edits" | "dropped"> {
    const taken = { edits: this.#edits, dropped: this.#dropped };
    this.forget();
    return taken;
  }

  forget(): void {
    this.#edits = [];
    this.#dropped = [];
  }

  /** The whole content anew, in new places: what was there stays until the step is done. */
  assign(node: Inode, data: Uint8Array<ArrayBuffer>): void {
    this.drop(node);
    const { pieceBytes } = this.#storage;
    const pieces: Piece[] = [];
    for (let at = 0; at < data.length; at += pieceBytes) {
      const bytes = data.length <= pieceBytes ? data : data.subarray(at, at + pieceBytes);
      const piece = this.#storage.allocate(bytes.length);
      this.#edits.push({ kind: "write", piece, at: 0, bytes });
      pieces.push(piece);
    }
    node.pieces = pieces;
    node.bytes = data.length;
  }

  /** Gives a file the content of an inode that has no name. */
  move(from: Inode, to: Inode): void {
    this.drop(to);
    to.pieces = from.pieces;
    to.bytes = from.bytes;
    from.pieces = NO_PIECES;
    from.bytes = 0;
  }

  /** The whole content of another file, which is copied where the store lies. */
  copy(from: Inode, to: Inode): void {
    this.drop(to);
    const { pieceBytes } = this.#storage;
    to.pieces = from.pieces.map((piece, index) => {
      if (piece === undefined) return undefined;
      const length = Math.min(piece.room, pieceBytes, from.bytes - index * pieceBytes);
      const copy = this.#storage.allocate(length);
      this.#edits.push({ kind: "copy", piece: copy, from: piece, length });
      return copy;
    });
    to.bytes = from.bytes;
  }

  /** Puts `data` at `offset`; what lies between the end and there becomes zeros. */
  write(node: Inode, data: Uint8Array<ArrayBuffer>, offset: number): void {
    if (data.length === 0) return;
    if (offset > node.bytes) this.#fill(node, offset);
    const { pieceBytes } = this.#storage;
    const pieces = [...node.pieces];
    for (let done = 0; done < data.length;) {
      const index = Math.floor((offset + done) / pieceBytes);
      const at = (offset + done) % pieceBytes;
      const bytes = data.subarray(done, done + pieceBytes - at);
      const has = Math.min(pieceBytes, Math.max(0, node.bytes - index * pieceBytes));
      const piece = this.#writable(pieces[index], has, at, at + bytes.length);
      this.#edits.push({ kind: "write", piece, at, bytes });
      while (pieces.length < index) pieces.push(undefined);
      pieces[index] = piece;
      done += bytes.length;
    }
    node.pieces = pieces;
    node.bytes = Math.max(node.bytes, offset + data.length);
  }

  /** Cuts to `size` bytes, or fills up with zeros. */
  truncate(node: Inode, size: number): void {
    if (size > node.bytes) this.#fill(node, size);
    else this.#cut(node, size);
    node.bytes = size;
  }

  /** Gives up all that a file has. */
  drop(node: Inode): void {
    for (const piece of node.pieces) if (piece !== undefined) this.#give(piece);
    node.pieces = NO_PIECES;
    node.bytes = 0;
  }

  /** What must be read for a part of some content. */
  reading({ pieces, bytes }: Pick<Inode, "pieces" | "bytes">, offset: number, length: number): Reading {
    const count = Math.max(0, Math.min(length, bytes - offset));
    if (count >= MOST_BYTES_AT_ONCE)
      throw new VfsError("EFBIG", { hint: "too large for one array: read it by ranges, or with readStream" });
    const { pieceBytes } = this.#storage;
    const parts: Part[] = [];
    for (let done = 0; done < count;) {
      const index = Math.floor((offset + done) / pieceBytes);
      const from = (offset + done) % pieceBytes;
      const wanted = Math.min(count - done, pieceBytes - from);
      const piece = pieces[index];
      // What was never written is zeros.
      if (piece !== undefined) parts.push({ piece, from, length: wanted, at: done });
      done += wanted;
    }
    return { parts, length: count };
  }

  /** Keeps a content as it is until it is released. */
  pin({ pieces, bytes }: Inode): Pinned {
    const pinned: Pinned = { pieces, bytes, lost: false, release: () => this.#unpin(pinned) };
    this.#pins.add(pinned);
    for (const piece of pieces)
      if (piece !== undefined) this.#pinned.set(piece.id, (this.#pinned.get(piece.id) ?? 0) + 1);
    return pinned;
  }

  /** Others have given up pieces, and may have written over them. */
  lost(went: readonly Piece[]): void {
    if (this.#pins.size === 0) return;
    const gone = new Set(went.map(({ id }) => id));
    for (const pin of this.#pins)
      if (pin.pieces.some((piece) => piece !== undefined && gone.has(piece.id))) pin.lost = true;
  }

  /** All that is pinned may be gone. */
  allLost(): void {
    for (const pin of this.#pins) pin.lost = true;
    this.#held.clear();
  }

  #unpin(pinned: Pinned): void {
    if (!this.#pins.delete(pinned)) return;
    for (const piece of pinned.pieces) {
      if (piece === undefined) continue;
      const left = (this.#pinned.get(piece.id) ?? 1) - 1;
      if (left > 0) {
        this.#pinned.set(piece.id, left);
        continue;
      }
      this.#pinned.delete(piece.id);
      if (!this.#held.delete(piece.id)) continue;
      this.#dropped.push(piece);
    }
  }

  #give(piece: Piece): void {
    if (this.#pinned.has(piece.id)) this.#held.set(piece.id, piece);
    else this.#dropped.push(piece);
  }

  /** A place for bytes from `at` to `end`, which is not pinned and has what the piece had, of `has` bytes. */
  #writable(piece: Piece | undefined, has: number, at: number, end: number): Piece {
    if (piece !== undefined && piece.room >= end && !this.#pinned.has(piece.id)) return piece;
    const { pieceBytes } = this.#storage;
    const needed = Math.max(end, has);
    if (piece === undefined) {
      const fresh = this.#storage.allocate(has > 0 ? pieceBytes : needed);
      // A hole is zeros, and a place has what was there before.
      this.#zeros(fresh, 0, Math.max(at, 0));
      if (has > end) this.#zeros(fresh, end, has);
      return fresh;
    }
    // Twice as much each time, so that many small appends copy little.
    const larger = this.#storage.allocate(Math.min(pieceBytes, Math.max(needed, piece.room * 2)));
    this.#edits.push({ kind: "copy", piece: larger, from: piece, length: Math.min(has, piece.room) });
    this.#give(piece);
    return larger;
  }

  /** Makes zeros of what lies between the end and `size`, as far as there is a piece. */
  #fill(node: Inode, size: number): void {
    const { pieceBytes } = this.#storage;
    const index = Math.floor(node.bytes / pieceBytes);
    const piece = node.pieces[index];
    if (piece === undefined) return;
    const from = node.bytes % pieceBytes;
    const end = Math.min(pieceBytes, size - index * pieceBytes);
    const pieces = [...node.pieces];
    const whole = this.#writable(piece, from, from, end);
    this.#zeros(whole, from, end);
    pieces[index] = whole;
    node.pieces = pieces;
  }

  #cut(node: Inode, size: number): void {
    const { pieceBytes } = this.#storage;
    const kept = Math.ceil(size / pieceBytes);
    for (const piece of node.pieces.slice(kept)) if (piece !== undefined) this.#give(piece);
    const pieces = node.pieces.slice(0, kept);
    const last = pieces[kept - 1];
    const at = size % pieceBytes;
    if (last !== undefined && at > 0 && !this.#pinned.has(last.id))
      this.#edits.push({ kind: "cut", piece: last, at });
    node.pieces = pieces;
  }

  #zeros(piece: Piece, from: number, end: number): void {
    if (end > from) this.#edits.push({ kind: "write", piece, at: from, bytes: new Uint8Array(end - from) });
  }
}
