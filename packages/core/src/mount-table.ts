import { VfsError } from "./error.ts";
import type { Mount } from "./mount.ts";
import { isBelow, isWithin, joinPath, namesOf, parentOf, ROOT, type VPath } from "./path.ts";

// Up to this many mounts, comparing prefixes one after another is faster than looking up each parent of a path.
const FEW = 8;

/** Which provider is responsible for which path: the longest mount path that a path lies within. */
export class MountTable {
  /** Longest path first, so that the first match is the right one. */
  #sorted: readonly Mount[] = [];
  readonly #byPath = new Map<VPath, Mount>();
  /** Every proper ancestor of a mount point, with the names of it that lead to mount points. */
  readonly #ways = new Map<VPath, Set<string>>();

  constructor(root: Mount) {
    this.add(root);
  }

  get all(): readonly Mount[] {
    return this.#sorted.toReversed();
  }

  /** Whether there is a single mount, at the root. */
  get single(): boolean {
    return this.#sorted.length === 1;
  }

  /** Throws VfsError `EBUSY` when something is mounted at `path`. */
  checkFree(path: VPath): void {
    if (this.#byPath.has(path))
      throw new VfsError("EBUSY", { hint: "something is mounted there already; unmount it first" });
  }

  add(mount: Mount): void {
    this.checkFree(mount.path);
    this.#byPath.set(mount.path, mount);
    this.#rebuild();
  }

  remove(mount: Mount): void {
    this.#byPath.delete(mount.path);
    this.#rebuild();
  }

  /** What is mounted at exactly `path`. */
  at(path: VPath): Mount | undefined {
    return this.#byPath.get(path);
  }

  /** What is responsible for `path`. */
  find(path: VPath): Mount {
    const sorted = this.#sorted;
    if (sorted.length <= FEW) {
      for (const mount of sorted) if (isWithin(path, mount.path)) return mount;
    } else {
      for (let at = path; at !== ROOT; at = parentOf(at)) {
        const mount = this.#byPath.get(at);
        if (mount !== undefined) return mount;
      }
    }
    const root = sorted[sorted.length - 1];
    if (root === undefined) throw new VfsError("ENXIO", { hint: "this Vfs is closed" });
    return root;
  }

  /** The names in `directory` that are mount points, or lead to some. */
  namesIn(directory: VPath): ReadonlySet<string> | undefined {
    return this.#ways.get(directory);
  }

  /** Whether `path` lies above a mount point, so that it is a directory whatever the store below says. */
  leadsToMount(path: VPath): boolean {
    return this.#ways.has(path);
  }

  /** The mounts strictly below `path`. */
  below(path: VPath): Mount[] {
    return this.#sorted.filter((mount) => isBelow(mount.path, path));
  }

  #rebuild(): void {
    this.#sorted = [...this.#byPath.values()].sort((a, b) => b.path.length - a.path.length);
    this.#ways.clear();
    for (const { path } of this.#sorted) {
      let directory: VPath = ROOT;
      for (const name of namesOf(path)) {
        const names = this.#ways.get(directory);
        if (names === undefined) this.#ways.set(directory, new Set([name]));
        else names.add(name);
        directory = joinPath(directory, name);
      }
    }
  }
}
