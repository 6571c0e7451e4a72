import { isUtf8 } from "node:buffer";
import { readFileSync, watch as watchHost, type FSWatcher, type WatchListener } from "node:fs";
import {
  chain,
  isLinkMet,
  isVfsError,
  isWithin,
  joinPath,
  nameOf,
  parentOf,
  ROOT,
  run,
  VfsError,
  wait,
  type Awaitable,
  type Flow,
  type ProviderWatch,
  type ProviderWatchOptions,
  type StoreChange,
  type VPath,
} from "@vfs/core";
import type { Directory } from "./confined/directories.ts";
import { checkPath } from "./confined/names.ts";
import type { Store } from "./confined/spot.ts";
import { hostError } from "./host/error.ts";
import type { Host, HostPath } from "./host/host.ts";
import { isTemporary } from "./unfinished/temporaries.ts";

/**
 * How often it is looked whether the watched directory is still at its path, or is back there. The kernel tells of that
 * only when nobody has it open any more, and of a directory above it never.
 */
const LOOK_AGAIN_MS = 250;

/** A directory that is watched. */
interface Armed {
  /** Where the directory lies, as far as is known. */
  readonly path: VPath;
  readonly watcher: FSWatcher;
  /** What it is, to notice that another one has taken its place. */
  readonly ino: number;
  readonly dev: number;
}

/**
 * Begins to watch a path.
 *
 * @throws VfsError `ENOENT` when there is nothing; `ENOSPC` or `EMFILE` when the host watches as much as it can.
 */
export function watch(
  store: Store,
  host: Host,
  path: VPath,
  options: ProviderWatchOptions,
): Awaitable<LocalWatch> {
  const watching = new LocalWatch(store, host, path, options);
  return chain(run(watching.begin()), () => {
    watching.begun();
    return watching;
  });
}

/**
 * A watch that tells where to look. Each directory is watched by itself, from the descriptor by which it is reached
 * without leaving the root; a link is never followed. What the host says is no more than a name in such a directory: it
 * is told on only if that directory still lies where it did, so that nothing is told of what was moved out of the root.
 */
export class LocalWatch implements ProviderWatch {
  readonly #store: Store;
  readonly #host: Host;
  readonly #base: VPath;
  readonly #options: ProviderWatchOptions;
  readonly #armed = new Map<VPath, Armed>();
  /** A directory; else it is watched by the directory that it lies in. */
  #isDirectory = true;
  #pending: { readonly armed: Armed; readonly name: string; readonly isChange: boolean }[] = [];
  #working = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #checks: NodeJS.Timeout | undefined;
  #mustCheck = false;

  constructor(store: Store, host: Host, base: VPath, options: ProviderWatchOptions) {
    this.#store = store;
    this.#host = host;
    this.#base = base;
    this.#options = options;
  }

