import {
  createVfs,
  VfsError,
  type SnapshotChange,
  type StoreSnapshot,
  type StoreSnapshots,
  type Vfs,
} from "@vfs/core";
import { rootsOf, type Catalog } from "../catalog.ts";
import { compare } from "../diff.ts";
import type { Base } from "../fork.ts";
import type { Damage, Engine, Intake, KeepOptions, State } from "../engine.ts";
import { walk, type Tree, type TreeEntry } from "../tree-entry.ts";
import { ChangedTree } from "./changed-tree.ts";
import { PastTree } from "./past-tree.ts";

export interface NativeEngineOptions {
  /** The Vfs that the tree is in. */
  readonly vfs: Vfs;
  /** The top of the tree, as `vfs` knows it. */
  readonly scope: string;
  /** Where the snapshots themselves are, below the top. */
  readonly leaveOut: string | undefined;
  /** Whether the store of the tree may keep its states now: not what is mounted in it. */
  readonly mayKeep: () => boolean;
  readonly snapshotBytes: number;
  /** Has the catalog, and the trees that come from elsewhere. */
  readonly content: Engine;
}

// A look that was taken so long ago belongs to nobody who lives.
const LOOK_MS = 3_600_000;

/** Lets the store of the tree keep its states by itself, where it can; what it cannot keep is kept by content. */
export class NativeEngine implements Engine {
  readonly #options: NativeEngineOptions;
  readonly #content: Engine;
  readonly #opened = new Map<string, Promise<Opened>>();
  /** How often each state was kept that is in no catalog yet. */
  readonly #held = new Map<string, number>();
  #saved: ReadonlySet<string> = new Set();
  #states: StoreSnapshots | undefined;
  #label: string | undefined;

  constructor(options: NativeEngineOptions) {
    this.#options = options;
    this.#content = options.content;
  }

  exclusive<T>(action: () => Promise<T>): Promise<T> {
    return this.#content.exclusive(action);
  }

  catalog(): Promise<Catalog> {
    return this.#content.catalog();
  }

