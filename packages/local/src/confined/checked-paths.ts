import type { Stats } from "node:fs";
import { join, sep } from "node:path";
import {
  joinPath,
  namesOf,
  ROOT,
  run,
  VfsError,
  wait,
  type Awaitable,
  type Flow,
  type VPath,
} from "@vfs/core";
import type { Directories, Directory } from "./directories.ts";
import { DIRECTORY, READ, typeOf } from "../host/values.ts";
import type { Host, HostPath } from "../host/host.ts";
import { meetLink } from "./meet-link.ts";

/**
 * The directories of a root where there are only paths to name them by: not on Linux. Every directory of a path is
 * looked at before it is used and again after, so that a link that lies there is met, and one that is put there
 * meanwhile is noticed. It is noticed after the call was made: what somebody swaps at the very moment can be written
 * to, created in or removed from. What is read is looked at again before it is handed out.
 */
export class CheckedPaths implements Directories {
  readonly near = false;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  enter(host: Host, path: VPath, whole: VPath): Awaitable<Directory> {
    return run(this.#enter(host, path, whole));
  }

  *#enter(host: Host, path: VPath, whole: VPath): Flow<Directory> {
    const stats = yield* this.#walk(host, path, whole);
    return new CheckedPath(this.#hostPath(path), stats, () => this.#walk(host, path, path));
  }

  /** What the directory is, when no link leads to it. */
  *#walk(host: Host, path: VPath, whole: VPath): Flow<Stats> {
    let at = ROOT;
    let stats = yield* wait(host.lstat(this.#root));
    for (const name of namesOf(path)) {
      at = joinPath(at, name);
      stats = yield* wait(host.lstat(this.#hostPath(at)));
      if (stats === undefined) throw new VfsError("ENOENT");
      const type = typeOf(stats);
      if (type === "symlink") throw yield* meetLink(host, this.#hostPath(at), at, whole);
      if (type !== "directory") throw new VfsError("ENOTDIR");
    }
    if (stats === undefined) throw new VfsError("ENOENT");
    return stats;
  }

  #hostPath(path: VPath): string {
    return join(this.#root, ...namesOf(path));
  }

  /** Nothing is held. */
  forget(): void {}
  close(): void {}
}

class CheckedPath implements Directory {
  readonly self: HostPath;
  readonly bytes = undefined;
  readonly pinned = false;
  readonly #stats: Stats;
  readonly #lookAgain: () => Flow<Stats | undefined>;

  constructor(path: HostPath, stats: Stats, lookAgain: () => Flow<Stats | undefined>) {
    this.self = path;
    this.#stats = stats;
    this.#lookAgain = lookAgain;
  }

  at(name: HostPath): HostPath {
    if (typeof name === "string" && typeof this.self === "string") return join(this.self, name);
    return Buffer.concat([Buffer.from(this.self), Buffer.from(sep), Buffer.from(name)]);
  }

  confirm(host: Host, name?: string, file?: Stats): Awaitable<void> {
    return run(this.#confirm(host, name, file));
  }

  *#confirm(host: Host, name?: string, file?: Stats): Flow<void> {
    if (yield* this.#isUnchanged(host, name, file)) return;
    throw new VfsError("EBUSY", { retryable: true, hint: "a directory on the path was swapped meanwhile" });
  }

  *#isUnchanged(host: Host, name?: string, file?: Stats): Flow<boolean> {
    try {
      if (!isSame(yield* this.#lookAgain(), this.#stats)) return false;
      return name === undefined || isSame(yield* wait(host.lstat(this.at(name))), file);
    } catch {
      return false;
    }
  }

  opened(name: HostPath): HostPath {
    return this.at(name);
  }

  below(host: Host, name: HostPath): Awaitable<Directory> {
    return run(this.#below(host, name));
  }

  *#below(host: Host, name: HostPath): Flow<Directory> {
    const path = this.at(name);
    const stats = yield* wait(host.lstat(path));
    if (stats === undefined || typeOf(stats) !== "directory") throw new VfsError("ENOTDIR");
    return new CheckedPath(path, stats, () => wait(host.lstat(path)));
  }

  *chmod(host: Host, name: HostPath, mode: number): Flow<void> {
    const path = this.at(name);
    const stats = yield* wait(host.lstat(path));
    if (stats === undefined) throw new VfsError("ENOENT");
    const type = typeOf(stats);
    if (type === "symlink") throw new VfsError("ENOTSUP", { hint: "a link has no mode of its own here" });
    const fd = yield* wait(host.open(path, type === "directory" ? DIRECTORY : READ));
    try {
      yield* wait(host.fchmod(fd, mode));
    } finally {
      yield* wait(host.close(fd));
    }
  }

  leave(): void {}
}

function isSame(a: Stats | undefined, b: Stats | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
