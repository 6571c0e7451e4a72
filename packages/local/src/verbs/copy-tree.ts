import type { Stats } from "node:fs";
import { isVfsError, run, VfsError, wait, type Context, type CopyOptions, type Flow } from "@vfs/core";
import { Descent } from "../confined/descent.ts";
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
    yield* job.copy(from.directory, from.name, directory, draft);
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

/** A directory whose copy is made, but not finished. */
interface Begun {
  readonly name: HostPath;
  /** Of the original. */
  readonly stats: Stats;
  /** What is in it and still to be copied. */
  readonly directories: HostPath[];
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

  *copy(from: Directory, name: HostPath, to: Directory, toName: HostPath): Flow<void> {
    const source = new Descent(this.#host, from);
    const target = new Descent(this.#host, to);
    try {
      const begun = [yield* this.#begin(source, name, target, toName)];
      for (let lowest = begun.at(-1); lowest !== undefined; lowest = begun.at(-1)) {
        const next = lowest.directories.pop();
        if (next !== undefined) begun.push(yield* this.#begin(source, next, target, next));
        else {
          begun.pop();
          yield* this.#finish(lowest, source, target);
        }
      }
    } finally {
      source.leave();
      target.leave();
    }
  }

  /** Makes a directory with everything in it but its directories. */
  *#begin(source: Descent, name: HostPath, target: Descent, toName: HostPath): Flow<Begun> {
    this.#signal?.throwIfAborted();
    const host = this.#host;
    yield* source.down(name);
    const stats = yield* wait(host.lstat(source.here.at(".")));
    if (stats === undefined) throw new VfsError("ENOENT");
    // Nobody else's until it is complete, and ours to write into whatever it will be.
    yield* wait(host.mkdir(target.here.at(toName), 0o700));
    yield* target.down(toName);
    const entries = (yield* wait(host.readdir(source.here.self))).filter((entry) => !isTemporary(entry.name));
    const directories = entries.filter(({ type }) => type === "directory").map((entry) => entry.name);
    const others = entries.filter(({ type }) => type !== "directory");
    yield* wait(host.each(others, (entry) => run(this.#copyEntry(entry, source.here, target.here))));
    return { name: toName, stats, directories };
  }

  /** Leaves a directory that has got everything, and gives it its attributes. */
  *#finish({ name, stats }: Begun, source: Descent, target: Descent): Flow<void> {
    if (this.#durable) yield* syncDirectory(this.#host, target.here);
    yield* source.up();
    yield* target.up();
    yield* target.here.chmod(this.#host, name, stats.mode & 0o7777);
    yield* this.#keep(stats, target.here.at(name));
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
      yield* wait(host.copyFile(source.opened(name, fd), to, stats.size));
      yield* this.#keep(stats, to);
      // The host has given it the times of the original, and no byte came that would change them.
      if (stats.size === 0 && !this.#keepTimes) yield* wait(host.lutimes(to, Date.now(), Date.now()));
      if (this.#durable) yield* syncNode(host, to);
    } finally {
      yield* wait(host.close(fd));
    }
  }

  *#keep({ atimeMs, mtimeMs }: Stats, at: HostPath): Flow<void> {
    if (this.#keepTimes) yield* wait(this.#host.lutimes(at, atimeMs, mtimeMs));
  }
}
