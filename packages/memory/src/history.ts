import { ROOT, VfsError, type SnapshotChange, type StoreSnapshot, type Usage, type VPath } from "@vfs/core";
import type { Inode } from "./inode.ts";
import { namesOf } from "./lookup.ts";
import type { Dentry } from "./names.ts";
import { Past, placeOf, type KeptName, type KeptState } from "./past.ts";

/** A state of the store that is kept. */
export interface Snapshot {
  readonly told: StoreSnapshot;
  /** The store was so at the end of this epoch. */
  readonly epoch: number;
  /** What changed next, as it was: until the next snapshot, or now. */
  readonly log: (KeptState | KeptName)[];
  isDropped: boolean;
}

/**
 * What was, as far as snapshots need it. The time is cut into epochs, and a snapshot is the end of one: to take it is to
 * count on. What is changed for the first time in an epoch is kept before, once for all snapshots that it serves, and
 * written into the log of the newest of them. So a snapshot is dropped by going through its log alone: what serves the one
 * before too goes over to that one's log. What nobody changes is in all of them, and costs nothing.
 */
export class History {
  /** That of now. */
  epoch = 0;
  /** That of the newest snapshot, -1 when there is none: what has changed since needs to be kept no more. */
  newest = -1;
  /** Of content that nothing but snapshots needs. */
  retainedBytes = 0;
  readonly #root: Inode;
  readonly #snapshots: Snapshot[] = [];

  constructor(root: Inode) {
    this.#root = root;
  }

  get snapshots(): readonly Snapshot[] {
    return this.#snapshots;
  }

  take(label: string, { files, bytes }: Usage): Snapshot {
    const { epoch } = this;
    const told = Object.freeze({ id: `${epoch + 1}`, label, createdMs: Date.now(), files, bytes });
    const snapshot: Snapshot = { told, epoch, log: [], isDropped: false };
    this.#snapshots.push(snapshot);
    this.newest = epoch;
    this.epoch++;
    return snapshot;
  }

  /** @throws VfsError `ENOENT` */
  need(id: string): Snapshot {
    const found = this.#snapshots.find(({ told }) => told.id === id);
    if (found === undefined) throw new VfsError("ENOENT", { hint: `there is no snapshot ${id}` });
    return found;
  }

  /** To be called before a node changes. */
  keep(node: Inode): void {
    if (node.since <= this.newest) this.#keep(node, true);
  }

  /** The same before what is no change of its own: its names tell of it, or it was only read. */
  keepQuietly(node: Inode): void {
    if (node.since <= this.newest) this.#keep(node, false);
  }

