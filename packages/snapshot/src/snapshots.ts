import { createVfs, VfsError, type Bytes, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import type { Snapshots } from "./api.ts";
import { checkName, named, shown, type Snapshot } from "./catalog.ts";
import { ContentEngine } from "./content/content-engine.ts";
import { forkOf } from "./fork.ts";
import { NativeEngine } from "./native/native-engine.ts";
import { compare, type DiffOptions, type SnapshotDiff } from "./diff.ts";
import type { Engine, State } from "./engine.ts";
import { versionsOf } from "./history.ts";
import { checkFree, Keeper } from "./keeper.ts";
import type {
  CreateOptions,
  ExtractOptions,
  ForkOptions,
  ListOptions,
  PruneOptions,
  PruneReport,
  RestoreOptions,
  RestoreReport,
  SnapshotsOptions,
  VerifyReport,
  Version,
} from "./options.ts";
import { fileAt } from "./file-at.ts";
import { isOneMount } from "./one-mount.ts";
import { pathBelow } from "./paths.ts";
import { Restorer } from "./restore/restorer.ts";
import { Ring } from "./ring.ts";
import { withPatches, type Side } from "./text-diff.ts";
import { exportTree, type ExportFormat } from "./transfer/export.ts";
import { importTree, type ImportOptions, type ImportSource } from "./transfer/import.ts";
import { bytesOf, lookUp, type Tree } from "./tree-entry.ts";

const STORE_NAME = ".vfs-snapshots";
const LEASE_MS = 10_000;
const TEXT_BYTES = 1 << 20;

/**
 * The snapshots of a tree, in a store of their own.
 *
 * @example
 * const states = snapshots(vfs, { store: "/snapshots" });
 * await states.create("before");
 * await states.restore("before");
 *
 * @throws TypeError or RangeError for options that make no sense.
 */
export function snapshots(vfs: Vfs, options: SnapshotsOptions = {}): Snapshots {
  return new StoredSnapshots(vfs, options);
}

const MACHINE = Symbol("machine");

/** What `autoSnapshot` needs beyond what everybody sees. */
export interface Machine {
  readonly leaveOut: string | undefined;
  readonly scope: string;
  /** Runs while something of the snapshots' own is under way. */
  readonly isWorking: () => boolean;
  /** Keeps the tree in the ring of automatic snapshots. */
  readonly point: (reason: string, most: number) => Promise<void>;
}

export function machineOf(states: Snapshots): Machine {
  return (states as StoredSnapshots)[MACHINE];
}

class StoredSnapshots implements Snapshots {
  readonly [MACHINE]: Machine;
  readonly #engine: Engine;
  readonly #top: Vfs;
  readonly #keeper: Keeper;
  readonly #restorer: Restorer;
  readonly #ring: Ring;

  constructor(
    vfs: Vfs,
    { store, scope = "/", snapshotBytes = Infinity, leaseMs = LEASE_MS }: SnapshotsOptions,
  ) {
    if (!(snapshotBytes > 0)) throw new RangeError(`snapshotBytes must be above 0, got ${snapshotBytes}`);
    if (!(leaseMs > 0)) throw new RangeError(`leaseMs must be above 0, got ${leaseMs}`);
    const top = pathBelow(scope, vfs.cwd());
    const inside = typeof store === "object" ? undefined : pathBelow(store ?? STORE_NAME, top);
    if (inside === top)
      throw new TypeError("store must not be the scope itself: give a directory in it, or elsewhere");
    if (inside !== undefined && top.startsWith(`${inside}/`))
      throw new TypeError(`store ${inside} must not have the scope ${top} in it`);
    const outer = typeof store === "object" ? createVfs(store, { keepOpen: true }) : vfs;
    const root = inside ?? "/";
    const prefix = top === "/" ? "" : top;
    const leaveOut = inside?.startsWith(`${prefix}/`) === true ? inside.slice(prefix.length) : undefined;
    this.#top = vfs.view({ root: top, umask: 0 });
    const content = new ContentEngine({
      top: this.#top,
      store: outer.view({ root }),
      makeStore: () => outer.mkdir(root, { recursive: true }),
      leaveOut,
      snapshotBytes,
      leaseMs,
    });
    // What is to be kept elsewhere must be read. What may lie in the store of the tree that store keeps best itself.
    const mayKeep = (): boolean => inside !== undefined && isOneMount(vfs, top, inside);
    this.#engine = new NativeEngine({ vfs, scope: top, leaveOut, mayKeep, snapshotBytes, content });
    this.#keeper = new Keeper(this.#engine, this.#top);
    this.#restorer = new Restorer(this.#engine, this.#top, leaveOut);
    this.#ring = new Ring(this.#keeper, this.#restorer);
    this[MACHINE] = {
      leaveOut: inside,
      scope: top,
      isWorking: () => this.#keeper.isWorking,
      point: (reason, most) => this.#ring.point(reason, most),
    };
  }

  create(name: string, options: CreateOptions = {}): Promise<Snapshot> {
    checkName(name);
    const { description = "", tags = [] } = options;
    return this.#keeper.exclusive(async () => {
      const catalog = await this.#keeper.settled();
      checkFree(catalog, name);
      const state = await this.#engine.keep(options);
      return shown(await this.#keeper.add(state, { name, description, tags, auto: false }));
    });
  }

  async list({ auto = false }: ListOptions = {}): Promise<Snapshot[]> {
    const { snapshots: all } = await this.#engine.catalog();
    return all
      .filter((one) => auto || !one.auto)
      .map(shown)
      .toReversed();
  }

  async get(name: string): Promise<Snapshot> {
    return shown(await this.#keeper.record(name));
  }

  restore(name: string, options: RestoreOptions = {}): Promise<RestoreReport> {
    const path = pathBelow(options.path ?? "/", "/");
    if (options.dryRun === true)
      return this.#keeper.record(name).then((record) => this.#restorer.tell(record, path, options));
    return this.#keeper.exclusive(async () => {
      const catalog = await this.#engine.catalog();
      return this.#restorer.restore(catalog, named(catalog, name), path, options);
    });
  }

  recover(
    how: "finish" | "rollback",
    options: Omit<RestoreOptions, "path" | "dryRun"> = {},
  ): Promise<RestoreReport | undefined> {
    return this.#keeper.exclusive(async () =>
      this.#restorer.recover(await this.#engine.catalog(), how, options),
    );
  }

  async diff(a: string, b = "now", options: DiffOptions = {}): Promise<SnapshotDiff> {
    const { text = false, maxTextBytes = TEXT_BYTES, signal, deep } = options;
    const path = pathBelow(options.path ?? "/", "/");
    const looks: State[] = [];
    const open = async (name: string): Promise<Tree> => {
      if (name !== "now") return this.#engine.open((await this.#keeper.record(name)).root);
      const state = await this.#engine.look({ signal, deep });
      looks.push(state);
      return state.tree;
    };
    try {
      const [before, after] = await this.#engine.pair(await open(a), await open(b));
      const found = await compare(before, after, await lookUp(before, path), await lookUp(after, path), path);
      if (!text) return found;
      const sides = { before: this.#side(before, a, signal), after: this.#side(after, b, signal) };
      return await withPatches(found, { maxTextBytes, ...sides });
    } finally {
      for (const state of looks) await state.discard();
    }
  }

  /** One of two trees, for who compares texts. */
  #side(tree: Tree, name: string, signal: AbortSignal | undefined): Side {
    return {
      look: (at) => lookUp(tree, at),
      // What was only looked at is not kept.
      read: (entry, at) =>
        name === "now" && entry.version === undefined
          ? this.#top.readFile(at, { signal })
          : bytesOf(tree, entry),
    };
  }

  delete(...names: string[]): Promise<PruneReport> {
    return this.#keeper.exclusive(async () => {
      const catalog = await this.#engine.catalog();
      const goes = new Set(names.map((name) => named(catalog, name).name));
      for (const name of goes) this.#keeper.checkPins(name);
      return this.#keeper.drop(catalog, goes);
    });
  }

  prune({ keep, olderThanMs, dryRun = false }: PruneOptions): Promise<PruneReport> {
    if (keep === undefined && olderThanMs === undefined)
      throw new TypeError("prune needs keep, olderThanMs, or both");
    for (const [option, value] of Object.entries({ keep, olderThanMs }))
      if (value !== undefined && !(value >= 0))
        throw new RangeError(`${option} must be 0 or more, got ${value}`);
    return this.#keeper.exclusive(async () => {
      const catalog = await this.#engine.catalog();
      const own = catalog.snapshots.filter(({ auto }) => !auto);
      const newest = new Set(keep === undefined ? [] : own.slice(Math.max(0, own.length - keep)));
      const since = Date.now() - (olderThanMs ?? 0);
      const goes = own.filter(
        (one) =>
          one.tags.length === 0 &&
          !this.#keeper.isPinned(one.name) &&
          !newest.has(one) &&
          (olderThanMs === undefined || one.createdMs < since),
      );
      if (dryRun) return { removed: goes.map(({ name }) => name), freedBytes: 0 };
      return this.#keeper.drop(catalog, new Set(goes.map(({ name }) => name)));
    });
  }

  async verify(name: string): Promise<VerifyReport> {
    const { damages, ...counts } = await this.#engine.verify((await this.#keeper.record(name)).root);
    return { ok: damages.length === 0, ...counts, damages };
  }

  tag(name: string, tags: readonly string[]): Promise<Snapshot> {
    for (const tag of tags) checkName(tag);
    return this.#keeper.exclusive(async () => {
      const catalog = await this.#engine.catalog();
      const old = named(catalog, name);
      const tagged = { ...old, tags: [...new Set(tags)] };
      await this.#engine.save({
        ...catalog,
        snapshots: catalog.snapshots.map((one) => (one === old ? tagged : one)),
      });
      return shown(tagged);
    });
  }

  async history(path: string): Promise<Version[]> {
    const { snapshots: all } = await this.#engine.catalog();
    return versionsOf(all, pathBelow(path, "/"), (root) => this.#engine.open(root));
  }

  async readAt(name: string, path: string): Promise<Bytes>;
  async readAt(name: string, path: string, encoding: "utf8"): Promise<string>;
  async readAt(name: string, path: string, encoding?: "utf8"): Promise<Bytes | string> {
    const tree = this.#engine.open((await this.#keeper.record(name)).root);
    const bytes = await fileAt(tree, name, path);
    return encoding === undefined ? bytes : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  async export(
    name: string,
    sink: WritableStream<Uint8Array>,
    {
      format = "tar.gz",
      signal,
    }: { readonly format?: ExportFormat | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    const record = await this.#keeper.record(name);
    await exportTree(this.#engine.open(record.root), shown(record), sink, format, signal);
  }

  import(source: ImportSource, options: ImportOptions = {}): Promise<Snapshot> {
    if (options.name !== undefined) checkName(options.name);
    return this.#keeper.exclusive(async () => {
      const catalog = await this.#engine.catalog();
      if (options.name !== undefined) checkFree(catalog, options.name);
      const intake = await this.#engine.intake();
      try {
        const found = await importTree(source, options, intake, this[MACHINE].scope === "/");
        const name = checkName(options.name ?? found.name ?? `import-${Date.now()}`);
        checkFree(catalog, name);
        const { root, files, bytes } = found;
        const state = {
          root,
          files,
          bytes,
          addedBytes: intake.addedBytes,
          changed: new Set<string>(),
          skipped: [],
        };
        const description = options.description ?? found.description ?? "";
        return shown(
          await this.#keeper.add(state, { name, description, tags: [], auto: false, isForeign: true }),
        );
      } catch (reason) {
        await intake.discard().catch(() => {});
        throw reason;
      }
    });
  }

  async extract(name: string, vfs: Vfs, path: string, options: ExtractOptions = {}): Promise<RestoreReport> {
    const { root } = await this.#keeper.record(name);
    await vfs.mkdir(path, { recursive: true });
    if ((await vfs.readdir(path)).length > 0)
      throw new VfsError("ENOTEMPTY", {
        path,
        hint: "a snapshot is written into a directory with nothing in it",
      });
    return this.#restorer.extract(root, vfs.view({ root: path, umask: 0 }), options);
  }

  async fork(name?: string, { upper = memory() }: ForkOptions = {}): Promise<Vfs> {
    const record = name === undefined ? await this.#keeper.forFork() : await this.#keeper.record(name);
    const release = this.#keeper.pin(record.name);
    const end = async (): Promise<void> => {
      release();
      if (name === undefined) await this.delete(record.name);
    };
    try {
      return await forkOf(await this.#engine.provide(record.root), upper, end);
    } catch (reason) {
      await end().catch(() => {});
      throw reason;
    }
  }

  undo(): Promise<Snapshot | undefined> {
    return this.#ring.step("undo", "redo");
  }

  redo(): Promise<Snapshot | undefined> {
    return this.#ring.step("redo", "undo");
  }

  async usage(): Promise<{ bytes: number; snapshots: number }> {
    const { storedBytes, snapshots: all } = await this.#engine.catalog();
    return { bytes: storedBytes + (await this.#engine.keptBytes()), snapshots: all.length };
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
