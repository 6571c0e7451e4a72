import { isVfsError, type Bytes, type Vfs } from "@vfs/core";
import { EMPTY_CATALOG, parseCatalog, rootsOf, type Catalog } from "../catalog.ts";
import type { Damage, Engine, Intake, KeepOptions, State } from "../engine.ts";
import type { Base } from "../fork.ts";
import type { Tree, TreeEntry } from "../tree-entry.ts";
import { treeProvider } from "../tree-provider.ts";
import { capture, keepPieces } from "./capture.ts";
import { ChangeWatch } from "./changes.ts";
import { sha256 } from "./hash.ts";
import { Lock } from "./lock.ts";
import { Deposit, Objects } from "./objects.ts";
import { keepDirectory, type Fetch, type Keep, type KeepList } from "./pages.ts";
import { formatIndex, NO_INDEX, parseIndex, withOnly, type StatIndex } from "./stat-index.ts";
import { RecentTexts } from "./recent-texts.ts";
import { storedTree } from "./stored-tree.ts";
import { checkTree, reachable, sweepObjects } from "./sweep.ts";

const CATALOG = "/catalog.json";
const INDEX = "/index.json";

export interface ContentEngineOptions {
  /** A view whose root is the top of the tree that snapshots are made of. */
  readonly top: Vfs;
  /** A view whose root is the directory of the store, which need not be there yet. */
  readonly store: Vfs;
  /** Makes that directory. */
  readonly makeStore: () => Promise<unknown>;
  /** Where the store is, when that is below the top. */
  readonly leaveOut: string | undefined;
  readonly snapshotBytes: number;
  readonly leaseMs: number;
}

/** Keeps trees of any provider as objects by the hash of their content, in any provider. */
export class ContentEngine implements Engine {
  readonly #options: ContentEngineOptions;
  readonly #store: Vfs;
  readonly #objects: Objects;
  readonly #lock: Lock;
  readonly #texts = new RecentTexts();
  #isMade = false;
  /** The catalog, while nobody else may write it. */
  #current: Catalog | undefined;
  /** What of the store was read when its catalog had this revision. */
  #revision = "";
  #index: StatIndex = NO_INDEX;

  constructor(options: ContentEngineOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#objects = new Objects(options.store);
    this.#lock = new Lock(options.store, options.leaseMs);
  }

