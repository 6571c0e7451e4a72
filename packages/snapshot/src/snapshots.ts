import { createVfs, isVfsError, VfsError, type Bytes, type Vfs } from "@vfs/core";
import { checkName, named, shown, type Catalog, type Snapshot, type SnapshotRecord } from "./catalog.ts";
import { ContentEngine } from "./content/content-engine.ts";
import { joined } from "./content/packing.ts";
import { compare, textPatch, type DiffOptions, type SnapshotDiff } from "./diff.ts";
import type { Engine, State } from "./engine.ts";
import { versionsOf } from "./history.ts";
import { pathBelow } from "./paths.ts";
import type {
  CreateOptions,
  ListOptions,
  PruneOptions,
  PruneReport,
  RestoreOptions,
  RestoreReport,
  SnapshotsOptions,
  VerifyReport,
  Version,
} from "./options.ts";
import { mountsBelow, Restorer } from "./restore/restorer.ts";
import { exportTree, type ExportFormat } from "./transfer/export.ts";
import { importTree, type ImportOptions, type ImportSource } from "./transfer/import.ts";
import { lookUp, type Tree, type TreeEntry } from "./tree-entry.ts";

const STORE_NAME = ".vfs-snapshots";
const LEASE_MS = 10_000;
const TEXT_BYTES = 1 << 20;
const TOLD_PATHS = 100;

