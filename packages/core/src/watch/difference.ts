import type { StoreChange } from "../changes.ts";
import { joinPath, nameOf, parentOf, type VPath } from "../path.ts";
import type { Seen } from "./snapshot.ts";

interface Gone {
  readonly path: VPath;
  readonly seen: Seen;
}

interface Come extends Gone {
  /** What was under this name before. */
  readonly instead: Gone | undefined;
}

/** What two looks at a tree have found to be different, as changes that explain it. */
export class Difference {
  readonly #gone = new Set<Gone>();
  readonly #come: Come[] = [];
  readonly #changed = new Map<VPath, Seen>();
  /** Moves that are known of, by the new name. */
  readonly #moves = new Map<VPath, VPath>();

  /** Notes that a move from `oldPath` to `path` is known of, if both turn out to fit. */
  moved(oldPath: VPath, path: VPath): void {
    this.#moves.set(path, oldPath);
  }

  changed(path: VPath, seen: Seen): void {
    this.#changed.set(path, seen);
  }

  gone(path: VPath, seen: Seen): void {
    this.#gone.add({ path, seen });
  }

  /** @param before What was under this name until now. */
  come(path: VPath, seen: Seen, before?: Seen): void {
    const instead = before === undefined ? undefined : { path, seen: before };
    if (instead !== undefined) this.#gone.add(instead);
    this.#come.push({ path, seen, instead });
  }

  /** Everything in an order in which it may have happened. */
  toChanges(): StoreChange[] {
    const pairs = this.#pair();
    const removed: StoreChange[] = [];
    const renamed: StoreChange[] = [];
    const created: StoreChange[] = [];
    for (const one of this.#come) {
      const { path, seen, instead } = one;
      const from = pairs.get(one);
      const replaced = instead !== undefined && this.#gone.has(instead) && isAlike(instead.seen, seen);
      if (replaced) this.#gone.delete(instead);
      const { type } = seen;
      if (from !== undefined) {
        renamed.push({ kind: "renamed", path, oldPath: from.path, replaces: replaced, type });
        this.#compare(path, from.seen, seen, removed, created);
      } else if (replaced) this.#changed.set(path, seen);
      else created.push(...allCreated(path, seen));
    }
    for (const { path, seen } of this.#gone) removed.push(...allRemoved(path, seen));
    const changed = Array.from(this.#changed, ([path, { type }]): StoreChange => {
      return { kind: "changed", path, type };
    });
    return [...removed, ...renamed, ...changed, ...created];
  }

  /** What has changed in a directory while it was moved. */
  #compare(path: VPath, before: Seen, after: Seen, removed: StoreChange[], created: StoreChange[]): void {
    if (before.children === undefined || after.children === undefined) return;
    for (const [name, child] of before.children)
      if (!after.children.has(name)) removed.push(...allRemoved(joinPath(path, name), child));
    for (const [name, child] of after.children) {
      const at = joinPath(path, name);
      const known = before.children.get(name);
      if (known === undefined || known.type !== child.type) created.push(...allCreated(at, child));
      else {
        if (known.stamp !== child.stamp) this.#changed.set(at, child);
        this.#compare(at, known, child, removed, created);
      }
    }
  }

  /** What has come that is something that is gone, under another name. */
  #pair(): Map<Come, Gone> {
    const byIdentity = new Map<string, Gone>();
    const byPath = new Map<VPath, Gone>();
    for (const one of this.#gone) {
      byPath.set(one.path, one);
      if (one.seen.identity !== undefined) byIdentity.set(one.seen.identity, one);
    }
    const pairs = new Map<Come, Gone>();
    for (const one of this.#come) {
      const { path, seen } = one;
      const known = this.#moves.get(path);
      const from =
        (seen.identity === undefined ? undefined : byIdentity.get(seen.identity)) ??
        (known === undefined ? undefined : byPath.get(known));
      if (from === undefined || from.path === path || from.seen.type !== seen.type || !this.#gone.has(from))
        continue;
      pairs.set(one, from);
      this.#gone.delete(from);
    }
    return pairs;
  }
}

/** Whether one may stand for the other without having been taken away: a file that is replaced has only changed. */
function isAlike(before: Seen, after: Seen): boolean {
  return before.type === after.type && before.type !== "directory";
}

/** A directory comes before what is in it. */
function allCreated(path: VPath, { type, children }: Seen): StoreChange[] {
  const below = Array.from(children ?? [], ([name, child]) => allCreated(joinPath(path, name), child));
  return [{ kind: "created", path, type }, ...below.flat()];
}

/** A directory goes after what was in it. */
function allRemoved(path: VPath, { type, children }: Seen): StoreChange[] {
  const below = Array.from(children ?? [], ([name, child]) => allRemoved(joinPath(path, name), child));
  return [...below.flat(), { kind: "removed", path, type }];
}

/** The directory in a remembered tree that a path lies in, if that is known. */
export function parentSeen(top: Seen, base: VPath, path: VPath): Map<string, Seen> | undefined {
  if (path === base) return undefined;
  const parent = parentOf(path);
  if (parent === base) return top.children;
  return parentSeen(top, base, parent)?.get(nameOf(parent))?.children;
}
