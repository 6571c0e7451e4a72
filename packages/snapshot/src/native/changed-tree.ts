import type { Bytes, SnapshotChange } from "@vfs/core";
import { inPool } from "../in-pool.ts";
import { childPath, type Tree, type TreeEntry } from "../tree-entry.ts";
import { groupsOf, namesOf, type Found, type Groups, type PastTree } from "./past-tree.ts";

/** A kept tree whose lists have only what may differ from another one, and the directories on the way to it. */
export class ChangedTree implements Tree {
  readonly whole: PastTree;
  readonly root: TreeEntry;
  readonly #found: ReadonlyMap<string, readonly Found[]>;
  readonly #groups: Groups;

  private constructor(whole: PastTree, found: ReadonlyMap<string, Found>) {
    this.whole = whole;
    this.root = whole.root;
    const all = [...found.values()];
    const byDirectory = new Map<string, Found[]>();
    for (const one of all) {
      const directory = one.path.slice(0, one.path.lastIndexOf("/")) || "/";
      const known = byDirectory.get(directory);
      if (known === undefined) byDirectory.set(directory, [one]);
      else known.push(one);
    }
    this.#found = byDirectory;
    this.#groups = groupsOf(all);
  }

  /** Undefined where some file among it has names that are not: then only the whole trees tell which is which. */
  static async of(whole: PastTree, changes: readonly SnapshotChange[]): Promise<ChangedTree | undefined> {
    const found = new Map<string, Found>();
    await inPool(changes, ({ path, tree }) => gather(whole, path, tree, found));
    for (const [ino, names] of namesOf([...found.values()]))
      if (names.length !== found.get(names[0] ?? "")?.stat.nlink && ino !== 0) return undefined;
    return new ChangedTree(whole, found);
  }

  async list({ at = "/" }: TreeEntry): Promise<readonly TreeEntry[]> {
    return this.whole.entries(this.#found.get(at) ?? [], this.#groups);
  }

  async find(directory: TreeEntry, name: string): Promise<TreeEntry | undefined> {
    const path = childPath(directory.at ?? "/", name);
    const found = this.#found.get(directory.at ?? "/")?.find((one) => one.path === path);
    if (found === undefined) return this.whole.find(directory, name);
    return (await this.whole.entries([found], this.#groups))[0];
  }

  read(file: TreeEntry): AsyncIterable<Bytes> {
    return this.whole.read(file);
  }
}

/** Notes what is at a path, what is on the way to it, and when told what is below it. */
async function gather(
  whole: PastTree,
  path: string,
  tree: boolean,
  found: Map<string, Found>,
): Promise<void> {
  let isDirectory = true;
  for (const at of waysTo(path)) {
    // What lies behind a link is found by its own name.
    if (!isDirectory) return;
    const one = found.get(at) ?? (await whole.look(at));
    if (one === undefined) return;
    found.set(at, one);
    isDirectory = one.type === "directory";
  }
  if (!tree || !isDirectory) return;
  for (const one of await whole.found(path, true)) found.set(one.path, one);
}

/** A path, and before it every directory that leads to it from the top. */
function waysTo(path: string): string[] {
  const names = path.split("/").slice(1);
  return path === "/" ? [] : names.map((_, i) => `/${names.slice(0, i + 1).join("/")}`);
}
