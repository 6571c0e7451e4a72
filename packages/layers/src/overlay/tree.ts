import { isWithin, joinPath, linkMet, ROOT, VfsError, type Stat, type VPath } from "@vfs/core";
import { Inode, stateOf, type Dentry, type InodeState } from "./inode.ts";
import type { EntryRecord, Record } from "./record.ts";

/** What nobody has touched: the lower has it, or has nothing, at `lower`. */
export interface Untouched {
  readonly lower: VPath;
  /** The last directory on the way that was touched, and what shows through it. */
  readonly base: VPath;
  readonly baseLower: VPath;
}

/** What a path leads to, as far as that is known without the lower. */
export type Walked = Inode | Untouched | undefined;

// Numbers of what the lower does not have are above any that a filesystem gives out, and still exact.
const OWN_NUMBERS = 2 ** 52;
// Paths that are known to be untouched; then it begins anew.
const REMEMBERED_PATHS = 65_536;

/** Everything in which the overlay differs from the lower. */
export class Tree {
  root!: Inode;
  /** A number above all that were given out: of contents, and of inodes. */
  next = 1;
  /** The lower is being written. */
  committing = false;
  #inodes = new Map<number, Inode>();
  #byLower = new Map<VPath, Inode>();
  #lastOrder = 0;
  /** How many files were touched that have several names in the lower. */
  #linked = 0;
  #remembered = new Set<VPath>();

  constructor() {
    this.reset();
  }

  /** Everything is as the lower has it. */
  reset(): void {
    this.#inodes = new Map();
    this.#byLower = new Map();
    this.#linked = 0;
    this.committing = false;
    this.#remembered = new Set();
    this.root = new Inode(stateOf(ROOT, { type: "directory", size: 0, mtimeMs: 0 }, 0, undefined));
  }

  /** Whether the lower has what is at `path`, and has it there; false as well when that is not known. */
  isDirect(path: VPath): boolean {
    return this.#remembered.has(path);
  }

