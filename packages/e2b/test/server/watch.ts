import { lstatSync, readdirSync, watch as watchHost, type BigIntStats, type FSWatcher } from "node:fs";
import { basename, join, relative } from "node:path";
import type { Stream } from "./connect.ts";
import { entryAt } from "./entries.ts";
import type { Sandbox } from "./sandbox.ts";

export type EventType = "CREATE" | "WRITE" | "REMOVE" | "RENAME" | "CHMOD";

export interface WatchRequest {
  readonly path: string;
  readonly recursive?: boolean;
  readonly includeEntry?: boolean;
}

/**
 * A folder that is watched, as fsnotify does it. What the daemon does itself is told by it step by step; what processes
 * do is seen by comparing what is there with what was there whenever the kernel says that something has changed.
 */
export class Watch {
  readonly #sandbox: Sandbox;
  readonly #request: WatchRequest;
  readonly #base: string;
  readonly #stream: Stream;
  readonly #known = new Map<string, BigIntStats>();
  readonly #watchers = new Map<string, FSWatcher>();
  #closed = false;

  constructor(sandbox: Sandbox, request: WatchRequest, stream: Stream) {
    this.#sandbox = sandbox;
    this.#request = request;
    this.#base = sandbox.toHost(request.path);
    this.#stream = stream;
    this.#arm(this.#base, false);
  }

  /** Ends with the answer, or with the sandbox. */
  begin(): void {
    this.#sandbox.watches.add(this);
    this.#stream.response.on("close", () => this.close());
    this.#stream.send({ start: {} });
  }

  close(): void {
    this.#closed = true;
    this.#sandbox.watches.delete(this);
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  /** Something that the daemon did itself, at a path of this machine. */
  tell(path: string, type: EventType): void {
    const name = relative(this.#base, path);
    if (name === "" || name.startsWith("..")) return;
    if (this.#request.recursive !== true && name.includes("/")) return;
    const stats = statOf(path);
    if (stats === undefined) this.#known.delete(path);
    else this.#known.set(path, stats);
    this.#send(name, type);
    if (type === "CREATE" && stats?.isDirectory() === true && this.#request.recursive === true)
      this.#arm(path, true);
  }

  #arm(directory: string, tells: boolean): void {
    if (this.#watchers.has(directory)) return;
    const watcher = watchHost(directory, (_type, name) => this.#compare(directory, name)).on(
      "error",
      () => undefined,
    );
    this.#watchers.set(directory, watcher.unref());
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      const stats = statOf(path);
      if (stats === undefined) continue;
      this.#known.set(path, stats);
      if (tells) this.#send(relative(this.#base, path), "CREATE");
      if (this.#request.recursive === true && stats.isDirectory()) this.#arm(path, tells);
    }
  }

  /** @param changed The name that the kernel tells of; of a folder only when it was changed itself. */
  #compare(directory: string, changed: string | null): void {
    if (this.#closed) return;
    const now = contentOf(directory);
    if (now === undefined) return this.#disarm(directory);
    for (const [path, before] of this.#known) {
      if (join(path, "..") !== directory || now.has(path)) continue;
      this.#known.delete(path);
      const moved = [...now.values()].some(({ ino }) => ino === before.ino);
      this.#send(relative(this.#base, path), moved ? "RENAME" : "REMOVE");
      if (before.isDirectory()) this.#disarm(path);
    }
    for (const [path, stats] of now)
      this.#compareOne(path, this.#known.get(path), stats, changed === basename(path));
  }

  #compareOne(path: string, before: BigIntStats | undefined, stats: BigIntStats, isChanged: boolean): void {
    const name = relative(this.#base, path);
    this.#known.set(path, stats);
    if (before === undefined || before.ino !== stats.ino) {
      this.#send(name, "CREATE");
      if (this.#request.recursive === true && stats.isDirectory()) {
        this.#disarm(path);
        this.#arm(path, true);
      }
      return;
    }
    if (stats.isDirectory()) {
      if (isChanged && before.ctimeNs !== stats.ctimeNs) this.#send(name, "CHMOD");
      return;
    }
    if (before.mtimeNs !== stats.mtimeNs || before.size !== stats.size) this.#send(name, "WRITE");
    else if (before.ctimeNs !== stats.ctimeNs) this.#send(name, "CHMOD");
  }

  #disarm(directory: string): void {
    for (const [path, watcher] of this.#watchers) {
      if (path !== directory && !path.startsWith(`${directory}/`)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
    for (const path of this.#known.keys()) if (path.startsWith(`${directory}/`)) this.#known.delete(path);
  }

  #send(name: string, type: EventType): void {
    this.#stream.send({ filesystem: { name, type: `EVENT_TYPE_${type}`, ...this.#entry(name) } });
  }

  #entry(name: string): object {
    if (this.#request.includeEntry !== true) return {};
    try {
      return { entry: entryAt(this.#sandbox, join(this.#sandbox.absolute(this.#request.path), name)) };
    } catch {
      return {};
    }
  }
}

/** What the daemon did, told to who watches. */
export function tellAll(sandbox: Sandbox, path: string, ...types: readonly EventType[]): void {
  for (const watch of sandbox.watches) for (const type of types) watch.tell(path, type);
}

function statOf(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

function contentOf(directory: string): Map<string, BigIntStats> | undefined {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return undefined;
  }
  const content = new Map<string, BigIntStats>();
  for (const name of names) {
    const stats = statOf(join(directory, name));
    if (stats !== undefined) content.set(join(directory, name), stats);
  }
  return content;
}