  *begin(): Flow<void> {
    checkPath(this.#base);
    this.#isDirectory = true;
    try {
      if (!(yield* this.#arm(this.#base))) throw new VfsError("ENOENT");
    } catch (reason) {
      if (isLinkMet(reason) || !isVfsError(reason, "ENOTDIR")) throw reason;
      // No directory: a file, which may be replaced by another one, so that it is its name that is watched.
      this.#isDirectory = false;
      yield* this.#armParent();
    }
  }

  /** To be called when it has begun. */
  begun(): void {
    this.#checks = setInterval(() => {
      this.#mustCheck = true;
      this.#workSoon();
    }, LOOK_AGAIN_MS).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#checks);
    this.#disarm(ROOT);
  }

  /** The directory of a watched file. */
  *#armParent(): Flow<void> {
    const { directories } = this.#store;
    const directory = yield* wait(directories.enter(this.#host, parentOf(this.#base), this.#base));
    try {
      if ((yield* wait(this.#host.lstat(directory.at(nameOf(this.#base))))) === undefined)
        throw new VfsError("ENOENT");
      yield* this.#armDirectory(parentOf(this.#base), directory);
    } finally {
      directory.leave();
    }
  }

  /** Watches a directory, and those in it; answers false when it is gone by now. */
  *#arm(path: VPath): Flow<boolean> {
    const { directories } = this.#store;
    let directory: Directory;
    try {
      directory = yield* wait(directories.enter(this.#host, path, path));
    } catch (reason) {
      if (path !== this.#base && isGone(reason)) return false;
      throw reason;
    }
    try {
      if (!(yield* this.#armDirectory(path, directory))) return true;
      if (!this.#options.recursive) return true;
      for (const { name, type } of yield* wait(this.#host.readdir(directory.self)))
        if (type === "directory" && typeof name === "string") yield* this.#armNew(joinPath(path, name));
      return true;
    } finally {
      directory.leave();
    }
  }

  /** Answers whether it was not watched yet. */
  *#armDirectory(path: VPath, directory: Directory): Flow<boolean> {
    const stats = yield* wait(this.#host.lstat(directory.at(".")));
    // What is removed and still open has no names.
    if (stats === undefined || stats.nlink === 0 || this.#closed) return false;
    const known = this.#armed.get(path);
    if (known !== undefined && known.ino === stats.ino && known.dev === stats.dev) return false;
    this.#disarm(path);
    const { persistent } = this.#options;
    // Ends in a dot, which is what the host then calls the directory itself: nothing in it has that name.
    const watcher = watchDirectory(directory.at("."), persistent, (type, name) =>
      this.#heard(armed, name, type === "change"),
    );
    const armed: Armed = { path, watcher, ino: stats.ino, dev: stats.dev };
    watcher.on("error", () => this.#options.report.lost());
    this.#armed.set(path, armed);
    if (!directory.pinned) yield* wait(directory.confirm(this.#host));
    return true;
  }

  #disarm(path: VPath): void {
    for (const [at, { watcher }] of this.#armed) {
      if (!isWithin(at, path)) continue;
      this.#armed.delete(at);
      watcher.close();
    }
  }

  #heard(armed: Armed, bytes: Buffer | null, isChange: boolean): void {
    if (bytes === null) return this.#options.report.lost();
    // A name that is no text cannot be asked for, and an unfinished file is not there yet.
    if (!isUtf8(bytes)) return;
    const name = bytes.toString();
    if (isTemporary(name) || this.#closed) return;
    this.#pending.push({ armed, name, isChange });
    this.#workSoon();
  }

  #workSoon(): void {
    if (this.#working) return;
    this.#working = true;
    // In the next turn: what happened at once is told at once, both sides of a move above all.
    setImmediate(() => void this.#work());
  }

  async #work(): Promise<void> {
    try {
      while ((this.#pending.length > 0 || this.#mustCheck) && !this.#closed) {
        if (this.#mustCheck) await this.#check();
        const heard = this.#pending.splice(0);
        // The host drops what it has no room for, and Node does not tell.
        const isTooMuch = heard.length >= mostQueued() / 2;
        const changes = await run(this.#look(heard));
        if (this.#closed) return;
        if (changes.length > 0) this.#options.report.changes(changes);
        if (isTooMuch) this.#disarm(ROOT);
        if (this.#armed.size === 0 && this.#timer === undefined) await this.#comeBack();
      }
    } catch (reason) {
      if (!this.#closed) this.#options.report.failed(reason);
    } finally {
      this.#working = false;
    }
  }

  /** Looks whether the watched directory is still there. */
  async #check(): Promise<void> {
    this.#mustCheck = false;
    const armed = this.#armed.get(this.#watchedDirectory);
    if (armed !== undefined && !(await run(this.#isInside(armed))))
      this.#options.report.changes(this.#lostBase());
  }

  /** What of the heard is inside, with new directories watched before they are told of. */
  *#look(heard: readonly { armed: Armed; name: string; isChange: boolean }[]): Flow<StoreChange[]> {
    const changes: StoreChange[] = [];
    const inside = new Map<Armed, boolean>();
    const done = new Set<string>();
    for (const { armed, name, isChange } of heard) {
      const key = `${armed.path} ${name} ${isChange}`;
      if (done.has(key)) continue;
      done.add(key);
      if (!inside.has(armed)) inside.set(armed, yield* this.#isInside(armed));
      if (inside.get(armed) !== true) {
        // It was moved or removed: so will its name be heard of, unless nothing above it is watched.
        if (this.#armed.get(armed.path) !== armed) continue;
        if (armed.path === this.#watchedDirectory) changes.push(...this.#lostBase());
        else this.#disarm(armed.path);
        continue;
      }
      const isSelf = name === ".";
      const path = isSelf ? armed.path : joinPath(armed.path, name);
      if (!this.#isDirectory && path !== this.#base) continue;
      if (isSelf && path !== this.#base) continue;
      if (!isChange && !isSelf && this.#options.recursive && this.#isDirectory) yield* this.#armNew(path);
      changes.push({ kind: isChange ? "changed" : "created", path });
    }
    return changes;
  }

  get #watchedDirectory(): VPath {
    return this.#isDirectory ? this.#base : parentOf(this.#base);
  }

  /** A name came or went: if it is a directory now, it is watched before anybody looks into it. */
  *#armNew(path: VPath): Flow<void> {
    try {
      if (!(yield* this.#arm(path))) this.#disarm(path);
    } catch (reason) {
      if (!isGone(reason) && !isVfsError(reason, "EACCES", "EPERM")) throw reason;
      this.#disarm(path);
    }
  }

  /** Whether a watched directory is still the one at its path. */
  *#isInside(armed: Armed): Flow<boolean> {
    if (this.#armed.get(armed.path) !== armed) return false;
    try {
      const directory = yield* wait(this.#store.directories.enter(this.#host, armed.path, armed.path));
      try {
        const stats = yield* wait(this.#host.lstat(directory.at(".")));
        return stats !== undefined && stats.ino === armed.ino && stats.dev === armed.dev && stats.nlink > 0;
      } finally {
        directory.leave();
      }
    } catch (reason) {
      if (isGone(reason) || isVfsError(reason, "EACCES", "EPERM")) return false;
      throw reason;
    }
  }

  /** The watched path is gone, or is another directory by now. */
  #lostBase(): StoreChange[] {
    this.#disarm(ROOT);
    return [{ kind: "removed", path: this.#base }];
  }

  /** Watches what is at the path now, which core is to look at as a whole; while there is nothing, tries again. */
  async #comeBack(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed) return;
    try {
      await run(this.begin());
      // What is open stays what it was: nothing can ever lie at the root again.
      if (this.#armed.size === 0) throw new VfsError("ENOENT", { hint: "the root of the store was removed" });
      this.#options.report.lost();
    } catch (reason) {
      if (this.#closed) return;
      if (this.#base === ROOT || !isGone(reason)) return this.#options.report.failed(reason);
      this.#timer = setTimeout(() => void this.#comeBack(), LOOK_AGAIN_MS);
      if (!this.#options.persistent) this.#timer.unref();
    }
  }
}

function watchDirectory(at: HostPath, persistent: boolean, listener: WatchListener<Buffer>): FSWatcher {
  try {
    return watchHost(at, { persistent, encoding: "buffer" }, listener);
  } catch (reason) {
    throw notWatched(reason);
  }
}

/** Nothing is there any more, or a link, which leads elsewhere. */
function isGone(reason: unknown): boolean {
  return isLinkMet(reason) || isVfsError(reason, "ENOENT", "ENOTDIR", "ELOOP", "EBUSY");
}

function notWatched(reason: unknown): unknown {
  const error = hostError(reason);
  if (!isVfsError(error, "ENOSPC", "EMFILE")) return error;
  return new VfsError(error.code, {
    hint: "the host watches as many directories as it may: raise fs.inotify.max_user_watches or max_user_instances",
    cause: reason,
  });
}

let mostQueuedKnown: number | undefined;

/** How many events Linux keeps for a process that does not take them; then it drops what comes. */
function mostQueued(): number {
  mostQueuedKnown ??= readLimit();
  return mostQueuedKnown;
}

function readLimit(): number {
  try {
    return Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "latin1")) || 16_384;
  } catch {
    return 16_384;
  }
}
