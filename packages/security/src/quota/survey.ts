import {
  attempt,
  Call,
  isVfsError,
  joinPath,
  ROOT,
  wait,
  type Awaitable,
  type Context,
  type Entry,
  type Flow,
  type Next,
  type Page,
  type Stat,
  type VPath,
} from "@vfs/core";
import { byteLength, type Reach } from "./names.ts";

/** One inode that a survey came by. */
export interface Found {
  readonly path: VPath;
  readonly stat: Stat;
  /** How many of its names are in the tree. */
  names: number;
}

/** What lies in a tree, without where it begins. */
export interface Survey extends Reach {
  /** What a file with several names has counts once. */
  readonly bytes: number;
  readonly files: number;
  /** The same, when each name is a file of its own: what a copy comes to. */
  readonly bytesApart: number;
  readonly filesApart: number;
  /** The largest file. */
  readonly fileBytes: number;
  readonly found: readonly Found[];
}

/** Where a survey looks, and how. */
export interface Ground {
  readonly next: Next;
  readonly ctx: Context;
  /** Listings come with stats. */
  readonly listStat: boolean;
  /** Whether a path is not in the tree's store: a mount point, or a directory that only leads to one. */
  readonly foreign: (path: VPath, stat: Stat | undefined) => "foreign" | "implied" | undefined;
}

// How many stats are asked for at once where they must be waited for.
const AT_ONCE = 16;

/** Bytes of content: a directory and a link have none. */
export function contentBytes({ type, size }: Stat): number {
  return type === "file" ? size : 0;
}

/**
 * Looks at everything below a directory. What goes away meanwhile is passed over.
 *
 * @param keep Whether to answer what was found, not only how much.
 */
export function* survey(ground: Ground, root: VPath, keep = false): Flow<Survey> {
  const count = new Count(root === ROOT ? 0 : byteLength(root), keep);
  let failure: { readonly reason: unknown } | undefined;
  const missed = (reason: unknown): undefined => {
    // The first is told when all that were asked for have answered.
    if (!isVfsError(reason, "ENOENT", "ENOTDIR")) failure ??= { reason };
    return undefined;
  };
  const open: { readonly path: VPath; readonly depth: number }[] = [{ path: root, depth: 0 }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { path, depth } = at;
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page: Page<Entry> = yield* wait(list(ground, path, cursor));
      for (let from = 0; from < page.items.length; from += AT_ONCE) {
        const entries = page.items.slice(from, from + AT_ONCE);
        const looked = entries.map((entry) => describe(ground, joinPath(path, entry.name), entry, missed));
        for (let i = 0; i < looked.length; i++) {
          const entry = entries[i];
          const stat = yield* wait(looked[i]);
          if (entry === undefined || stat === undefined) continue;
          const child = joinPath(path, entry.name);
          const foreign = ground.foreign(child, stat);
          if (foreign === "foreign") continue;
          if (foreign === undefined) count.add(child, entry.name, depth + 1, stat);
          if (stat.type === "directory") open.push({ path: child, depth: depth + 1 });
        }
        if (failure !== undefined) throw failure.reason;
      }
      ({ cursor } = page);
    }
  }
  return count.done();
}

function list(
  { next, ctx, listStat }: Ground,
  path: VPath,
  cursor: string | undefined,
): Awaitable<Page<Entry>> {
  return attempt<Page<Entry>>(
    () => next(new Call("list", path, undefined, { cursor, stat: listStat }, ctx)),
    gone,
  );
}

function gone(reason: unknown): Page<Entry> {
  if (isVfsError(reason, "ENOENT", "ENOTDIR")) return { items: [] };
  throw reason;
}

function describe(
  { next, ctx, foreign }: Ground,
  path: VPath,
  { stat }: Entry,
  missed: (reason: unknown) => undefined,
): Awaitable<Stat | undefined> {
  if (stat !== undefined) return stat;
  if (foreign(path, undefined) === "foreign") return undefined;
  return attempt<Stat | undefined>(() => next(new Call("stat", path, undefined, {}, ctx)), missed);
}

class Count {
  readonly #rootBytes: number;
  readonly #linked = new Map<number, Found>();
  readonly #found: Found[] = [];
  #bytes = 0;
  #files = 0;
  #bytesApart = 0;
  #filesApart = 0;
  #fileBytes = 0;
  #depth = 0;
  #pathBytes = 0;
  #nameBytes = 0;

  readonly #keep: boolean;

  constructor(rootBytes: number, keep: boolean) {
    this.#rootBytes = rootBytes;
    this.#keep = keep;
  }

  add(path: VPath, name: string, depth: number, stat: Stat): void {
    const bytes = contentBytes(stat);
    this.#bytesApart += bytes;
    this.#filesApart++;
    this.#depth = Math.max(this.#depth, depth);
    this.#pathBytes = Math.max(this.#pathBytes, byteLength(path) - this.#rootBytes);
    this.#nameBytes = Math.max(this.#nameBytes, byteLength(name));
    const known = this.#known(stat);
    if (known !== undefined) {
      known.names++;
      return;
    }
    const found = { path, stat, names: 1 };
    if (this.#keep) this.#found.push(found);
    if (hasNames(stat)) this.#linked.set(stat.ino, found);
    this.#bytes += bytes;
    this.#files++;
    this.#fileBytes = Math.max(this.#fileBytes, bytes);
  }

  done(): Survey {
    return {
      bytes: this.#bytes,
      files: this.#files,
      bytesApart: this.#bytesApart,
      filesApart: this.#filesApart,
      fileBytes: this.#fileBytes,
      depth: this.#depth,
      pathBytes: this.#pathBytes,
      nameBytes: this.#nameBytes,
      found: this.#found,
    };
  }

  #known(stat: Stat): Found | undefined {
    return hasNames(stat) ? this.#linked.get(stat.ino) : undefined;
  }
}

/** Whether something may be met under another name too. */
function hasNames(stat: Stat): stat is Stat & { readonly ino: number } {
  return stat.type !== "directory" && stat.ino !== undefined && (stat.nlink ?? 1) > 1;
}