  async save(catalog: Omit<Catalog, "revision">): Promise<void> {
    const saved = statesOf(catalog);
    const states = catalog.states ?? (saved.size > 0 ? this.#labelOf(catalog) : undefined);
    await this.#content.save({ ...catalog, states });
    for (const id of saved) if (!this.#saved.has(id)) this.#letGo(id);
    this.#saved = saved;
  }

  async keep(options: KeepOptions): Promise<State> {
    const states = await this.#able();
    if (states === undefined) return this.#content.keep(options);
    const { snapshotBytes } = this.#options;
    const catalog = await this.catalog();
    if (snapshotBytes < Infinity && catalog.storedBytes + (await states.retainedBytes()) > snapshotBytes)
      throw new VfsError("EDQUOT", {
        reason: "quota",
        hint: `snapshots retain more than snapshotBytes (${snapshotBytes}) already; delete or prune some`,
      });
    const taken = await states.take(this.#labelOf(catalog));
    this.#held.set(taken.id, (this.#held.get(taken.id) ?? 0) + 1);
    return this.#state(taken, async () => {
      this.#letGo(taken.id);
      if (!this.#isNeeded(await this.catalog(), taken.id)) await this.#drop(states, [taken.id]);
    });
  }

  async look(options: KeepOptions): Promise<State> {
    const states = await this.#able();
    if (states === undefined) return this.#content.look(options);
    const taken = await states.take(lookLabel(this.#labelOf(await this.catalog())));
    return this.#state(taken, () => this.#drop(states, [taken.id]));
  }

  open(root: TreeEntry): Tree {
    return root.state === undefined ? this.#content.open(root) : new KeptTree(root, () => this.#past(root));
  }

  async pair(a: Tree, b: Tree): Promise<readonly [Tree, Tree]> {
    if (!(a instanceof KeptTree) || !(b instanceof KeptTree)) return [await opened(a), await opened(b)];
    const [old, young] = [await a.past(), await b.past()];
    const changes = await this.#changes(old.id, young.id);
    const [before, after] = await Promise.all([ChangedTree.of(old, changes), ChangedTree.of(young, changes)]);
    return before === undefined || after === undefined ? [old, young] : [before, after];
  }

  async isSame(a: TreeEntry, b: TreeEntry): Promise<boolean> {
    if (a.state === undefined && b.state === undefined) return this.#content.isSame(a, b);
    if (a.state === b.state) return true;
    const [before, after] = await this.pair(this.open(a), this.open(b));
    if (before.root.mode !== after.root.mode) return false;
    const found = await compare(before, after, before.root, after.root, "/");
    return Object.values(found).every((list: readonly unknown[]) => list.length === 0);
  }

  async provide(root: TreeEntry): Promise<Base> {
    if (root.state === undefined) return this.#content.provide(root);
    const states = await this.#known();
    const provider = await states.open(root.state);
    return { provider, path: states.base, leaveOut: this.#options.leaveOut };
  }

  async keptBytes(): Promise<number> {
    const states = await this.#able();
    return states === undefined ? 0 : states.retainedBytes();
  }

  async tidy(): Promise<void> {
    const states = await this.#able();
    const catalog = await this.catalog();
    if (states === undefined || catalog.states === undefined) return;
    const label = catalog.states;
    const since = Date.now() - LOOK_MS;
    const goes = (await states.all()).filter(
      (one) =>
        (one.label === label && !this.#isNeeded(catalog, one.id)) ||
        (one.label === lookLabel(label) && one.createdMs < since),
    );
    if (goes.length > 0)
      await this.#drop(
        states,
        goes.map(({ id }) => id),
      );
  }

  intake(): Promise<Intake> {
    return this.#content.intake();
  }

  async sweep(): Promise<{ freedBytes: number; storedBytes: number }> {
    const before = await this.keptBytes();
    await this.tidy();
    const { freedBytes, storedBytes } = await this.#content.sweep();
    return { freedBytes: freedBytes + before - (await this.keptBytes()), storedBytes };
  }

  async verify(root: TreeEntry): ReturnType<Engine["verify"]> {
    if (root.state === undefined) return this.#content.verify(root);
    const tree = await this.#past(root);
    const damages: Damage[] = [];
    let [objects, bytes] = [0, 0];
    for await (const { path, entry } of walk(tree)) {
      objects++;
      if (entry.type !== "file") continue;
      try {
        for await (const part of tree.read(entry)) bytes += part.length;
      } catch (reason) {
        damages.push({ path, message: (reason as Error).message });
      }
    }
    return { objects, bytes, damages };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#opened.keys()].map((id) => this.#forget(id)));
    await this.#content.close();
  }

  #labelOf({ states }: Pick<Catalog, "states">): string {
    return states ?? (this.#label ??= crypto.randomUUID());
  }

  /** The states that the store keeps; undefined where it does not, or has only a part of the tree. */
  async #able(): Promise<StoreSnapshots | undefined> {
    const { vfs, scope, mayKeep } = this.#options;
    const states = await vfs.storeSnapshots(scope);
    this.#states = states ?? this.#states;
    return mayKeep() ? states : undefined;
  }

  /** @throws VfsError `ENOTSUP` where the store cannot be reached as a whole any more. */
  async #known(): Promise<StoreSnapshots> {
    const states = (await this.#able()) ?? this.#states;
    if (states !== undefined) return states;
    throw new VfsError("ENOTSUP", {
      reason: "unsupported",
      hint: "the store itself keeps this snapshot, and a layer or another mount stands before it now",
    });
  }

  async #state({ id, files, bytes }: StoreSnapshot, discard: () => Promise<void>): Promise<State> {
    const tree = await this.#past({ state: id });
    const root: TreeEntry = { ...tree.root, state: id };
    const own = await tree.leftOut();
    return {
      root,
      files: files - own.files,
      bytes: bytes - own.bytes,
      changed: new Set(),
      skipped: [],
      addedBytes: 0,
      tree: this.open(root),
      discard,
    };
  }

  #isNeeded(catalog: Catalog, id: string): boolean {
    return this.#held.has(id) || statesOf(catalog).has(id);
  }

  #letGo(id: string): void {
    const left = (this.#held.get(id) ?? 0) - 1;
    if (left > 0) this.#held.set(id, left);
    else this.#held.delete(id);
  }

  async #past({ state = "" }: Pick<TreeEntry, "state">): Promise<PastTree> {
    let opening = this.#opened.get(state);
    if (opening === undefined) {
      opening = this.#open(state);
      this.#opened.set(state, opening);
      opening.catch(() => this.#opened.delete(state));
    }
    return (await opening).tree;
  }

  async #open(id: string): Promise<Opened> {
    const states = await this.#known();
    const past = createVfs(await states.open(id));
    const tree = await PastTree.open(id, {
      past: states.base === "/" ? past : past.view({ root: states.base }),
      // What the store keeps is told by the store as it is, which can be written.
      caps: this.#options.vfs.capabilities(this.#options.scope),
      leaveOut: this.#options.leaveOut,
    });
    return { tree, close: () => past.close() };
  }

  async #drop(states: StoreSnapshots, ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#forget(id)));
    await states.drop(...ids);
  }

  async #forget(id: string): Promise<void> {
    const past = await this.#opened.get(id)?.catch(() => undefined);
    this.#opened.delete(id);
    await past?.close();
  }

  /** Where two states differ, below the top. */
  async #changes(from: string, to: string): Promise<SnapshotChange[]> {
    const states = await this.#known();
    const { base } = states;
    if (from === to) return [];
    const changes = await states.changes(from, to);
    if (base === "/") return [...changes];
    return changes.flatMap(({ path, tree }) => {
      if (path === base || path.startsWith(`${base}/`))
        return [{ path: (path.slice(base.length) || "/") as typeof path, tree }];
      return tree && (path === "/" || base.startsWith(`${path}/`))
        ? [{ path: "/" as typeof path, tree }]
        : [];
    });
  }
}

interface Opened {
  readonly tree: PastTree;
  readonly close: () => Promise<void>;
}

/** A tree that is opened when something is wanted of it. */
class KeptTree implements Tree {
  readonly root: TreeEntry;
  readonly past: () => Promise<PastTree>;

  constructor(root: TreeEntry, past: () => Promise<PastTree>) {
    this.root = root;
    this.past = past;
  }

  async list(directory: TreeEntry): Promise<readonly TreeEntry[]> {
    return (await this.past()).list(directory);
  }

  async find(directory: TreeEntry, name: string): Promise<TreeEntry | undefined> {
    return (await this.past()).find(directory, name);
  }

  async *read(file: TreeEntry): AsyncIterable<Uint8Array<ArrayBuffer>> {
    yield* (await this.past()).read(file);
  }
}

async function opened(tree: Tree): Promise<Tree> {
  return tree instanceof KeptTree ? tree.past() : tree;
}

function statesOf(catalog: Pick<Catalog, "snapshots" | "journal">): Set<string> {
  return new Set(rootsOf(catalog).flatMap(({ state }) => state ?? []));
}

function lookLabel(label: string): string {
  return `${label}/look`;
}
