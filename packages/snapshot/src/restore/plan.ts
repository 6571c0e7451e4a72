import { VfsError } from "@vfs/core";
import { childPath, lookUp, sameContent, type Tree, type TreeEntry } from "../tree-entry.ts";

/** Something to do so that a tree is as it was. Paths are below the top. */
export type Step =
  | { readonly kind: "remove"; readonly path: string; readonly entry: TreeEntry }
  | { readonly kind: "make"; readonly path: string; readonly entry: TreeEntry }
  /** New content for a file that stays what it is. */
  | { readonly kind: "write"; readonly path: string; readonly entry: TreeEntry }
  | {
      readonly kind: "attributes";
      readonly path: string;
      readonly entry: TreeEntry;
      readonly now: TreeEntry;
    };

export interface Plan {
  readonly steps: readonly Step[];
  /** Directories that are there and stay, with how they are and are to be: what is done in them changes their times. */
  readonly entered: ReadonlyMap<string, { readonly now: TreeEntry; readonly target: TreeEntry }>;
  /** For each file of several names: a path that has its content already. */
  readonly sources: ReadonlyMap<string, string>;
}

/** What a store can be told to keep. */
export interface Keeping {
  readonly modes: boolean;
  readonly owners: boolean;
  readonly times: "none" | "modify" | "all";
  readonly meta: boolean;
}

export interface PlanOptions {
  readonly now: Tree;
  readonly target: Tree;
  /** Never removed and never replaced: mount points, and the snapshots themselves. */
  readonly kept: ReadonlySet<string>;
  /** Left as they are, with everything in them: what was mounted later. */
  readonly foreign: ReadonlySet<string>;
  readonly keeping: (path: string) => Keeping;
}

/**
 * Finds out what there is to do at a path and below it. Directories on the way to it that are gone are made again.
 *
 * @throws VfsError `ENOENT` where neither tree has it, `ENOTDIR` where something else is on the way to it.
 */
export async function plan(path: string, options: PlanOptions): Promise<Plan> {
  const planner = new Planner(options);
  let now: TreeEntry | undefined = options.now.root;
  let target: TreeEntry | undefined = options.target.root;
  let at = "/";
  for (const name of path.split("/").filter((part) => part !== "")) {
    if (target?.type === "directory") {
      if (now === undefined) planner.steps.push({ kind: "make", path: at, entry: target });
      else if (now.type !== "directory")
        throw new VfsError("ENOTDIR", { path: at, hint: "restore that first" });
    }
    now = now?.type === "directory" ? await options.now.find(now, name) : undefined;
    target = target?.type === "directory" ? await options.target.find(target, name) : undefined;
    at = childPath(at, name);
  }
  if (now === undefined && target === undefined)
    throw new VfsError("ENOENT", { path, hint: "it is neither in the snapshot nor there now" });
  await planner.entry(now, target, path);
  return planner;
}

