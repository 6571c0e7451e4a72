import { VfsError } from "@vfs/core";
import { hashOf } from "./hash.ts";
import type { Image } from "./image.ts";
import type { Inode } from "./inode.ts";
import { namesOf, type Lookup } from "./lookup.ts";
import { Dentry } from "./names.ts";
import type { Piece } from "./piece.ts";
import { assignRecord, fromRecord, type InodeRecord, type NameRecord, type Step } from "./records.ts";
import type { Tree } from "./tree.ts";

/** How the tree is changed. */
export interface Hand {
  put(parent: Inode, entry: Dentry): void;
  take(parent: Inode, entry: Dentry): void;
  grown(bytes: number): void;
  counters(step: Pick<Step, "lastIno" | "lastOrder" | "lastVersion">): void;
}

/** Does steps again in memory that are in the store already. */
export class Replay {
  readonly #tree: Tree;
  readonly #lookup: Lookup;
  readonly #hand: Hand;
  /** Pieces that some inode got, and that one gave up, each time. */
  readonly came: Piece[] = [];
  readonly went: Piece[] = [];

  constructor(tree: Tree, lookup: Lookup, hand: Hand) {
    this.#tree = tree;
    this.#lookup = lookup;
    this.#hand = hand;
  }

  /** Fills a tree that is empty. */
  image(image: Image): void {
    const { inodes } = this.#tree;
    const counters = image.restore(
      {
        inode: (node) => this.#made(node),
        name: (parent, entry) => this.#hand.put(parent, entry),
        need: (ino) => inodes.get(ino) ?? this.#need(ino),
      },
      this.came,
    );
    this.#hand.counters(counters);
  }

  /** The root is there already. */
  #made(node: Inode): void {
    const { root, inodes } = this.#tree;
    if (node.ino === root.ino) Object.assign(root, attributesOf(node));
    else inodes.set(node.ino, node);
  }

  /** The pieces that are in use now and were not before all of this, and the other way round. */
  net(): { readonly came: readonly Piece[]; readonly went: readonly Piece[] } {
    if (this.went.length === 0) return this;
    const went = new Map<number, Piece[]>();
    for (const piece of this.went) went.set(piece.id, [...(went.get(piece.id) ?? []), piece]);
    const came = this.came.filter(({ id, room }) => {
      const same = went.get(id) ?? [];
      const at = same.findIndex((piece) => piece.room === room);
      if (at >= 0) same.splice(at, 1);
      return at < 0;
    });
    return { came, went: [...went.values()].flat() };
  }

  step({ inodes, names, gone, ...counters }: Omit<Step, "revision">): void {
    for (const record of inodes) this.#inode(record);
    for (const record of names) this.#name(record);
    for (const ino of gone) this.#gone(ino);
    this.#hand.counters(counters);
  }

  #inode(record: InodeRecord): void {
    const found = this.#tree.inodes.get(record[0]);
    if (found === undefined) {
      const node = fromRecord(record);
      this.#tree.inodes.set(node.ino, node);
      this.#swap([], node.pieces);
      return;
    }
    const { pieces, bytes } = found;
    assignRecord(found, record);
    if (found.nlink > 0 || found.opens > 0) this.#hand.grown(found.bytes - bytes);
    this.#swap(pieces, found.pieces);
  }

  #name([parentIno, name, ino, order]: NameRecord): void {
    const parent = this.#need(parentIno);
    const hash = hashOf(name, 0);
    if (ino !== 0) return this.#hand.put(parent, new Dentry(name, this.#need(ino), hash, order));
    const entry = namesOf(parent).find(name, 0, hash);
    if (entry === undefined) throw damaged(`no name ${name} in inode ${parentIno}`);
    this.#hand.take(parent, entry);
    if (entry.node.type === "directory") this.#lookup.moved();
  }

  #gone(ino: number): void {
    const node = this.#tree.inodes.get(ino);
    if (node === undefined) return;
    this.#tree.inodes.delete(ino);
    this.#swap(node.pieces, []);
  }

  #need(ino: number): Inode {
    const node = this.#tree.inodes.get(ino);
    if (node === undefined) throw damaged(`no inode ${ino}`);
    return node;
  }

  #swap(before: Inode["pieces"], after: Inode["pieces"]): void {
    if (before.length === 0) {
      for (const piece of after) if (piece !== undefined) this.came.push(piece);
      return;
    }
    const had = new Set(before.map((piece) => piece?.id));
    const has = new Set(after.map((piece) => piece?.id));
    for (const piece of after) if (piece !== undefined && !had.has(piece.id)) this.came.push(piece);
    for (const piece of before) if (piece !== undefined && !has.has(piece.id)) this.went.push(piece);
  }
}

function attributesOf(node: Inode): Partial<Inode> {
  const { mode, uid, gid, atimeMs, mtimeMs, ctimeMs, birthtimeMs, contentType, meta, version } = node;
  return { mode, uid, gid, atimeMs, mtimeMs, ctimeMs, birthtimeMs, contentType, meta, version };
}

function damaged(what: string): VfsError {
  return new VfsError("EIO", { hint: `the store is damaged: ${what}` });
}
