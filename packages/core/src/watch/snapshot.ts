import { attempt, type Awaitable } from "../awaitable.ts";
import { Breather } from "../breather.ts";
import { isVfsError } from "../error.ts";
import { run, wait, type Flow } from "../flow.ts";
import type { Mount } from "../mount.ts";
import { joinPath, type VPath } from "../path.ts";
import { Pool } from "../pool.ts";
import type { Scope } from "../scope.ts";
import type { Entry, FileType, Stat } from "../stat.ts";
import { listAll } from "../verbs/walk.ts";

/** What is remembered of a file, to see later whether it is still the same. */
export interface Seen {
  readonly type: FileType;
  /** Which file it is, where the store can tell: a name that leads to another one has another. */
  readonly identity: string | undefined;
  /** Changes with the content and the attributes; of a directory with the attributes only. */
  readonly stamp: string;
  /** Of a directory, as far as it is watched. */
  readonly children: Map<string, Seen> | undefined;
}

// Enough to hide the way to a store that is far, and no burden on one that is near.
const STATS_AT_A_TIME = 16;

/** Looks at what one mount has, through the door: what a layer hides from the caller is not there. */
export class Snapshot {
  readonly #scope: Scope;
  readonly #mount: Mount;

  constructor(scope: Scope, mount: Mount) {
    this.#scope = scope;
    this.#mount = mount;
  }

  /** What lies at a path, and below it down to `depth` levels; undefined when there is nothing to be seen. */
  *at(path: VPath, depth: number): Flow<Seen | undefined> {
    const stat = yield* this.stat(path);
    return stat === undefined ? undefined : yield* this.whole(path, stat, depth);
  }

  /** The same, of something that was described already. */
  *whole(path: VPath, stat: Stat, depth: number): Flow<Seen> {
    if (stat.type !== "directory" || depth === 0) return seen(stat);
    const children = new Map<string, Seen>();
    for (const [name, child] of yield* this.list(path))
      children.set(name, yield* this.whole(joinPath(path, name), child, depth - 1));
    return seen(stat, children);
  }

  *stat(path: VPath): Flow<Stat | undefined> {
    try {
      return yield* wait(this.#scope.send("stat", path, {}));
    } catch (reason) {
      return ifHidden(reason);
    }
  }

  /** What is in a directory, with a stat each; nothing when it is gone, or nobody's to look at. */
  *list(path: VPath): Flow<Map<string, Stat>> {
    const found = new Map<string, Stat>();
    let entries: readonly Entry[];
    try {
      entries = yield* listAll(this.#scope, path, true);
    } catch (reason) {
      ifHidden(reason);
      return found;
    }
    const breather = new Breather(this.#scope.ctx);
    const pool = new Pool(STATS_AT_A_TIME);
    for (const { name, stat } of entries) {
      const child = joinPath(path, name);
      // What is mounted here is somebody else's to tell of.
      if (this.#scope.door.table.find(child) !== this.#mount) continue;
      if (stat === undefined) yield* pool.add(() => this.#statInto(found, name, child));
      else found.set(name, stat);
      yield* wait(breather.pause());
    }
    yield* pool.drain();
    return found;
  }

  #statInto(found: Map<string, Stat>, name: string, path: VPath): Awaitable<void> {
    return attempt(
      () => run(this.#setStat(found, name, path)),
      (reason) => ifHidden(reason),
    );
  }

  *#setStat(found: Map<string, Stat>, name: string, path: VPath): Flow<void> {
    const stat = yield* this.stat(path);
    if (stat !== undefined) found.set(name, stat);
  }
}

/** Nothing is there for this caller, or a link was put on the path, which is not followed. Other failures are thrown. */
function ifHidden(reason: unknown): undefined {
  if (isVfsError(reason, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "EBUSY", "ELOOP")) return undefined;
  throw reason;
}

/** What to remember of a file. */
export function seen(stat: Stat, children?: Map<string, Seen>): Seen {
  const { type, ino, birthtimeMs } = stat;
  // A number may be used again for a new file.
  const identity = ino === undefined ? undefined : `${type} ${ino} ${birthtimeMs ?? ""}`;
  return { type, identity, stamp: stampOf(stat), children };
}

function stampOf({ type, size, mtimeMs, ctimeMs, etag, mode, uid, gid, contentType, meta }: Stat): string {
  const attributes = [mode, uid, gid, contentType, meta === undefined ? "" : JSON.stringify(meta)];
  // The times of a directory tell of names in it, which are told of themselves.
  const content = type === "directory" ? [] : [size, mtimeMs, ctimeMs, etag];
  return [...attributes, ...content].join(" ");
}
