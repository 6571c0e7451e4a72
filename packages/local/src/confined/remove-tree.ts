import { attempt, isVfsError, run, wait, type Awaitable, type Flow } from "@vfs/core";
import type { Directory } from "./directories.ts";
import type { Host, HostEntry, HostPath } from "../host/host.ts";

// How often a directory is emptied again because somebody put something into it meanwhile.
const ATTEMPTS = 16;

/**
 * Takes away a directory with everything in it, name by name from within: links in it are taken away, not followed,
 * and a directory that is swapped for a link meanwhile is not gone into.
 */
export function* removeBelow(
  host: Host,
  parent: Directory,
  name: HostPath,
  signal?: AbortSignal,
): Flow<void> {
  const directory = yield* wait(parent.below(host, name));
  try {
    for (let left = ATTEMPTS; ; left--) {
      if (signal?.aborted === true) throw signal.reason;
      yield* removeEntries(host, directory, yield* wait(host.readdir(directory.self)), signal);
      try {
        return yield* wait(host.rmdir(parent.at(name)));
      } catch (reason) {
        if (left === 0 || !isVfsError(reason, "ENOTEMPTY", "EEXIST")) throw reason;
      }
    }
  } finally {
    directory.leave();
  }
}

function* removeEntries(
  host: Host,
  directory: Directory,
  entries: readonly HostEntry[],
  signal: AbortSignal | undefined,
): Flow<void> {
  const others = entries.filter(({ type }) => type !== "directory");
  yield* wait(host.each(others, ({ name }) => unlessSwapped(() => host.unlink(directory.at(name)))));
  for (const { name, type } of entries)
    if (type === "directory")
      yield* wait(unlessSwapped(() => run(removeBelow(host, directory, name, signal))));
}

/** What is gone, or is something else by now, is met again by the next listing. */
function unlessSwapped(action: () => Awaitable<void>): Awaitable<void> {
  return attempt(action, (reason) => {
    if (!isVfsError(reason, "ENOENT", "EISDIR", "ENOTDIR")) throw reason;
  });
}
