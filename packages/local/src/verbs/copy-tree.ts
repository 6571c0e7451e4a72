import type { Stats } from "node:fs";
import { isVfsError, run, VfsError, wait, type Context, type CopyOptions, type Flow } from "@vfs/core";
import type { Directory } from "../confined/directories.ts";
import { mustBeFile, noFile, READ, typeOf } from "../host/values.ts";
import type { Host, HostEntry, HostPath } from "../host/host.ts";
import { removeBelow } from "../confined/remove-tree.ts";
import { reserve } from "./rename.ts";
import { lookAt, type Spot } from "../confined/spot.ts";
import { syncDirectory, syncNode } from "../confined/sync.ts";
import { isTemporary } from "../unfinished/temporaries.ts";

/** Copies a directory with everything in it onto a free name. Built apart, so that nobody sees half of it. */
export function* copyTree(from: Spot, to: Spot, options: CopyOptions, ctx: Context): Flow<void> {
  const { host, directory, store } = to;
  if ((yield* lookAt(to)) !== undefined) throw new VfsError("EEXIST");
  const draft = store.temporaries.next();
  try {
    const job = new TreeCopy(to, options, ctx);
    yield* job.copyDirectory(from.directory, from.name, directory, draft);
    yield* reserve(to, true);
    yield* wait(host.rename(directory.at(draft), to.at));
  } catch (reason) {
    yield* discard(host, directory, draft);
    throw reason;
  }
}

function* discard(host: Host, directory: Directory, draft: string): Flow<void> {
  try {
    yield* removeBelow(host, directory, draft);
  } catch (reason) {
    // What matters is why the copy failed.
    if (!isVfsError(reason)) throw reason;
  }
}

/** One copy of a tree: from descriptor to descriptor, so that no name that somebody swaps leads it elsewhere. */
class TreeCopy {
  readonly #host: Host;
  readonly #durable: boolean;
  readonly #keepTimes: boolean;
  readonly #signal: AbortSignal | undefined;

  constructor(to: Spot, { preserveTimestamps = false }: CopyOptions, { signal }: Context) {
    this.#host = to.host;
    this.#durable = to.store.durable;
    this.#keepTimes = preserveTimestamps;
    this.#signal = signal;
  }

  *copyDirectory(from: Directory, name: HostPath, to: Directory, toName: HostPath): Flow<void> {
    const host = this.#host;
    const source = yield* wait(from.below(host, name));
    try {
      const stats = yield* wait(host.lstat(source.at(".")));
      // Nobody else's until it is complete, and ours to write into whatever it will be.
      yield* wait(host.mkdir(to.at(toName), 0o700));
      const target = yield* wait(to.below(host, toName));
      try {
        yield* this.#copyEntries(source, target);
        if (this.#durable) yield* syncDirectory(host, target);
      } finally {
        target.leave();
      }
      if (stats === undefined) throw new VfsError("ENOENT");
      yield* to.chmod(host, toName, stats.mode & 0o7777);
      yield* this.#keep(stats, to.at(toName));
    } finally {
      source.leave();
    }
  }

  *#copyEntries(source: Directory, target: Directory): Flow<void> {
    const entries = (yield* wait(this.#host.readdir(source.self))).filter(({ name }) => !isTemporary(name));
    const others = entries.filter(({ type }) => type !== "directory");
    yield* wait(this.#host.each(others, (entry) => run(this.#copyEntry(entry, source, target))));
    for (const { name, type } of entries)
      if (type === "directory") yield* this.copyDirectory(source, name, target, name);
  }

  *#copyEntry({ name, type }: HostEntry, source: Directory, target: Directory): Flow<void> {
    if (this.#signal?.aborted === true) throw this.#signal.reason;
    if (type === "symlink") yield* this.#copyLink(source.at(name), target.at(name));
    else if (type === "other") throw noFile();
    else yield* this.#copyFile(source, name, target.at(name));
  }

  *#copyLink(at: HostPath, to: HostPath): Flow<void> {
    const host = this.#host;
    const stats = yield* wait(host.lstat(at));
    yield* wait(host.symlink(to, yield* wait(host.readlink(at))));
    if (stats !== undefined && typeOf(stats) === "symlink") yield* this.#keep(stats, to);
  }

  *#copyFile(source: Directory, name: HostPath, to: HostPath): Flow<void> {
    const host = this.#host;
    const fd = yield* wait(host.open(source.at(name), READ));
    try {
      const stats = mustBeFile(yield* wait(host.fstat(fd)));
      yield* wait(host.copyFile(source.opened(name, fd), to));
      yield* this.#keep(stats, to);
      if (this.#durable) yield* syncNode(host, to);
    } finally {
      yield* wait(host.close(fd));
    }
  }

  *#keep({ atimeMs, mtimeMs }: Stats, at: HostPath): Flow<void> {
    if (this.#keepTimes) yield* wait(this.#host.lutimes(at, atimeMs, mtimeMs));
  }
}
