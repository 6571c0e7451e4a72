import { attempt, isVfsError, wait, type Awaitable, type Flow } from "@vfs/core";
import { Descent } from "./descent.ts";
import type { Directory } from "./directories.ts";
import type { Host, HostPath } from "../host/host.ts";

// How often a directory is emptied again because somebody put something into it meanwhile.
const ATTEMPTS = 16;

/** A directory that is being emptied. */
interface Emptied {
  readonly name: HostPath;
  /** How often it may still be found to be not empty. */
  readonly left: number;
  /** The directories in it that are still to be taken away. */
  readonly directories: HostPath[];
}

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
  const removal = new Removal(host, parent, signal);
  try {
    yield* removal.remove(name);
  } finally {
    removal.leave();
  }
}

class Removal {
  readonly #host: Host;
  readonly #signal: AbortSignal | undefined;
  readonly #way: Descent;
  /** The lowest is at the end. */
  readonly #emptied: Emptied[] = [];

  constructor(host: Host, parent: Directory, signal: AbortSignal | undefined) {
    this.#host = host;
    this.#signal = signal;
    this.#way = new Descent(host, parent);
  }

  *remove(name: HostPath): Flow<void> {
    yield* this.#empty(name, ATTEMPTS);
    for (let lowest = this.#emptied.at(-1); lowest !== undefined; lowest = this.#emptied.at(-1)) {
      const next = lowest.directories.pop();
      if (next === undefined) yield* this.#finish(lowest);
      else yield* this.#unlessSwapped(() => this.#empty(next, ATTEMPTS));
    }
  }

  leave(): void {
    this.#way.leave();
  }

  /** Goes into a directory and takes away what is in it, but for the directories. */
  *#empty(name: HostPath, left: number): Flow<void> {
    if (this.#signal?.aborted === true) throw this.#signal.reason;
    const host = this.#host;
    yield* this.#way.down(name);
    const directories: HostPath[] = [];
    this.#emptied.push({ name, left, directories });
    const { here } = this.#way;
    const entries = yield* wait(host.readdir(here.self, here.bytes));
    const others = entries.filter(({ type }) => type !== "directory");
    yield* wait(host.each(others, (entry) => unlinkUnlessSwapped(host, here.at(entry.name))));
    for (const entry of entries) if (entry.type === "directory") directories.push(entry.name);
  }

  /** Leaves a directory that should be empty by now, and takes it away. */
  *#finish({ name, left }: Emptied): Flow<void> {
    yield* this.#way.up();
    this.#emptied.pop();
    const again = yield* this.#unlessSwapped(() => this.#isFilledAgain(name, left));
    if (again === true) yield* this.#unlessSwapped(() => this.#empty(name, left - 1));
  }

  *#isFilledAgain(name: HostPath, left: number): Flow<boolean> {
    try {
      yield* wait(this.#host.rmdir(this.#way.here.at(name)));
      return false;
    } catch (reason) {
      if (left === 0 || !isVfsError(reason, "ENOTEMPTY", "EEXIST")) throw reason;
      return true;
    }
  }

  /** What is gone, or is something else by now, is met again by the next listing; but for the top of the tree. */
  *#unlessSwapped<T>(action: () => Flow<T>): Flow<T | undefined> {
    try {
      return yield* action();
    } catch (reason) {
      if (this.#emptied.length === 0 || !isSwapped(reason)) throw reason;
      return undefined;
    }
  }
}

function unlinkUnlessSwapped(host: Host, at: HostPath): Awaitable<void> {
  return attempt(
    () => host.unlink(at),
    (reason) => {
      if (!isSwapped(reason)) throw reason;
    },
  );
}

function isSwapped(reason: unknown): boolean {
  return isVfsError(reason, "ENOENT", "EISDIR", "ENOTDIR");
}
