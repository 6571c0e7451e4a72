import { isWithin, joinPath, ROOT, type Reached, type LayerSite, type VPath } from "@vfs/core";

/** Which stores lie where, as far as rules must know: what is one file under two names, and what has no case. */
export class Places {
  /** Whether there is nothing to know. */
  plain = true;
  #standings: readonly LayerSite[] = [];
  #open = 0;
  /** Of each stack, the deepest mount first. */
  #stacks: readonly (readonly Reached[])[] = [];

  add(standing: LayerSite): void {
    // What is closed has no mounts any more.
    this.#standings = [...this.#standings.filter((one) => one.mounts().length > 0), standing];
    this.#open++;
    this.refresh();
  }

  /** One of the stacks is closed: with the last of them nothing is kept. */
  close(): void {
    if (--this.#open > 0) return;
    this.#standings = [];
    this.refresh();
  }

  /** To be called when something was mounted or unmounted. */
  refresh(): void {
    this.#stacks = this.#standings.map((standing) =>
      [...standing.mounts()].sort((a, b) => b.path.length - a.path.length),
    );
    this.plain = this.#stacks.every((mounts) => {
      const stores = new Set(mounts.map(({ store }) => store));
      return stores.size === mounts.length && mounts.every(({ caps }) => caps.caseSensitive);
    });
  }

  /** Whether names at `path` are the same in upper and lower case. */
  folds(path: VPath): boolean {
    return this.#stacks.some((mounts) => mountOf(mounts, path)?.caps.caseSensitive === false);
  }

  /** The other paths under which the same store has the same file. */
  otherPaths(path: VPath): VPath[] {
    return this.#stacks.flatMap((mounts) => {
      const mount = mountOf(mounts, path);
      if (mount === undefined) return [];
      const rest = mount.path === ROOT ? path.slice(1) : path.slice(mount.path.length + 1);
      return mounts
        .filter((other) => other !== mount && other.store === mount.store)
        .map((other) => (rest === "" ? other.path : joinPath(other.path, rest)));
    });
  }

  /** Where the store lies that has `path`. */
  mountPathOf(path: VPath): VPath {
    const [mounts = []] = this.#stacks;
    return mountOf(mounts, path)?.path ?? ROOT;
  }
}

function mountOf(mounts: readonly Reached[], path: VPath): Reached | undefined {
  return mounts.find((mount) => isWithin(path, mount.path));
}