  #keep(node: Inode, tells: boolean): void {
    const { states } = (node.past ??= new Past());
    let kept = states.at(-1);
    if (kept === undefined || kept.until < this.newest) {
      const from = kept === undefined ? node.since : kept.until + 1;
      kept = { node, state: node.copy(), from, until: this.epoch - 1, paths: [] };
      states.push(kept);
      this.#snapshots.at(-1)?.log.push(kept);
    }
    if (!tells) return;
    kept.paths = this.#pathsOf(node);
    // Nothing more is to be done until there is another snapshot.
    node.since = this.epoch;
  }

  /**
   * To be called before a name comes or goes.
   *
   * @param entry What it stands for, if anything.
   * @param tree Whether it is or becomes a directory.
   */
  keepName(directory: Inode, name: string, entry: Dentry | undefined, tree: boolean): void {
    const { born } = namesOf(directory);
    // No snapshot has the directory, and what it is in tells of all of it.
    if (born > this.newest) return;
    const names = ((directory.past ??= new Past()).names ??= new Map<string, KeptName[]>());
    const all = names.get(name);
    const last = all?.at(-1);
    if (last !== undefined && last.until >= this.newest) {
      last.tree ||= tree;
      return;
    }
    const place = placeOf(directory, this.#root);
    const path = place === undefined ? undefined : (`${place}/${name}` as VPath);
    const from = last === undefined ? born : last.until + 1;
    const kept: KeptName = { directory, name, entry, from, until: this.epoch - 1, path, tree };
    if (all === undefined) names.set(name, [kept]);
    else all.push(kept);
    this.#snapshots.at(-1)?.log.push(kept);
  }

  /** To be called when what a node holds, which some snapshot may need, is nobody's otherwise: before it is another version. */
  contentGone(node: Inode): void {
    const last = node.past?.states.at(-1)?.state;
    if (last?.version === node.version) this.retainedBytes += last.content.size;
  }

  drop(id: string): void {
    const at = this.#snapshots.findIndex(({ told }) => told.id === id);
    const snapshot = this.#snapshots[at];
    if (snapshot === undefined) return;
    const before = this.#snapshots[at - 1];
    this.#snapshots.splice(at, 1);
    this.newest = this.#snapshots.at(-1)?.epoch ?? -1;
    snapshot.isDropped = true;
    for (const kept of snapshot.log) {
      if (before !== undefined && kept.from <= before.epoch) before.log.push(kept);
      else if ("node" in kept) this.#forgetState(kept, before?.epoch);
      else forgetName(kept, before?.epoch);
    }
    snapshot.log.length = 0;
  }

  #forgetState(kept: KeptState, before: number | undefined): void {
    const { node, state } = kept;
    const states = node.past?.states ?? [];
    const at = states.indexOf(kept);
    const [previous, next] = [states[at - 1], states[at + 1]];
    // Who has the one before is told of this change too.
    if (isAfter(previous, before) && previous.paths.length === 0) previous.paths = kept.paths;
    const follower = next?.state ?? (node.nlink > 0 || node.opens > 0 ? node : undefined);
    if (previous?.state.version !== state.version && follower?.version !== state.version)
      this.retainedBytes -= state.content.size;
    states.splice(at, 1);
    tidy(node);
  }

  #pathsOf(node: Inode): VPath[] {
    if (node === this.#root) return [ROOT];
    return node.entries.flatMap(({ name, directory }) => {
      const place = directory === undefined ? undefined : placeOf(directory, this.#root);
      return place === undefined ? [] : [`${place}/${name}` as VPath];
    });
  }

  /** Where two states differ, or one and now, which is later. */
  changes(from: Snapshot, to: Snapshot | undefined): SnapshotChange[] {
    const [first, last] =
      to !== undefined && to.epoch < from.epoch
        ? [to.epoch, from.epoch]
        : [from.epoch, to?.epoch ?? Infinity];
    const trees = new Map<VPath, boolean>();
    for (const { epoch, log } of this.#snapshots) {
      if (epoch < first || epoch >= last) continue;
      for (const kept of log) {
        if ("node" in kept) for (const path of kept.paths) trees.set(path, trees.get(path) === true);
        else if (kept.path !== undefined) trees.set(kept.path, kept.tree || trees.get(kept.path) === true);
      }
    }
    return Array.from(trees, ([path, tree]) => ({ path, tree }));
  }
}

function isAfter<T extends KeptState | KeptName>(kept: T | undefined, before: number | undefined): kept is T {
  return kept !== undefined && before !== undefined && kept.until >= before;
}

function forgetName(kept: KeptName, before: number | undefined): void {
  const { directory, name } = kept;
  const names = directory.past?.names;
  const all = names?.get(name) ?? [];
  const at = all.indexOf(kept);
  const previous = all[at - 1];
  if (isAfter(previous, before)) {
    previous.tree ||= kept.tree;
    previous.path ??= kept.path;
  }
  all.splice(at, 1);
  if (all.length === 0) names?.delete(name);
  tidy(directory);
}

/** What nobody has changed since all snapshots of then are gone is as before. */
function tidy(node: Inode): void {
  const { past } = node;
  if (past?.names?.size === 0) past.names = undefined;
  if (past?.states.length === 0 && past.names === undefined) node.past = undefined;
}