  /** Notes that `path` is untouched, until something is touched. */
  remember(path: VPath): void {
    if (this.#remembered.size >= REMEMBERED_PATHS) this.#remembered = new Set();
    this.#remembered.add(path);
  }

  /** Whether a file of the lower may be known under another of its names. */
  get hasLinked(): boolean {
    return this.#linked > 0;
  }

  /**
   * Goes along `path` as far as it was touched.
   *
   * @throws LinkMet for a link on the way; VfsError `ENOTDIR`, `ENOENT` when it leads through a file, or through nothing.
   */
  walk(path: VPath): Walked {
    let inode = this.root;
    if (path === ROOT) return inode.attached ? inode : { lower: ROOT, base: ROOT, baseLower: ROOT };
    for (let at = 0; ;) {
      const end = path.indexOf("/", at + 1);
      const name = path.slice(at + 1, end < 0 ? undefined : end);
      const entry = inode.entries?.get(name);
      const { lower } = inode.state;
      if (entry === undefined && lower !== undefined)
        return {
          lower: joinPath(lower, path.slice(at + 1)),
          base: (at === 0 ? ROOT : path.slice(0, at)) as VPath,
          baseLower: lower,
        };
      if (entry?.inode === undefined) {
        if (end < 0) return undefined;
        throw new VfsError("ENOENT");
      }
      inode = entry.inode;
      if (end < 0) return inode;
      const { type, target = "" } = inode.state;
      if (type === "symlink") throw linkMet(path, path.slice(0, end) as VPath, target);
      if (type !== "directory") throw new VfsError("ENOTDIR");
      at = end;
    }
  }

  /** What was touched or is open of what the lower has there. */
  find(lower: VPath, { ino, nlink, type }: Stat): Inode | undefined {
    const own = this.#byLower.get(lower);
    if (own !== undefined || ino === undefined || (nlink ?? 1) < 2 || type === "directory") return own;
    const other = this.#inodes.get(ino);
    return other?.state.type === type ? other : undefined;
  }

  /** What was touched or is open at a path of the lower, if that is known without looking. */
  findOpen(lower: VPath): Inode | undefined {
    return this.#byLower.get(lower);
  }

  /** All that is open, or was touched, at or below a path of the lower. */
  *within(lower: VPath): Generator<Inode, void, undefined> {
    for (const [path, inode] of this.#byLower) if (isWithin(path, lower)) yield inode;
  }

  /** Lets an inode stand for something of the lower. It is not in the tree yet. */
  adopt(lower: VPath, stat: Stat, target: string | undefined): Inode {
    const known = this.find(lower, stat);
    if (known !== undefined) return known;
    // Another file may have the number: of a store that shows several devices.
    const free = stat.ino !== undefined && !this.#inodes.has(stat.ino) ? stat.ino : this.ownNumber();
    const state = stateOf(lower, stat, free, target);
    const inode = lower === ROOT ? this.root : new Inode(state);
    inode.state = state;
    this.#byLower.set(lower, inode);
    this.#inodes.set(free, inode);
    return inode;
  }

  /** Makes room for something new. It is not in the tree yet. */
  add(inode: Inode): void {
    this.#inodes.set(inode.state.ino, inode);
  }

  /** Gives up an inode that is not in the tree. */
  forget(inode: Inode): void {
    const { ino, lower } = inode.state;
    if (this.#inodes.get(ino) === inode) this.#inodes.delete(ino);
    if (lower !== undefined && this.#byLower.get(lower) === inode) this.#byLower.delete(lower);
  }

  /** All files that somebody has open, and that have a name. */
  open(): Inode[] {
    return [...this.#inodes.values()].filter(({ opens }) => opens > 0);
  }

  /** Lets an open file stand for one of the lower again. */
  stand(lower: VPath, inode: Inode, stat: Stat): void {
    inode.state = stateOf(lower, stat, inode.state.ino, undefined);
    inode.attached = false;
    inode.contentChanged();
    this.#inodes.set(inode.state.ino, inode);
    this.#byLower.set(lower, inode);
  }

  /** A number for something new. */
  ownNumber(): number {
    return OWN_NUMBERS + this.next++;
  }

  /** Does what a record says. */
  apply(record: Record): void {
    this.#remembered = new Set();
    if ("inode" in record) this.#put(record.inode);
    else if ("entry" in record) this.#enter(record.entry);
    else if ("drop" in record) this.#drop(record.drop);
    else this.committing = true;
  }

  /** All records that make the tree what it is. */
  *records(): Generator<Record, void, undefined> {
    if (this.committing) yield { committing: true };
    const attached = [...this.#inodes.values()].filter((inode) => inode.attached);
    for (const { state } of attached) yield { inode: state };
    for (const { state, entries } of attached)
      for (const { name, inode, over } of entries?.values() ?? [])
        yield { entry: { in: state.ino, name, to: inode === undefined ? null : inode.state.ino, over } };
  }

  /** The contents that the tree needs. */
  contents(): Set<number> {
    const needed = new Set<number>();
    for (const { state } of this.#inodes.values()) if (state.content !== undefined) needed.add(state.content);
    return needed;
  }

  #put(state: InodeState): void {
    const { ino, lower, content = 0 } = state;
    this.next = Math.max(this.next, content + 1, ino >= OWN_NUMBERS ? ino - OWN_NUMBERS + 1 : 0);
    const inode = lower === ROOT ? this.root : (this.#inodes.get(ino) ?? new Inode(state));
    inode.state = state;
    this.#inodes.set(ino, inode);
    if (lower !== undefined) this.#byLower.set(lower, inode);
    if (!inode.attached && state.linked) this.#linked++;
    inode.attached = true;
  }

  #enter({ in: directory, name, to = null, over = false, gone }: EntryRecord): void {
    const entries = this.#inodes.get(directory)?.entries;
    // Of a directory that the same change takes away.
    if (entries === undefined) return;
    if (gone) {
      entries.delete(name);
      return;
    }
    const inode = to === null ? undefined : this.#inodes.get(to);
    const before = entries.get(name);
    const order = before?.inode === undefined || inode === undefined ? ++this.#lastOrder : before.order;
    // A new name comes last, also where it replaces a whiteout.
    if (before !== undefined && order !== before.order) entries.delete(name);
    const entry: Dentry = { name, inode, over, order };
    entries.set(name, entry);
  }

  #drop(ino: number): void {
    const inode = this.#inodes.get(ino);
    if (inode === undefined) return;
    const { state } = inode;
    inode.state = { ...state, nlink: 0 };
    if (inode.attached && state.linked) this.#linked--;
    inode.attached = false;
    this.forget(inode);
  }
}
