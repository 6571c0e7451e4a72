import type { StoreChange } from "./changes.ts";
import { callListener } from "./listeners.ts";
import { PathLocks } from "./path-locks.ts";
import { addPrefix, isWithin, stripPrefix, type VPath } from "./path.ts";
import type { EmulatedNode } from "./emulate/node.ts";
import type { OpenFile } from "./open-file.ts";
import type { Provider } from "./provider.ts";

type ChangeListener = (where: readonly StoreChange[]) => void;

let lastDevice = 0;
const devices = new Map<string, number>();

/** A number of its own for each space of inode numbers. */
function deviceOf({ inodeSpace }: Provider): number {
  if (inodeSpace === undefined) return ++lastDevice;
  const known = devices.get(inodeSpace) ?? ++lastDevice;
  devices.set(inodeSpace, known);
  return known;
}

/**
 * What belongs to one provider, however many mounts and however many Vfs reach it: its locks, its open files, and a
 * counter of its changes.
 */
export class Store {
  /** The `dev` of what is in it: no other store has it, unless both show the same files. */
  readonly device: number;
  readonly provider: Provider;
  readonly locks: PathLocks = new PathLocks();
  readonly files: Set<OpenFile> = new Set();
  /** Files that are open through core because the provider has no `open`, by path. */
  readonly emulated: Map<VPath, EmulatedNode> = new Map();
  readonly #listeners = new Set<ChangeListener>();

  constructor(provider: Provider) {
    this.provider = provider;
    this.device = deviceOf(provider);
  }

  /**
   * Tells everybody who listens that something has changed: after it has, and before the caller hears so.
   *
   * @param to The second path of a call that has two.
   */
  changed(path: VPath, to?: VPath): void {
    if (this.#listeners.size === 0) return;
    const changes: StoreChange[] =
      to === undefined ? [{ kind: "changed", path }] : [{ kind: "renamed", path: to, oldPath: path }];
    for (const listener of this.#listeners) callListener(() => listener(changes));
  }

  /**
   * Calls `listener` after each change that is made through core, with where to look for it: what exactly has changed,
   * and whether a second path is a new name or a copy, is not known here. Returns how to stop.
   */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Lets open files follow a rename. */
  renamed(from: VPath, to: VPath): void {
    for (const file of this.files)
      if (isWithin(file.localPath, from)) file.localPath = addPrefix(stripPrefix(file.localPath, from), to);
    for (const [path, node] of Array.from(this.emulated))
      if (isWithin(path, from)) node.moveTo(addPrefix(stripPrefix(path, from), to));
  }
}

// Two Vfs over one provider must share its locks and hear of each other's changes; a provider holds no such state.
const stores = new WeakMap<Provider, Store>();

/** The one store of a provider. */
export function storeOf(provider: Provider): Store {
  let store = stores.get(provider);
  if (store === undefined) stores.set(provider, (store = new Store(provider)));
  return store;
}
