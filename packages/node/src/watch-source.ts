import type { Vfs, Watcher } from "@vfs/core";

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

/**
 * What happens to a path, as it happens. Fails when there is nothing. What happens from now on is seen, also before the
 * first event is asked for.
 */
export function watchPath(vfs: Vfs, path: string, options: WatchOptions): AsyncIterable<WatchEvent> {
  return inNodesWords(vfs.watch(path, { ...options, persistent: false, overflow: "ignore" }));
}

/** Node tells of a move as of two names. */
async function* inNodesWords(events: Watcher): AsyncGenerator<WatchEvent, void> {
  for await (const { eventType, filename, oldName } of events) {
    if (oldName !== undefined && oldName !== filename) yield { eventType, filename: oldName };
    if (filename !== null) yield { eventType, filename };
  }
}
