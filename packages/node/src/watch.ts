import { EventEmitter } from "node:events";
import { isVfsError, type Vfs } from "@vfs/core";
import {
  refuseAborted,
  toBoolean,
  toFunction,
  toOptions,
  toPath,
  toSignal,
  type Given,
} from "./arguments.ts";
import { encoded } from "./bytes.ts";
import { systemError } from "./system-errors.ts";
import { watchPath, type WatchEvent } from "./watch-source.ts";

/** What `fs.watch` answers: emits `change` for whatever happens, until it is closed. */
export class FSWatcher extends EventEmitter {
  readonly #ending = new AbortController();
  // As any open watcher it keeps the program going.
  readonly #alive: NodeJS.Timeout;

  /** @internal */
  constructor(events: (signal: AbortSignal) => AsyncIterable<WatchEvent>, path: string, encoding: unknown) {
    super();
    this.#alive = setInterval(() => {}, LONG_MS);
    void this.#follow(events(this.#ending.signal), path, encoding);
  }

  async #follow(events: AsyncIterable<WatchEvent>, path: string, encoding: unknown): Promise<void> {
    try {
      for await (const { eventType, filename } of events) {
        if (this.#ending.signal.aborted) return;
        this.emit("change", eventType, encoded(filename, encoding));
      }
    } catch (reason) {
      if (!this.#ending.signal.aborted) this.emit("error", watchError(reason, path));
    }
  }

  close(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    clearInterval(this.#alive);
    process.nextTick(() => this.emit("close"));
  }

  ref(): this {
    this.#alive.ref();
    return this;
  }
  unref(): this {
    this.#alive.unref();
    return this;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

const LONG_MS = 2 ** 31 - 1;

/** `fs.watch`. */
export function watch(vfs: Vfs, path: unknown, options: unknown, listener: unknown): FSWatcher {
  const target = toPath(path);
  const given = toOptions(options);
  const heard = typeof options === "function" ? options : listener;
  const persistent = toBoolean(given["persistent"], "options.persistent", true);
  const recursive = toBoolean(given["recursive"], "options.recursive");
  const { encoding } = given;
  const signal = toSignal(given);
  if (heard !== undefined) toFunction(heard, "listener");
  refuseMissing(vfs, target);
  const events = (ending: AbortSignal): AsyncIterable<WatchEvent> =>
    watchPath(vfs, target, { recursive, signal: ending });
  const watcher = new FSWatcher(events, target, encoding);
  if (!persistent) watcher.unref();
  if (typeof heard === "function") watcher.on("change", heard as (...args: unknown[]) => void);
  if (signal?.aborted === true) process.nextTick(() => watcher.close());
  else if (signal !== undefined) {
    const stop = (): void => watcher.close();
    signal.addEventListener("abort", stop);
    watcher.once("close", () => signal.removeEventListener("abort", stop));
  }
  return watcher;
}

/** Where it can be known at once, watching nothing fails at once. */
function refuseMissing(vfs: Vfs, path: string): void {
  if (!vfs.capabilities(path).sync) return;
  try {
    vfs.sync.stat(path);
  } catch (reason) {
    throw watchError(reason, path);
  }
}

function watchError(reason: unknown, path: string): unknown {
  if (!isVfsError(reason)) return reason;
  return Object.assign(systemError(reason.code, { syscall: "watch", path }, reason), { filename: path });
}

/** `fs.promises.watch`. Watching begins when the first event is asked for, as in Node. */
export async function* watchLater(
  vfs: Vfs,
  path: unknown,
  options: unknown,
): AsyncGenerator<{ eventType: string; filename: string | Buffer }, void> {
  const target = toPath(path);
  const given: Given = toOptions(options);
  toBoolean(given["persistent"], "options.persistent", true);
  const recursive = toBoolean(given["recursive"], "options.recursive");
  const signal = toSignal(given);
  refuseAborted(signal);
  refuseMissing(vfs, target);
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  signal?.addEventListener("abort", stop);
  try {
    for await (const { eventType, filename } of watchPath(vfs, target, { recursive, signal: ending.signal }))
      yield { eventType, filename: encoded(filename, given["encoding"]) };
  } catch (reason) {
    refuseAborted(signal);
    throw watchError(reason, target);
  } finally {
    signal?.removeEventListener("abort", stop);
    ending.abort();
  }
}
