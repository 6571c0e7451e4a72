import { attempt, chain } from "../awaitable.ts";
import { changeInSight, isInSight, type Sight, type StoreChange } from "../changes.ts";
import { isVfsError, VfsError } from "../error.ts";
import { run, type Flow } from "../flow.ts";
import type { Mount } from "../mount.ts";
import type { Watcher, WatchEvent, WatchOptions } from "../options.ts";
import { isBelow, isWithin, nameOf, ROOT, stripPrefix, type VPath } from "../path.ts";
import type { WatchReport } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { resolveTree, transplant } from "../verbs/walk.ts";
import { EventQueue } from "./event-queue.ts";
import { Part, type PartOptions } from "./part.ts";

const USUAL_QUEUE = 2048;

/** A watch of one path: over every mount that has a part of it, as long as they have. */
export class PathWatch implements Watcher {
  readonly ready: Promise<void>;
  readonly #scope: Scope;
  /** The path as the caller knows it, from the root of everything. */
  readonly #asked: VPath;
  readonly #options: WatchOptions;
  readonly #queue: EventQueue;
  readonly #parts = new Map<Mount, Part>();
  #sight: Sight;
  #mounts: readonly Mount[] = [];
  #home: Mount | undefined;
  #stopListening: () => void = () => undefined;
  #ended = false;

  constructor(scope: Scope, asked: VPath, options: WatchOptions) {
    const { maxQueue = USUAL_QUEUE, overflow = "event", recursive = false, signal } = options;
    this.#scope = scope.until(signal);
    this.#asked = asked;
    this.#options = options;
    this.#sight = { base: asked, recursive };
    const path = scope.shown(asked);
    const lost: WatchEvent = { eventType: "change", filename: null, kind: "overflow", path };
    this.#queue = new EventQueue(maxQueue, overflow, lost);
    this.ready = this.#begin(signal);
    // Whoever does not ask hears of it from `next`.
    this.ready.catch(() => undefined);
  }

  next(): Promise<IteratorResult<WatchEvent, undefined>> {
    return this.#queue.next();
  }

  async return(): Promise<IteratorResult<WatchEvent, undefined>> {
    this.close();
    return { value: undefined, done: true };
  }

