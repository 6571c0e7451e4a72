import type { VPath } from "@vfs/core";
import { Glimpse } from "../tree/glimpse.ts";
import { Image } from "../tree/image.ts";
import type { Inode } from "../tree/inode.ts";
import { Journal } from "../tree/journal.ts";
import type { Step } from "../tree/records.ts";
import { Tree } from "../tree/tree.ts";
import { Contents } from "./contents.ts";
import type { State, Storage } from "./storage.ts";

/** What is known of a store: the tree, once more than single files are asked for, and what changed and is not written down. */
export class Memory {
  readonly journal: Journal = new Journal();
  readonly tree: Tree;
  readonly contents: Contents;
  /** Inodes that streams write to, whose places are not written down. */
  readonly scratch: Set<Inode> = new Set();
  /** The inodes of open files. */
  readonly open: Map<object, number> = new Map();
  readonly #storage: Storage;
  /** What the store has and nobody has looked at yet. */
  #unread: Unread | undefined;

  /** @param mustStay Whether what has lost its last name may be open elsewhere. */
  constructor(storage: Storage, mustStay: () => boolean) {
    this.#storage = storage;
    this.contents = new Contents(storage);
    this.tree = new Tree(this.journal, { mustStay, gone: (node) => this.contents.drop(node) });
  }

  get isFilled(): boolean {
    return this.#unread === undefined;
  }

  /** Takes what the store has beyond what is known. */
  take(state: State): void {
    if (state.isWhole) {
      this.reset();
      this.#unread = new Unread(state);
    } else {
      this.fill();
      this.#replay(state);
    }
    // Who has files open needs them.
    if (this.open.size > 0) this.fill();
  }

  /** Does a step of others that comes next, in a tree that is filled. */
  follow(step: Step): void {
    this.#replay({ steps: [step] });
  }

  /** Fills the tree with what was taken; answers whether there was anything. */
  fill(): boolean {
    if (this.#unread === undefined) return false;
    const { image, state } = this.#unread;
    this.#replay(state, image);
    this.#unread = undefined;
    for (const ino of this.open.values()) this.tree.reopened(ino);
    return true;
  }

  #replay({ steps }: Pick<State, "steps">, image?: Image): void {
    const replay = this.tree.replay();
    if (image !== undefined) replay.image(image);
    for (const step of steps) replay.step(step);
    const { came, went } = replay.net();
    this.#storage.others(came, went);
    this.contents.lost(replay.went);
  }

  /** A file that can be told without filling the tree. */
  glimpse(path: VPath): Pick<Inode, "pieces" | "bytes"> | undefined {
    return this.#unread?.glimpse?.file(path);
  }

  /** Forgets everything, to be filled anew. */
  reset(): void {
    this.journal.forget();
    this.contents.forget();
    this.contents.allLost();
    this.scratch.clear();
    this.#storage.forget();
    this.tree.clear();
    this.#unread = undefined;
  }

  /** The pieces that are in use. */
  used(): Set<number> {
    const used = new Set<number>();
    for (const { pieces } of this.tree.inodes.values())
      for (const piece of pieces) if (piece !== undefined) used.add(piece.id);
    return this.contents.addHeld(used);
  }
}

/** All that a store has, as it was read. */
class Unread {
  readonly state: State;
  readonly image: Image | undefined;
  #glimpse: Glimpse | undefined;

  constructor(state: State) {
    this.state = state;
    this.image = state.image === undefined ? undefined : new Image(state.image);
  }

  /** What tells single files. A store without an image has few. */
  get glimpse(): Glimpse | undefined {
    if (this.image === undefined) return undefined;
    return (this.#glimpse ??= new Glimpse(this.image, this.state.steps));
  }
}
