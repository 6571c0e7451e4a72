import { inherit, timeOfChange, type Context, type FileType } from "@vfs/core";
import { Inode, newState, type InodeState } from "./inode.ts";
import type { Record } from "./record.ts";
import type { Tree } from "./tree.ts";

/** A change that is put together: nothing of it is so before it is in the journal, and then all of it is. */
export class Draft {
  readonly nowMs: number = Date.now();
  readonly #tree: Tree;
  readonly #states = new Map<Inode, InodeState>();
  readonly #rest: Record[] = [];
  /** All inodes that it was about. */
  readonly inodes: Set<Inode> = new Set<Inode>();
  /** Inodes that are gone when this is done. */
  readonly dropped: Inode[] = [];
  /** Contents that nothing refers to when this is done. */
  readonly unneeded: number[] = [];
  durable = false;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** What an inode is to be. */
  edit(inode: Inode): InodeState {
    let state = this.#states.get(inode);
    if (state !== undefined) return state;
    this.#states.set(inode, (state = { ...inode.state }));
    this.inodes.add(inode);
    return state;
  }

  /** Something new in a directory; it has no name yet. */
  create(type: FileType, parent: Inode, mode: number, ctx: Context, target?: string): Inode {
    const { mode: bits = 0o755, uid = 0, gid = 0 } = this.edit(parent);
    const owned = inherit(ctx.identity, { mode: bits, uid, gid }, mode, type === "directory");
    const inode = new Inode(newState(this.#tree.ownNumber(), type, this.nowMs, owned, target));
    this.#tree.add(inode);
    this.edit(inode);
    return inode;
  }

  /** Gives an inode a name. */
  enter(parent: Inode, name: string, inode: Inode): void {
    const over = parent.entries?.get(name)?.over ?? false;
    this.#rest.push({ entry: { in: parent.state.ino, name, to: inode.state.ino, over } });
    const state = this.edit(inode);
    if (state.type === "directory") this.#count(parent, 1);
    else state.nlink = (state.nlink ?? 0) + 1;
    state.ctimeMs = this.nowMs;
    this.touch(parent);
  }

  /** Puts what the lower has under a name into the tree, as it is. */
  attach(parent: Inode, name: string, inode: Inode): void {
    this.edit(inode);
    this.#rest.push({ entry: { in: parent.state.ino, name, to: inode.state.ino, over: true } });
  }

  /** Makes a name that shows what the lower has elsewhere one of the directory itself. */
  own(parent: Inode, name: string, inode: Inode): void {
    this.#rest.push({ entry: { in: parent.state.ino, name, to: inode.state.ino, over: false } });
  }

  /** Takes a name away. @param over The lower has the name too. */
  leave(parent: Inode, name: string, type: FileType, over: boolean): void {
    // A lower that is being written may have each name by now.
    const hides = over || (this.#tree.committing && this.edit(parent).lower !== undefined);
    const entry = { in: parent.state.ino, name };
    this.#rest.push({ entry: hides ? { ...entry, to: null, over: true } : { ...entry, gone: true } });
    if (type === "directory") this.#count(parent, -1);
    this.touch(parent);
  }

  /** Gives an inode another name. @param over Whether the lower has the old name too. @param overTo The new one. */
  move(
    from: Inode,
    name: string,
    over: boolean,
    to: Inode,
    newName: string,
    overTo: boolean,
    inode: Inode,
  ): void {
    this.leave(from, name, inode.state.type, over);
    this.#rest.push({ entry: { in: to.state.ino, name: newName, to: inode.state.ino, over: overTo } });
    if (inode.state.type === "directory") this.#count(to, 1);
    this.edit(inode).ctimeMs = this.nowMs;
    this.touch(to);
  }

  /** Notes that an inode has one name less: with the last one it is gone. */
  unlink(inode: Inode): void {
    const state = this.edit(inode);
    state.nlink = state.type === "directory" ? 0 : (state.nlink ?? 1) - 1;
    state.ctimeMs = this.nowMs;
    if (state.nlink > 0) return;
    this.#rest.push({ drop: state.ino });
    this.dropped.push(inode);
  }

  /** Notes that a directory has changed. */
  touch(directory: Inode): void {
    const state = this.edit(directory);
    state.mtimeMs = timeOfChange(state.mtimeMs ?? 0, this.nowMs);
    state.ctimeMs = state.mtimeMs;
  }

  /** An inode has another content from now on. */
  replaceContent(inode: Inode, content: number): void {
    const state = this.edit(inode);
    if (state.content !== undefined) this.unneeded.push(state.content);
    state.content = content;
    state.source = undefined;
    state.mtimeMs = undefined;
    state.mtimeOf = undefined;
  }

  push(record: Record): void {
    this.#rest.push(record);
  }

  /** What is to be written down so far; the draft then begins anew. */
  take(): Record[] {
    const records: Record[] = [];
    for (const [inode, state] of this.#states) {
      // What is open and has no name is nobody else's affair, and does not outlive this program.
      if (!inode.attached && state.nlink === 0) inode.state = state;
      else records.push({ inode: state });
    }
    this.#states.clear();
    return [...records, ...this.#rest.splice(0)];
  }

  /** How many directories are in a directory shows in its links, where the store counts them: 1 is no count. */
  #count(parent: Inode, change: 1 | -1): void {
    const state = this.edit(parent);
    if (state.nlink !== undefined && state.nlink > 1) state.nlink += change;
  }
}
