import { isVfsError, wait, type Flow, type VPath } from "@vfs/core";
import type { Directories, Directory } from "../confined/directories.ts";
import type { Host } from "../host/host.ts";
import { removeBelow } from "../confined/remove-tree.ts";
import { isTemporary, type Temporaries } from "./temporaries.ts";

// More are found again by the next listing.
const NOTED = 1024;

/**
 * Unfinished files of processes that were killed. A listing notes where it met one; the next call that changes
 * something takes it away, so that a store that is only read is never written.
 */
export class Leftovers {
  readonly #temporaries: Temporaries;
  readonly #noted = new Set<VPath>();

  constructor(temporaries: Temporaries) {
    this.#temporaries = temporaries;
  }

  /** Something unfinished lies in this directory. Whose it is is looked at later. */
  note(directory: VPath): void {
    if (this.#noted.size < NOTED) this.#noted.add(directory);
  }

  get any(): boolean {
    return this.#noted.size > 0;
  }

  /** Takes away what was noted and will not be finished. What stands in the way of that is nobody's concern. */
  *sweep(directories: Directories, host: Host): Flow<void> {
    const noted = [...this.#noted];
    this.#noted.clear();
    for (const path of noted) {
      try {
        const directory = yield* wait(directories.enter(host, path, path));
        try {
          yield* this.sweepIn(host, directory);
        } finally {
          directory.leave();
        }
      } catch {
        continue;
      }
    }
  }

  /**
   * Takes away what will not be finished in one directory.
   *
   * @returns Whether there was any.
   */
  *sweepIn(host: Host, directory: Directory): Flow<boolean> {
    let found = false;
    for (const { name, type } of yield* wait(host.readdir(directory.self))) {
      if (typeof name !== "string" || !isTemporary(name)) continue;
      const at = directory.at(name);
      const stats = yield* wait(host.lstat(at));
      if (stats === undefined || !this.#temporaries.isLeft(name, stats)) continue;
      try {
        if (type === "directory") yield* removeBelow(host, directory, name);
        else yield* wait(host.unlink(at));
        found = true;
      } catch (reason) {
        if (!isVfsError(reason)) throw reason;
      }
    }
    return found;
  }
}
