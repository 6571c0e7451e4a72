import type { Stats } from "node:fs";
import { VfsError, wait, type Flow } from "@vfs/core";
import type { Host, HostPath } from "../host/host.ts";
import type { Directory } from "./directories.ts";

/** How many directories of one way down stay open. */
const OPEN = 16;

interface Level {
  /** Undefined while it is closed. */
  directory: Directory | undefined;
  /** What it was when it was closed. */
  known?: Stats | undefined;
}

/**
 * A way down into a tree and up again. A tree may be deeper than a process may have open files, so only the lowest
 * directories stay open; another is opened again from the one below it, and it must be the same one then: who moves a
 * directory meanwhile does not lead the way elsewhere.
 */
export class Descent {
  readonly #host: Host;
  readonly #levels: Level[];

  constructor(host: Host, top: Directory) {
    this.#host = host;
    this.#levels = [{ directory: top }];
  }

  /** Where the way is by now. */
  get here(): Directory {
    const directory = this.#levels.at(-1)?.directory;
    if (directory === undefined) throw new VfsError("EBADF", { hint: "the way was left" });
    return directory;
  }

  *down(name: HostPath): Flow<void> {
    this.#levels.push({ directory: yield* wait(this.here.below(this.#host, name)) });
    const far = this.#levels.length - 1 - OPEN;
    // The top is the caller's.
    if (far > 0) yield* this.#close(this.#levels[far]);
  }

  *#close(level: Level | undefined): Flow<void> {
    const directory = level?.directory;
    // What is no descriptor costs nothing.
    if (level === undefined || directory?.pinned !== true) return;
    level.known = yield* wait(this.#host.lstat(directory.at(".")));
    level.directory = undefined;
    directory.leave();
  }

  *up(): Flow<void> {
    const { here } = this;
    this.#levels.pop();
    try {
      const level = this.#levels.at(-1);
      if (level !== undefined) level.directory ??= yield* this.#above(here, level.known);
    } finally {
      here.leave();
    }
  }

  *#above(below: Directory, known: Stats | undefined): Flow<Directory> {
    const directory = yield* wait(below.below(this.#host, ".."));
    try {
      const stats = yield* wait(this.#host.lstat(directory.at(".")));
      if (stats !== undefined && stats.ino === known?.ino && stats.dev === known.dev) return directory;
      throw new VfsError("EBUSY", {
        retryable: true,
        hint: "a directory was moved out of the tree meanwhile",
      });
    } catch (reason) {
      directory.leave();
      throw reason;
    }
  }

  /** Closes what is open, wherever the way is. */
  leave(): void {
    for (const { directory } of this.#levels.splice(1)) directory?.leave();
  }
}
