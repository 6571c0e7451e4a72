import { EventEmitter } from "node:events";
import { resolve } from "node:path/posix";
import type { BigIntStats, Stats } from "node:fs";
import type { Stats as VfsStats, Vfs } from "@vfs/core";
import { toBoolean, toFunction, toObject, toPath } from "./arguments.ts";
import { shaped } from "./calls/metadata.ts";
import { noStats } from "./stats.ts";

const INTERVAL_MS = 5007;

type Listener = (current: Stats | BigIntStats, previous: Stats | BigIntStats) => void;

/** Looks at one file again and again, and emits `change` with its stats and the last ones when they differ. */
export class StatWatcher extends EventEmitter {
  readonly #vfs: Vfs;
  readonly #path: string;
  readonly #bigint: boolean;
  readonly #timer: NodeJS.Timeout;
  #before: VfsStats | undefined;
  #known: Promise<void>;
  #stopped = false;

  /** @internal */
  constructor(vfs: Vfs, path: string, bigint: boolean, intervalMs: number, persistent: boolean) {
    super();
    this.#vfs = vfs;
    this.#path = path;
    this.#bigint = bigint;
    this.#known = this.#begin();
    this.#timer = setInterval(() => {
      this.#known = this.#known.then(() => this.#look());
    }, intervalMs);
    if (!persistent) this.#timer.unref();
  }

  /** What is not there is told once, with zeros. */
  async #begin(): Promise<void> {
    this.#before = await this.#stat();
    if (this.#before === undefined && !this.#stopped) this.#tell(undefined, undefined);
  }

  async #look(): Promise<void> {
    const before = this.#before;
    const now = await this.#stat();
    if (this.#stopped || isSame(now, before)) return;
    this.#before = now;
    this.#tell(now, before);
  }

  #tell(now: VfsStats | undefined, before: VfsStats | undefined): void {
    this.emit("change", this.#shaped(now), this.#shaped(before));
  }

  #shaped(stats: VfsStats | undefined): Stats | BigIntStats {
    return shaped(stats, this.#bigint) ?? noStats(this.#bigint);
  }

  /** What cannot be looked at is not there. */
  async #stat(): Promise<VfsStats | undefined> {
    return this.#vfs.stat(this.#path, { throwIfNoEntry: false }).catch(() => undefined);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#timer);
    process.nextTick(() => this.emit("stop"));
  }

  ref(): this {
    this.#timer.ref();
    return this;
  }
  unref(): this {
    this.#timer.unref();
    return this;
  }
}

function isSame(a: VfsStats | undefined, b: VfsStats | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const fields = ["ino", "dev", "size", "mode", "nlink", "uid", "gid", "mtimeMs", "ctimeMs", "etag"] as const;
  return fields.every((field) => a[field] === b[field]);
}

/** The files that one face watches: one watcher a path. */
export class WatchedFiles {
  readonly #vfs: Vfs;
  readonly #watchers = new Map<string, StatWatcher>();

  constructor(vfs: Vfs) {
    this.#vfs = vfs;
  }

  watch(path: unknown, options: unknown, listener: unknown): StatWatcher {
    const target = resolve(this.#vfs.cwd(), toPath(path));
    const given = typeof options === "function" ? {} : toObject(options ?? undefined);
    const heard = toFunction(typeof options === "function" ? options : listener, "listener") as Listener;
    const { interval = INTERVAL_MS, persistent, bigint } = given as Record<string, unknown>;
    let watcher = this.#watchers.get(target);
    if (watcher === undefined) {
      watcher = new StatWatcher(
        this.#vfs,
        target,
        toBoolean(bigint, "options.bigint"),
        Number(interval),
        toBoolean(persistent, "options.persistent", true),
      );
      this.#watchers.set(target, watcher);
    }
    return watcher.on("change", heard);
  }

  /** Takes one listener away, or all; who has none is not watched any more. */
  unwatch(path: unknown, listener: unknown): void {
    const target = resolve(this.#vfs.cwd(), toPath(path));
    const watcher = this.#watchers.get(target);
    if (watcher === undefined) return;
    if (typeof listener === "function") watcher.off("change", listener as Listener);
    else watcher.removeAllListeners("change");
    if (watcher.listenerCount("change") > 0) return;
    watcher.stop();
    this.#watchers.delete(target);
  }
}
