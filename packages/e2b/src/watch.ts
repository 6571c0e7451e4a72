import {
  isLinkMet,
  isVfsError,
  isWithin,
  joinPath,
  parentOf,
  ROOT,
  VfsError,
  type ProviderWatch,
  type ProviderWatchOptions,
  type StoreChange,
  type VPath,
} from "@vfs/core";
import type { FilesystemEvent, WatchHandle } from "e2b";
import type { Remote } from "./remote/remote.ts";
import { isTemporary } from "./temporaries.ts";
import { stat } from "./verbs/look.ts";

/** After a connection broke. */
const LOOK_AGAIN_MS = 250;

/** What happens to the content or the attributes of what is there, by the daemon's words. */
const CHANGES: ReadonlySet<string> = new Set(["write", "chmod"]);

/** The messages about one thing that happened come within this time. */
const AT_ONCE_MS = 20;

/**
 * A watch that tells where to look. The daemon watches folders by what they are, and not by their names; so those on the
 * way to the watched one are watched as well, to notice when another one has taken its place.
 */
export class RemoteWatch implements ProviderWatch {
  readonly #remote: Remote;
  readonly #base: VPath;
  readonly #options: ProviderWatchOptions;
  readonly #closing: () => void;
  #handles: WatchHandle[] = [];
  #isDirectory = true;
  #closed = false;
  #arming = false;
  #again = false;
  #there = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heard: StoreChange[] = [];
  #telling: ReturnType<typeof setTimeout> | undefined;

  private constructor(remote: Remote, base: VPath, options: ProviderWatchOptions, closing: () => void) {
    this.#remote = remote;
    this.#base = base;
    this.#options = options;
    this.#closing = closing;
  }

  /**
   * One request to look, and one for each folder on the way.
   *
   * @throws VfsError `ENOENT` when there is nothing.
   */
  static async begin(
    remote: Remote,
    path: VPath,
    options: ProviderWatchOptions,
    signal: AbortSignal | undefined,
    closing: () => void,
  ): Promise<RemoteWatch> {
    const watch = new RemoteWatch(remote, path, options, closing);
    try {
      await watch.#arm(signal);
    } catch (reason) {
      watch.#disarm();
      throw reason;
    }
    return watch;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#telling);
    this.#disarm();
    this.#closing();
  }

  /** Watches what lies at the path now, and the folders above it. */
  async #arm(signal?: AbortSignal): Promise<void> {
    for (const directory of above(this.#base))
      await this.#watch(directory, false, (name) => this.#above(directory, name), signal);
    // Looked at when it would be heard of if it went.
    const { type } = await stat(this.#remote, this.#base, { follow: true }, signal);
    this.#isDirectory = type === "directory";
    if (!this.#isDirectory) return;
    await this.#watch(
      this.#base,
      this.#options.recursive,
      (name, event) => this.#inside(name, event),
      signal,
    );
  }

  async #watch(
    directory: VPath,
    recursive: boolean,
    heard: (name: string, type: FilesystemEvent["type"]) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { root, user } = this.#remote;
    const path = directory === ROOT ? root : (root === "/" ? "" : root) + directory;
    const handle: WatchHandle = await this.#remote.request(signal, true, (sandbox) =>
      sandbox.files
        .watchDir(path, ({ name, type }) => heard(name, type), {
          recursive,
          timeoutMs: 0,
          onExit: (): void => this.#ended(handle),
          ...(user === undefined ? {} : { user }),
        })
        .catch(notThere),
    );
    if (this.#closed) return void handle.stop();
    this.#handles.push(handle);
  }

  #disarm(): void {
    const handles = this.#handles;
    this.#handles = [];
    for (const handle of handles) void handle.stop();
  }

  /** Something happened in the watched folder. */
  #inside(name: string, type: FilesystemEvent["type"]): void {
    if (this.#closed || name.split("/").some(isTemporary)) return;
    const isOwn = name === "" || name === ".";
    const path = isOwn ? this.#base : joinPath(this.#base, name);
    const kind = CHANGES.has(type) ? "changed" : "created";
    this.#tellSoon({ kind, path });
  }

  /** What happened at once is told at once: both sides of a move above all, which come as two messages. */
  #tellSoon(change: StoreChange): void {
    this.#heard.push(change);
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#options.report.changes(this.#heard.splice(0));
    }, AT_ONCE_MS);
  }

  /** Something happened in a folder on the way. */
  #above(directory: VPath, name: string): void {
    const path = joinPath(directory, name);
    if (this.#closed || !isWithin(this.#base, path)) return;
    if (path === this.#base && !this.#isDirectory && this.#there) {
      this.#tellSoon({ kind: "changed", path: this.#base });
      return;
    }
    this.#rearm();
  }

  /** The daemon tells nothing more: the connection broke, or the folder is gone. */
  #ended(handle: WatchHandle): void {
    if (this.#closed || !this.#handles.includes(handle)) return;
    this.#rearm();
  }

  #rearm(): void {
    this.#again = true;
    if (this.#arming) return;
    this.#arming = true;
    void this.#rearmUntilQuiet().finally(() => (this.#arming = false));
  }

  async #rearmUntilQuiet(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      this.#disarm();
      try {
        await this.#arm();
        this.#there = true;
        if (!this.#closed) this.#options.report.lost();
      } catch (reason) {
        if (this.#closed) return;
        if (!isGone(reason)) return this.#options.report.failed(reason);
        if (this.#there) this.#options.report.changes([{ kind: "removed", path: this.#base }]);
        this.#there = false;
        // What is above it is watched, as far down as there is something.
        if (this.#handles.length === 0) this.#later();
      }
    }
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rearm(), LOOK_AGAIN_MS);
    if (!this.#options.persistent) this.#timer.unref();
  }
}

/** The folders on the way to a path, the root first. */
function above(path: VPath): VPath[] {
  const directories: VPath[] = [];
  for (let at = path; at !== ROOT; at = parentOf(at)) directories.unshift(parentOf(at));
  return directories;
}

/** Nothing is there any more, or a link, which leads elsewhere. */
function isGone(reason: unknown): boolean {
  return isLinkMet(reason) || isVfsError(reason, "ENOENT", "ENOTDIR", "ELOOP", "EBUSY");
}

function notThere(reason: unknown): never {
  const { name } = reason as Error;
  if (name === "FileNotFoundError") throw new VfsError("ENOENT", { cause: reason });
  throw reason;
}