class Planner implements Plan {
  readonly steps: Step[] = [];
  readonly entered = new Map<string, { now: TreeEntry; target: TreeEntry }>();
  readonly sources = new Map<string, string>();
  /** Which file of then a file of now becomes, and the other way round; each by the first of its names. */
  readonly #becomes = new Map<string, string>();
  readonly #comesFrom = new Map<string, string>();
  readonly #options: PlanOptions;

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  async entry(now: TreeEntry | undefined, target: TreeEntry | undefined, path: string): Promise<void> {
    if (this.#options.foreign.has(path)) return;
    if (now !== undefined && target !== undefined && now.type === target.type)
      return this.#both(now, target, path);
    if (now !== undefined && !(await this.#remove(now, path)) && target !== undefined)
      throw new VfsError("EBUSY", {
        path,
        hint: `something is mounted there or below, and the snapshot has a ${target.type} in its place`,
      });
    if (target !== undefined) await this.#make(target, path);
  }

  async #both(now: TreeEntry, target: TreeEntry, path: string): Promise<void> {
    if (target.type === "directory") return this.#directory(now, target, path);
    if (
      target.type === "symlink" ? now.target !== target.target : !(await this.#staysFile(now, target, path))
    ) {
      await this.#remove(now, path);
      return this.#make(target, path);
    }
    if (target.group !== undefined && !this.sources.has(target.group)) this.sources.set(target.group, path);
    if (target.type === "file" && !(await this.#isAsItWas(now, target)))
      this.steps.push({ kind: "write", path, entry: target });
    else if (differs(now, target, this.#options.keeping(path)))
      this.steps.push({ kind: "attributes", path, entry: target, now });
  }

  #isAsItWas(now: TreeEntry, target: TreeEntry): Promise<boolean> {
    const { now: current, target: wanted } = this.#options;
    return sameContent({ tree: current, entry: now }, { tree: wanted, entry: target });
  }

  /**
   * Whether a file may stay the file that it is. Of one with several names those stay that are to be one file; the
   * others are made anew, or what is written through one name would change another.
   */
  async #staysFile(now: TreeEntry, target: TreeEntry, path: string): Promise<boolean> {
    const from = now.group ?? path;
    const to = target.group ?? path;
    // Names in directories that are as they were are not come by: then the file is theirs.
    if (from !== to && now.group !== undefined && !this.#becomes.has(from)) {
      const first = await lookUp(this.#options.target, from);
      if (first?.group === from) this.#becomes.set(from, from);
    }
    if ((this.#becomes.get(from) ?? to) !== to || (this.#comesFrom.get(to) ?? from) !== from) return false;
    this.#becomes.set(from, to);
    this.#comesFrom.set(to, from);
    return true;
  }

  async #directory(now: TreeEntry, target: TreeEntry, path: string): Promise<void> {
    this.entered.set(path, { now, target });
    if (now.tree !== undefined && now.tree === target.tree) return;
    const [current, wanted] = await Promise.all([
      this.#options.now.list(now),
      this.#options.target.list(target),
    ]);
    const before = new Map(current.map((entry) => [entry.name, entry]));
    const after = new Map(wanted.map((entry) => [entry.name, entry]));
    for (const [name, entry] of before)
      if (!after.has(name)) await this.entry(entry, undefined, childPath(path, name));
    for (const [name, entry] of after) await this.entry(before.get(name), entry, childPath(path, name));
  }

  async #make(entry: TreeEntry, path: string): Promise<void> {
    this.steps.push({ kind: "make", path, entry });
    if (entry.type !== "directory") return;
    for (const child of await this.#options.target.list(entry))
      await this.#make(child, childPath(path, child.name));
  }

  /** Answers whether nothing of it stays. */
  async #remove(entry: TreeEntry, path: string): Promise<boolean> {
    if (this.#options.kept.has(path)) return false;
    if (![...this.#options.kept].some((kept) => kept.startsWith(`${path}/`))) {
      this.steps.push({ kind: "remove", path, entry });
      return true;
    }
    for (const child of await this.#options.now.list(entry))
      await this.#remove(child, childPath(path, child.name));
    return false;
  }
}

// Nanoseconds come back rounded to what a double can tell of milliseconds since 1970: 0.00025. Two changes
// in one millisecond differ by 0.001.
const SAME_MS = 0.0005;

/** Whether attributes have to be set. A time of access alone is no difference: reading changes it. */
export function differs(now: TreeEntry, target: TreeEntry, keeping: Keeping): boolean {
  return (
    modeDiffers(now, target, keeping) ||
    ownerDiffers(now, target, keeping) ||
    (keeping.times !== "none" && Math.abs(now.mtimeMs - target.mtimeMs) > SAME_MS) ||
    metaDiffers(now, target, keeping)
  );
}

export function modeDiffers(now: TreeEntry | undefined, target: TreeEntry, keeping: Keeping): boolean {
  return keeping.modes && target.mode !== undefined && now?.mode !== target.mode;
}

export function ownerDiffers(now: TreeEntry | undefined, target: TreeEntry, keeping: Keeping): boolean {
  return keeping.owners && target.uid !== undefined && (now?.uid !== target.uid || now?.gid !== target.gid);
}

export function metaDiffers(now: TreeEntry | undefined, target: TreeEntry, keeping: Keeping): boolean {
  return (
    keeping.meta &&
    (now?.contentType !== target.contentType ||
      JSON.stringify(now?.meta ?? {}) !== JSON.stringify(target.meta ?? {}))
  );
}