  close(): void {
    this.#end();
    this.#queue.clear();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #begin(signal: AbortSignal | undefined): Promise<void> {
    try {
      signal?.throwIfAborted();
      const aborted = (): void => {
        this.#queue.failNow(signal?.reason);
        this.#end();
      };
      signal?.addEventListener("abort", aborted, { once: true });
      this.#stopListening = () => signal?.removeEventListener("abort", aborted);
      await run(this.#arm());
    } catch (thrown) {
      const reason = this.#located(thrown);
      this.#fail(reason);
      throw reason;
    }
  }

  *#arm(): Flow<void> {
    const { door } = this.#scope;
    const base = yield* resolveTree(this.#scope, this.#asked, true);
    if (this.#ended) return;
    this.#sight = { ...this.#sight, base };
    this.#mounts = door.table.all;
    this.#home = door.table.find(base);
    const stop = this.#stopListening;
    const stopMounts = door.onMounts(() => this.#mountsChanged());
    this.#stopListening = () => {
      stop();
      stopMounts();
    };
    for (const [mount, sight] of this.#wanted()) {
      if (this.#ended) return;
      const part = new Part(mount, sight);
      this.#parts.set(mount, part);
      try {
        yield* part.begin(this.#scope.onRealPaths(), this.#partOptions(sight), this.#reportOf(part));
      } catch (reason) {
        this.#parts.delete(mount);
        // What is mounted below and nobody may look into is not watched, as it is not listed either.
        if (sight.base === base || !isVfsError(reason, "EACCES", "EPERM", "ENOENT")) throw reason;
      }
    }
  }

  /** What is to be watched of which mount. */
  #wanted(): Map<Mount, Sight> {
    const { table } = this.#scope.door;
    const { base, recursive } = this.#sight;
    const wanted = new Map([[table.find(base), this.#sight]]);
    if (recursive)
      for (const mount of table.below(base)) wanted.set(mount, { base: mount.path, recursive: true });
    return wanted;
  }

  #partOptions(sight: Sight): PartOptions {
    const { intervalMs, persistent = true } = this.#options;
    return { ...sight, intervalMs, persistent };
  }

  #mountsChanged(): void {
    const { door } = this.#scope;
    if (door.closed) return this.#end();
    const before = this.#mounts;
    const now = door.table.all;
    this.#mounts = now;
    const wanted = this.#wanted();
    for (const [mount, part] of this.#parts) if (!wanted.has(mount)) this.#drop(mount, part);
    for (const mount of before) if (!now.includes(mount)) this.#tellOfMount("unmounted", mount);
    for (const mount of now) if (!before.includes(mount)) this.#tellOfMount("mounted", mount);
    if (this.#home !== undefined && !now.includes(this.#home)) return this.#end();
    for (const [mount, sight] of wanted) if (!this.#parts.has(mount)) this.#add(mount, sight);
  }

  #drop(mount: Mount, part: Part): void {
    this.#parts.delete(mount);
    part.stop();
  }

  #add(mount: Mount, sight: Sight): void {
    const part = new Part(mount, sight);
    this.#parts.set(mount, part);
    part.beginLater(this.#scope.onRealPaths(), this.#partOptions(sight), this.#reportOf(part), (reason) => {
      if (this.#parts.get(mount) !== part) return;
      this.#parts.delete(mount);
      if (!isVfsError(reason, "EACCES", "EPERM", "ENOENT", "ENXIO", "EBADF")) this.#fail(reason);
    });
  }

  #tellOfMount(kind: "mounted" | "unmounted", { path }: Mount): void {
    const { base } = this.#sight;
    // What is mounted above the watched path hides it.
    const at = isWithin(base, path) ? base : path;
    if (isInSight(at, this.#sight))
      this.#queue.push({ eventType: "rename", kind, type: "directory", ...this.#named(at) });
  }

  /** Where one part tells what happens in it. */
  #reportOf(part: Part): WatchReport {
    const current = (): boolean => this.#parts.get(part.mount) === part;
    return {
      changes: (changes) => {
        for (const change of changes) if (current()) this.#tell(change, part);
      },
      lost: () => {
        if (current()) this.#queue.lost();
      },
      failed: (reason) => {
        if (current()) this.#fail(this.#located(reason));
      },
    };
  }

  #tell(whole: StoreChange, part: Part): void {
    const { mount, sight } = part;
    const { table } = this.#scope.door;
    const isShown = (path: VPath): boolean => table.single || table.find(path) === mount;
    const change = changeInSight(whole, sight);
    if (change === undefined && whole.oldPath !== undefined && isBelow(sight.base, whole.path))
      return this.#lookWhetherItCame();
    if (change === undefined) return;
    if (!isShown(change.path)) {
      // What is moved to where a mount hides it is gone.
      if (change.oldPath === undefined || !isShown(change.oldPath)) return;
      return this.#tell({ kind: "removed", path: change.oldPath, type: change.type }, part);
    }
    const { kind, path, oldPath, type, revision } = change;
    const from = oldPath === undefined || !isShown(oldPath) ? undefined : this.#named(oldPath);
    this.#queue.push({
      eventType: kind === "changed" ? "change" : "rename",
      ...this.#named(path),
      kind: kind === "renamed" && from === undefined ? "created" : kind,
      ...(from === undefined ? {} : { oldPath: from.path, oldName: from.filename }),
      ...(type === undefined ? {} : { type }),
      ...(revision === undefined ? {} : { revision }),
    });
  }

  /** A directory was moved to a place above the watched path: perhaps that is in it. */
  #lookWhetherItCame(): void {
    const { base } = this.#sight;
    const found = attempt<Stat | undefined>(
      () => this.#scope.onRealPaths().send("stat", base, {}),
      () => undefined,
    );
    void chain(found, (stat) => {
      if (stat !== undefined)
        this.#queue.push({ eventType: "rename", kind: "created", type: stat.type, ...this.#named(base) });
    });
  }

  /** A path as the caller knows it. */
  #named(path: VPath): { readonly filename: string; readonly path: string } {
    const { base } = this.#sight;
    const shown = this.#scope.shown(transplant(path, base, this.#asked));
    const filename = path === base ? nameOf(this.#asked) : stripPrefix(path, base).slice(1);
    return { filename: filename === "" ? ROOT : filename, path: shown };
  }

  /** The failure as one of this call, whichever step of it failed. */
  #located(thrown: unknown): unknown {
    if (!isVfsError(thrown)) return thrown;
    const { code, hint, reason, retryable, retryAfterMs, cause } = thrown;
    const path = this.#scope.shown(this.#asked);
    const syscall = "watch";
    return new VfsError(code, { syscall, path, hint, reason, retryable, retryAfterMs, cause });
  }

  #fail(reason: unknown): void {
    this.#queue.fail(reason);
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopListening();
    for (const [mount, part] of this.#parts) this.#drop(mount, part);
    this.#queue.end();
  }
}