/** The snapshots of a tree. */
export interface Snapshots extends AsyncDisposable {
  /**
   * Keeps the tree as it is under a name. Reads only what changed since the last one.
   *
   * @throws VfsError `EEXIST` for a name that is taken, `EDQUOT` where `snapshotBytes` would be passed, `EBUSY` after a
   * restore that was cut short.
   */
  create(name: string, options?: CreateOptions): Promise<Snapshot>;
  /** Newest first. */
  list(options?: ListOptions): Promise<Snapshot[]>;
  /** The one of this name, or the newest with this tag: `ENOENT` where there is none. */
  get(name: string): Promise<Snapshot>;
  /**
   * Makes the tree, or a part of it, what it was: content, modes, owners, times, links, hard links, empty directories,
   * attributes; what came later goes. What is as it was is not touched. Cut short, it is finished by calling it again.
   */
  restore(name: string, options?: RestoreOptions): Promise<RestoreReport>;
  /** Ends a restore that was cut short, or takes back what it did. Undefined when there is none. */
  recover(
    how: "finish" | "rollback",
    options?: Omit<RestoreOptions, "path" | "dryRun">,
  ): Promise<RestoreReport | undefined>;
  /** What is different in `b`, which is the tree of now unless told. */
  diff(a: string, b?: string, options?: DiffOptions): Promise<SnapshotDiff>;
  /** Removes snapshots, and what only they need. */
  delete(...names: string[]): Promise<PruneReport>;
  /** Removes old snapshots that have no tag: those that are neither among the newest `keep` nor younger than `olderThanMs`. */
  prune(options: PruneOptions): Promise<PruneReport>;
  /** Reads everything that a snapshot needs, and tells what is lost. */
  verify(name: string): Promise<VerifyReport>;
  /** Gives a snapshot these tags, in place of those it has. `prune` spares what has one. */
  tag(name: string, tags: readonly string[]): Promise<Snapshot>;
  /** The versions of what is at a path, newest first. */
  history(path: string): Promise<Version[]>;
  /** A file as it was: `ENOENT` where it was not, `EISDIR` for what is no file. */
  readAt(name: string, path: string): Promise<Bytes>;
  readAt(name: string, path: string, encoding: "utf8"): Promise<string>;
  /** Writes a snapshot as an archive, and closes the sink. */
  export(
    name: string,
    sink: WritableStream<Uint8Array>,
    options?: { readonly format?: ExportFormat | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
  /**
   * Makes a snapshot of an archive: tar, tar.gz, or JSON (that of `export`, or of chuk-virtual-fs). The tree stays as it is.
   *
   * @throws VfsError `EINVAL` for what is none, is too large, or has a path or a link that leads out. Nothing is kept then.
   */
  import(source: ImportSource, options?: ImportOptions): Promise<Snapshot>;
  /** Goes back to the newest automatic snapshot that the tree differs from; undefined when there is none. */
  undo(): Promise<Snapshot | undefined>;
  /** Takes the last `undo` back. */
  redo(): Promise<Snapshot | undefined>;
  /** What the store holds. */
  usage(): Promise<{ readonly bytes: number; readonly snapshots: number }>;
  /** Leaves the store. The Vfs stays open. */
  close(): Promise<void>;
}

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
  readonly #restorer: Restorer;
  #working = 0;

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
    this.#engine = new ContentEngine({
      top: this.#top,
      store: outer.view({ root }),
      makeStore: () => outer.mkdir(root, { recursive: true }),
      leaveOut,
      snapshotBytes,
      leaseMs,
    });
    this.#restorer = new Restorer(this.#engine, this.#top, leaveOut);
    this[MACHINE] = {
      leaveOut: inside,
      scope: top,
      isWorking: () => this.#working > 0,
      point: (reason, most) => this.#point(reason, most),
    };
  }

  create(name: string, options: CreateOptions = {}): Promise<Snapshot> {
    checkName(name);
    const { description = "", tags = [] } = options;
    return this.#exclusive(async () => {
      const catalog = await this.#settled();
      checkFree(catalog, name);
      const state = await this.#engine.keep(options);
      return shown(
        await this.#add(state, { name, description, tags, auto: false, mounts: mountsBelow(this.#top) }),
      );
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
    return shown(await this.#record(name));
  }

  restore(name: string, options: RestoreOptions = {}): Promise<RestoreReport> {
    const path = pathBelow(options.path ?? "/", "/");
    if (options.dryRun === true)
      return this.#record(name).then((record) => this.#restorer.tell(record, path, options));
    return this.#exclusive(async () => {
      const catalog = await this.#engine.catalog();
      return this.#restorer.restore(catalog, named(catalog, name), path, options);
    });
  }

  recover(
    how: "finish" | "rollback",
    options: Omit<RestoreOptions, "path" | "dryRun"> = {},
  ): Promise<RestoreReport | undefined> {
    return this.#exclusive(async () => this.#restorer.recover(await this.#engine.catalog(), how, options));
  }

  async diff(a: string, b = "now", options: DiffOptions = {}): Promise<SnapshotDiff> {
    const { text = false, maxTextBytes = TEXT_BYTES, signal, deep } = options;
    const path = pathBelow(options.path ?? "/", "/");
    const open = async (name: string): Promise<Tree> => {
      if (name !== "now") return this.#engine.open((await this.#record(name)).root);
      return (await this.#engine.look({ signal, deep })).tree;
    };
    const [before, after] = [await open(a), await open(b)];
    const found = await compare(before, after, await lookUp(before, path), await lookUp(after, path), path);
    if (!text) return found;
    const read = async (tree: Tree, name: string, at: string): Promise<Uint8Array | undefined> =>
      name === "now"
        ? this.#top.readFile(at, { signal })
        : bytesOf(tree, (await lookUp(tree, at)) as TreeEntry);
    const patched = async <T extends SnapshotDiff["added"][number]>(
      entries: readonly T[],
      old: boolean,
      young: boolean,
    ): Promise<T[]> => {
      const done: T[] = [];
      for (const entry of entries) {
        const { type, size, path: at } = entry;
        if (type !== "file" || size > maxTextBytes) {
          done.push(entry);
          continue;
        }
        const was = old ? await lookUp(before, at) : undefined;
        const isText = was === undefined || (was.type === "file" && (was.size ?? 0) <= maxTextBytes);
        if (isText && (!old || !young || "what" in entry))
          done.push({
            ...entry,
            patch: textPatch(
              at,
              old ? await read(before, a, at) : undefined,
              young ? await read(after, b, at) : undefined,
            ),
          });
        else done.push(entry);
      }
      return done;
    };
    const isContent = found.changed.map((entry) => entry.what.includes("content"));
    const changed = await patched(
      found.changed.filter((_, at) => isContent[at]),
      true,
      true,
    );
    return {
      ...found,
      added: await patched(found.added, false, true),
      removed: await patched(found.removed, true, false),
      changed: found.changed.map((entry, at) =>
        isContent[at] === true ? (changed.shift() ?? entry) : entry,
      ),
    };
  }

  delete(...names: string[]): Promise<PruneReport> {
    return this.#exclusive(async () => {
      const catalog = await this.#engine.catalog();
      const goes = new Set(names.map((name) => named(catalog, name).name));
      return this.#drop(catalog, goes);
    });
  }

  prune({ keep, olderThanMs, dryRun = false }: PruneOptions): Promise<PruneReport> {
    if (keep === undefined && olderThanMs === undefined)
      throw new TypeError("prune needs keep, olderThanMs, or both");
    for (const [option, value] of Object.entries({ keep, olderThanMs }))
      if (value !== undefined && !(value >= 0))
        throw new RangeError(`${option} must be 0 or more, got ${value}`);
    return this.#exclusive(async () => {
      const catalog = await this.#engine.catalog();
      const own = catalog.snapshots.filter(({ auto }) => !auto);
      const newest = new Set(keep === undefined ? [] : own.slice(Math.max(0, own.length - keep)));
      const since = Date.now() - (olderThanMs ?? 0);
      const goes = own.filter(
        (one) =>
          one.tags.length === 0 && !newest.has(one) && (olderThanMs === undefined || one.createdMs < since),
      );
      if (dryRun) return { removed: goes.map(({ name }) => name), freedBytes: 0 };
      return this.#drop(catalog, new Set(goes.map(({ name }) => name)));
    });
  }

  async verify(name: string): Promise<VerifyReport> {
    const { damages, ...counts } = await this.#engine.verify((await this.#record(name)).root);
    return { ok: damages.length === 0, ...counts, damages };
  }

  tag(name: string, tags: readonly string[]): Promise<Snapshot> {
    for (const tag of tags) checkName(tag);
    return this.#exclusive(async () => {
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
    const tree = this.#engine.open((await this.#record(name)).root);
    const entry = await lookUp(tree, pathBelow(path, "/"));
    if (entry === undefined)
      throw new VfsError("ENOENT", {
        path,
        hint: `the snapshot "${name}" has nothing there; history() tells which have`,
      });
    if (entry.type === "directory") throw new VfsError("EISDIR", { path });
    if (entry.type === "symlink")
      throw new VfsError("ELOOP", { path, hint: `it was a link to ${entry.target ?? ""}; read that` });
    const bytes = await bytesOf(tree, entry);
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
    const record = await this.#record(name);
    await exportTree(this.#engine.open(record.root), shown(record), sink, format, signal);
  }

  import(source: ImportSource, options: ImportOptions = {}): Promise<Snapshot> {
    if (options.name !== undefined) checkName(options.name);
    return this.#exclusive(async () => {
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
        return shown(await this.#add(state, { name, description, tags: [], auto: false, mounts: undefined }));
      } catch (reason) {
        await intake.discard().catch(() => {});
        throw reason;
      }
    });
  }

  undo(): Promise<Snapshot | undefined> {
    return this.#step("undo", "redo");
  }

  redo(): Promise<Snapshot | undefined> {
    return this.#step("redo", "undo");
  }

  async usage(): Promise<{ bytes: number; snapshots: number }> {
    const { storedBytes, snapshots: all } = await this.#engine.catalog();
    return { bytes: storedBytes, snapshots: all.length };
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #record(name: string): Promise<SnapshotRecord> {
    return named(await this.#engine.catalog(), name);
  }

  async #exclusive<T>(action: () => Promise<T>): Promise<T> {
    this.#working++;
    try {
      return await this.#engine.exclusive(action);
    } finally {
      this.#working--;
    }
  }

  /** @throws VfsError `EBUSY` while a restore is half done: what is there now is no state that anybody wants back. */
  async #settled(): Promise<Catalog> {
    const catalog = await this.#engine.catalog();
    if (catalog.journal !== undefined)
      throw new VfsError("EBUSY", {
        hint: `a restore of "${catalog.journal.name}" was cut short; call restore() again, or recover("finish" or "rollback")`,
      });
    return catalog;
  }

  async #add(
    state: Pick<State, "root" | "files" | "bytes" | "addedBytes" | "changed" | "skipped">,
    about: Pick<SnapshotRecord, "name" | "description" | "tags" | "auto" | "mounts">,
    change: (catalog: Catalog) => Partial<Catalog> = () => ({}),
  ): Promise<SnapshotRecord> {
    const catalog = await this.#engine.catalog();
    const { root, files, bytes, addedBytes, changed, skipped } = state;
    const record: SnapshotRecord = {
      ...about,
      createdMs: Math.max(Date.now(), (catalog.snapshots.at(-1)?.createdMs ?? 0) + 1),
      files,
      bytes,
      addedBytes,
      consistent: changed.size === 0,
      changedPaths: [...changed].sort().slice(0, TOLD_PATHS),
      skippedPaths: skipped.slice(0, TOLD_PATHS),
      root,
    };
    await this.#engine.save({
      ...catalog,
      storedBytes: catalog.storedBytes + addedBytes,
      snapshots: [...catalog.snapshots, record],
      ...change(catalog),
    });
    return record;
  }

  async #drop(catalog: Catalog, goes: ReadonlySet<string>): Promise<PruneReport> {
    const removed = catalog.snapshots.filter(({ name }) => goes.has(name)).map(({ name }) => name);
    const without = (names: readonly string[]): string[] => names.filter((name) => !goes.has(name));
    const left: Catalog = {
      ...catalog,
      snapshots: catalog.snapshots.filter(({ name }) => !goes.has(name)),
      undo: without(catalog.undo),
      redo: without(catalog.redo),
    };
    // First: whoever is killed after this has only left something that nobody needs.
    await this.#engine.save(left);
    const { freedBytes, storedBytes } = await this.#engine.sweep();
    await this.#engine.save({ ...left, storedBytes });
    return { removed, freedBytes };
  }

  /** An automatic snapshot; the oldest of too many go. */
  #point(reason: string, most: number): Promise<void> {
    return this.#exclusive(async () => {
      const { catalog, state } = await this.#keepInRing(most);
      const last = catalog.snapshots.find(({ name }) => name === catalog.undo.at(-1));
      if (last !== undefined && sameTree(last.root, state.root) && catalog.redo.length === 0) return;
      const name = autoName();
      await this.#add(
        state,
        { name, description: reason, tags: [], auto: true, mounts: mountsBelow(this.#top) },
        ({ undo }) => ({
          undo: [...undo, name],
          redo: [],
        }),
      );
      const next = await this.#engine.catalog();
      const stays = new Set(next.undo.slice(-most));
      const goes = next.snapshots.filter((one) => one.auto && !stays.has(one.name)).map((one) => one.name);
      // A sweep reads the lists of all snapshots: not each time that one goes.
      if (goes.length >= Math.max(1, most >> 1)) await this.#drop(next, new Set(goes));
    });
  }

  /** Keeps the tree; where there is no room, half of the ring makes some. */
  async #keepInRing(most: number): Promise<{ catalog: Catalog; state: State }> {
    const catalog = await this.#settled();
    try {
      return { catalog, state: await this.#engine.keep({}) };
    } catch (reason) {
      const stays = new Set(catalog.undo.slice(-(most >> 1)));
      const goes = catalog.snapshots.filter(({ auto, name }) => auto && !stays.has(name));
      if (!isVfsError(reason, "EDQUOT") || goes.length === 0) throw reason;
      await this.#drop(catalog, new Set(goes.map(({ name }) => name)));
      return { catalog: await this.#engine.catalog(), state: await this.#engine.keep({}) };
    }
  }

  #step(from: "undo" | "redo", to: "undo" | "redo"): Promise<Snapshot | undefined> {
    return this.#exclusive(async () => {
      const catalog = await this.#settled();
      const current = await this.#engine.keep({});
      const points = [...catalog[from]];
      for (let name = points.pop(); name !== undefined; name = points.pop()) {
        const point = catalog.snapshots.find((one) => one.name === name);
        // One that is like the tree of now would change nothing.
        if (point === undefined || sameTree(point.root, current.root)) continue;
        await this.#restorer.restore(catalog, point, "/", {});
        const here = autoName();
        await this.#add(
          current,
          { name: here, description: `before ${from}`, tags: [], auto: true, mounts: mountsBelow(this.#top) },
          (now) => ({
            [from]: points,
            [to]: [...now[to], here],
          }),
        );
        return shown(point);
      }
      await current.discard();
      return undefined;
    });
  }
}

function checkFree({ snapshots: all }: Catalog, name: string): void {
  if (all.some((one) => one.name === name))
    throw new VfsError("EEXIST", {
      hint: `there is a snapshot "${name}" already; delete it, or take another name`,
    });
}

function autoName(): string {
  return `auto-${crypto.randomUUID()}`;
}

/** Whether two trees are the same but for times of directories, which change with their content and back. */
function sameTree(a: TreeEntry, b: TreeEntry): boolean {
  return a.tree === b.tree && a.mode === b.mode;
}

async function bytesOf(tree: Tree, file: TreeEntry): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of tree.read(file)) {
    parts.push(part);
    length += part.length;
  }
  return joined(parts, length);
}
