import { posix } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Dirent, Vfs } from "@vfs/core";

/** Something that happened to a watched path. */
export interface WatchEvent {
  readonly eventType: "rename" | "change";
  /** Relative to what is watched; the last name when a file is watched. */
  readonly filename: string;
}

/** What is watched, and until when. */
export interface WatchOptions {
  readonly recursive: boolean;
  readonly signal: AbortSignal;
}

type Watching = (path: string, options: WatchOptions) => AsyncIterable<WatchEvent>;

/**
 * What happens to a path, as it happens: from the Vfs where that can watch, otherwise by looking again and again. Fails
 * when there is nothing. What happens from now on is seen, also before the first event is asked for.
 */
export function watchPath(vfs: Vfs, path: string, options: WatchOptions): AsyncIterable<WatchEvent> {
  const watching = (vfs as { watch?: Watching }).watch;
  return typeof watching === "function" ? watching(path, options) : new Watch(vfs, path, options);
}

// How often it is looked at, in milliseconds, where nobody tells that something has changed.
const INTERVAL_MS = 100;

/** What was seen of one path: which file, and which version of it. */
interface Seen {
  readonly file: string;
  readonly version: string;
}

/** Compares what is there with what was there: after each change through this program, and now and then. */
class Watch implements AsyncIterable<WatchEvent> {
  readonly #vfs: Vfs;
  readonly #path: string;
  readonly #recursive: boolean;
  readonly #signal: AbortSignal;
  readonly #isSync: boolean;
  readonly #first: Promise<Map<string, Seen>>;
  #before = new Map<string, Seen>();
  #wake: (() => void) | undefined;
  #changed = false;
  readonly #queue: WatchEvent[] = [];

  constructor(vfs: Vfs, path: string, { recursive, signal }: WatchOptions) {
    this.#vfs = vfs;
    this.#path = path;
    this.#recursive = recursive;
    this.#signal = signal;
    this.#isSync = vfs.capabilities(path).sync;
    if (this.#isSync) this.#before = this.#lookNow();
    this.#first = this.#isSync ? Promise.resolve(this.#before) : this.#look();
    this.#first.catch(() => undefined);
    const stop = vfs.onChange(() => this.#notice());
    signal.addEventListener("abort", () => {
      stop();
      this.#wake?.();
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent, void> {
    if (!this.#isSync) this.#before = await this.#first;
    while (!this.#signal.aborted) {
      const event = this.#queue.shift();
      if (event !== undefined) yield event;
      else await this.#more();
    }
    this.#signal.throwIfAborted();
  }

  async #more(): Promise<void> {
    await this.#pause();
    if (this.#signal.aborted || this.#queue.length > 0) return;
    if (this.#isSync) this.#compare(this.#lookNow());
    else this.#compare(await this.#look().catch(() => new Map<string, Seen>()));
  }

  /** Until something has changed here, or for a while. */
  async #pause(): Promise<void> {
    if (this.#changed || this.#queue.length > 0) {
      this.#changed = false;
      return;
    }
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await sleep(INTERVAL_MS, undefined, { signal: woken.signal, ref: false }).catch(() => undefined);
    this.#wake = undefined;
    this.#changed = false;
  }

  #notice(): void {
    this.#changed = true;
    // After the call that made the change, and before the next one of whoever waits for it.
    if (this.#isSync)
      queueMicrotask(() => {
        if (!this.#signal.aborted) this.#compare(this.#lookNow());
      });
    this.#wake?.();
  }

  #compare(now: Map<string, Seen>): void {
    const before = this.#before;
    this.#before = now;
    for (const [name, { file, version }] of now) {
      const old = before.get(name);
      if (old === undefined || old.file !== file) this.#queue.push({ eventType: "rename", filename: name });
      else if (old.version !== version) this.#queue.push({ eventType: "change", filename: name });
    }
    for (const name of before.keys())
      if (!now.has(name)) this.#queue.push({ eventType: "rename", filename: name });
    if (this.#queue.length > 0) this.#wake?.();
  }

  #lookNow(): Map<string, Seen> {
    const { sync } = this.#vfs;
    const own = sync.stat(this.#path, { throwIfNoEntry: false });
    if (own?.isDirectory() !== true) return this.#one(own);
    return this.#many(
      sync.readdir(this.#path, { withFileTypes: true, stat: true, recursive: this.#recursive }),
    );
  }

  async #look(): Promise<Map<string, Seen>> {
    const own = await this.#vfs.stat(this.#path, { throwIfNoEntry: false });
    if (own?.isDirectory() !== true) return this.#one(own);
    return this.#many(
      await this.#vfs.readdir(this.#path, { withFileTypes: true, stat: true, recursive: this.#recursive }),
    );
  }

  #one(stat: Dirent["stat"]): Map<string, Seen> {
    return new Map(stat === undefined ? [] : [[posix.basename(this.#path), seen(stat)]]);
  }

  #many(entries: readonly Dirent[]): Map<string, Seen> {
    const root = posix.resolve(this.#vfs.cwd(), this.#path);
    return new Map(
      entries.flatMap(({ path, stat }) =>
        stat === undefined ? [] : [[posix.relative(root, path), seen(stat)] as const],
      ),
    );
  }
}

function seen(stat: NonNullable<Dirent["stat"]>): Seen {
  const { type, ino, etag, mtimeMs, ctimeMs, size } = stat;
  // What happens in a directory is told of what is in it.
  const version = type === "directory" ? "" : `${etag} ${mtimeMs} ${ctimeMs} ${size}`;
  return { file: `${type} ${ino}`, version };
}