  async exclusive<T>(action: () => Promise<T>): Promise<T> {
    if (!this.#isMade) await this.#options.makeStore();
    this.#isMade = true;
    return this.#lock.run(async () => {
      this.#current = await this.#readCatalog();
      try {
        return await action();
      } finally {
        this.#current = undefined;
      }
    });
  }

  async catalog(): Promise<Catalog> {
    return this.#current ?? (await this.#readCatalog());
  }

  async #readCatalog(): Promise<Catalog> {
    try {
      return parseCatalog(await this.#store.readFile(CATALOG, "utf8"));
    } catch (reason) {
      if (isVfsError(reason, "ENOENT")) return EMPTY_CATALOG;
      throw reason;
    }
  }

  async save(catalog: Omit<Catalog, "revision">): Promise<void> {
    const revision = crypto.randomUUID();
    const next = { ...catalog, revision };
    await this.#lock.check();
    await this.#store.writeFile(CATALOG, JSON.stringify(next), { durable: true });
    this.#revision = revision;
    this.#current = next;
  }

  async keep(options: KeepOptions): Promise<State> {
    const { revision, storedBytes } = await this.catalog();
    const index = await this.#indexFor(revision);
    const deposit = new Deposit(Math.max(0, this.#options.snapshotBytes - storedBytes));
    const keep: Keep = (bytes) => this.#objects.put(bytes, deposit);
    try {
      const { index: next, ...captured } = await this.#capture(options, index, keep, this.#lists(keep));
      // It only names what is there. When what follows fails, what it names may go, and so does it.
      await this.#saveIndex(next);
      const tree = storedTree(captured.root, this.#fetch);
      return { ...captured, tree, addedBytes: deposit.bytes, discard: () => this.#takeBack(deposit) };
    } catch (reason) {
      await this.#takeBack(deposit).catch(() => {});
      throw reason;
    }
  }

  async look(options: KeepOptions): Promise<State> {
    const index = await this.#indexFor((await this.catalog()).revision);
    const lists = new Map<string, Bytes>();
    const keepList = this.#lists(async (bytes) => {
      const hash = await sha256(bytes);
      lists.set(hash, bytes);
      return hash;
    });
    const { index: _index, ...captured } = await this.#capture(options, index, sha256, keepList);
    const fetch: Fetch = async (hash, most) => lists.get(hash) ?? this.#fetch(hash, most);
    return { ...captured, tree: storedTree(captured.root, fetch), addedBytes: 0, discard: async () => {} };
  }

  open(root: TreeEntry): Tree {
    return storedTree(root, this.#fetch);
  }

  async pair(a: Tree, b: Tree): Promise<readonly [Tree, Tree]> {
    return [a, b];
  }

  async isSame(a: TreeEntry, b: TreeEntry): Promise<boolean> {
    return a.tree === b.tree && a.mode === b.mode;
  }

  async provide(root: TreeEntry): Promise<Base> {
    return { provider: treeProvider(this.open(root)), path: "/", leaveOut: undefined };
  }

  async keptBytes(): Promise<number> {
    return 0;
  }

  /** What is not needed is found by reading everything: that is left to `sweep`. */
  async tidy(): Promise<void> {}

  async intake(): Promise<Intake> {
    const { revision, storedBytes } = await this.catalog();
    await this.#indexFor(revision);
    const deposit = new Deposit(Math.max(0, this.#options.snapshotBytes - storedBytes));
    const keep: Keep = (bytes) => this.#objects.put(bytes, deposit);
    return {
      file: (source) => keepPieces(source, keep, this.#lists(keep)),
      directory: (entries) => keepDirectory(entries, this.#lists(keep)),
      get addedBytes() {
        return deposit.bytes;
      },
      discard: () => this.#takeBack(deposit),
    };
  }

  async sweep(): Promise<{ freedBytes: number; storedBytes: number }> {
    const catalog = await this.catalog();
    const roots = rootsOf(catalog).filter(({ state }) => state === undefined);
    const stays = await reachable(roots, this.#fetch);
    // First: an index never names what is not there.
    await this.#saveIndex(withOnly(await this.#indexFor(catalog.revision), (hash) => stays.has(hash)));
    await this.#lock.check();
    const swept = await sweepObjects(this.#objects, stays);
    this.#objects.known.clear();
    for (const hash of stays) this.#objects.known.add(hash);
    return swept;
  }

  verify(root: TreeEntry): Promise<{ objects: number; bytes: number; damages: Damage[] }> {
    return checkTree(root, this.#fetch);
  }

  async close(): Promise<void> {
    await this.#store.flush();
  }

  readonly #fetch: Fetch = (hash, most) => this.#objects.get(hash, most);

  /** Keeps lists. One that was kept before, and is there, is known by its text: most are as they were. */
  #lists(keep: Keep): KeepList {
    return async (text) => {
      const before = this.#texts.get(text);
      if (before !== undefined && this.#objects.known.has(before)) return before;
      const hash = await keep(new TextEncoder().encode(text));
      if (this.#objects.known.has(hash)) this.#texts.set(text, hash);
      return hash;
    };
  }

  async #capture(
    { deep = false, retries = 0, signal, onProgress }: KeepOptions,
    index: StatIndex,
    keepPiece: Keep,
    keepList: KeepList,
  ): Promise<Awaited<ReturnType<typeof capture>>> {
    const { top, leaveOut } = this.#options;
    for (let left = retries, before = index; ; left--) {
      const watch = await ChangeWatch.begin(top, leaveOut);
      const captured = await capture({
        top,
        leaveOut,
        index: before,
        deep: deep && before === index,
        keepPiece,
        keepList,
        signal,
        onProgress,
      });
      const changed = new Set([...captured.changed, ...(await watch.changed(captured.survey, signal))]);
      if (changed.size === 0 || left <= 0) return { ...captured, changed };
      before = captured.index;
    }
  }

  /** What was read before, if nobody else has changed the store since. */
  async #indexFor(revision: string): Promise<StatIndex> {
    if (revision === this.#revision && revision !== "") return this.#index;
    this.#objects.known.clear();
    this.#index = NO_INDEX;
    try {
      this.#index = parseIndex(await this.#store.readFile(INDEX, "utf8"));
    } catch (reason) {
      if (!isVfsError(reason, "ENOENT")) throw reason;
    }
    for (const hash of this.#index.objects) this.#objects.known.add(hash);
    for (const { content } of this.#index.files.values())
      for (const hash of content) this.#objects.known.add(hash);
    this.#revision = revision;
    return this.#index;
  }

  /** Takes away what was stored in vain; first what an index says of it. */
  async #takeBack({ hashes }: Deposit): Promise<void> {
    if (hashes.length === 0) return;
    // Somebody who has the lock by now may need them.
    await this.#lock.check();
    const goes = new Set(hashes.splice(0));
    await this.#saveIndex(withOnly(this.#index, (hash) => !goes.has(hash)));
    await this.#objects.remove([...goes]);
  }

  async #saveIndex(index: StatIndex): Promise<void> {
    this.#index = index;
    // Plain: packing it would take as long as the rest of a snapshot of little that changed.
    await this.#store.writeFile(INDEX, formatIndex(index));
  }
}
