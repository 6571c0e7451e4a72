import { isVfsError, VfsError, type Stats, type Vfs } from "@vfs/core";
import { excludedBy, survey, type Survey } from "./survey.ts";
import { extras, steps, type SyncStep } from "./sync-plan.ts";

export interface SyncOptions {
  /** Remove what is not in the source. Nothing is removed when anything could not be copied. */
  readonly delete?: boolean | undefined;
  /** Only tell what would be done. */
  readonly dryRun?: boolean | undefined;
  /** Compare by content, and not by size and time. */
  readonly checksum?: boolean | undefined;
  /** Globs of what is neither copied nor removed; one with a slash is held against the path. */
  readonly exclude?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Is told of each step when it is done, or would be. */
  readonly onStep?: ((step: SyncStep) => void | Promise<void>) | undefined;
  /** Is told of what could not be done; the others go on. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** How many bytes were copied so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export interface SyncReport {
  /** Files and links. */
  readonly copied: number;
  readonly copiedBytes: number;
  /** Directories. */
  readonly made: number;
  /** Trees count as one. */
  readonly removed: number;
  readonly unchanged: number;
  readonly failed: number;
}

// Enough to hide the latency of a remote store, as `cp` has it.
const SIDE_BY_SIDE = 8;
// What its owner must be allowed to fill a directory.
const OWNER = 0o700;

/**
 * Makes one directory what another one is, and copies only what changed: files whose size or time is another one, or
 * whose content is, when `checksum` says so. Copies have the times of their originals, and each is there whole or not
 * at all: one that was cut short goes on, when it is run again, where it stopped.
 *
 * Everything is looked at before anything is done.
 *
 * @param from A directory, as `to`, which is made when it is not there. A directory in the way of a file, or a file in
 *   that of a directory, is only removed with `delete`.
 * @throws VfsError `ENOTDIR` when either is something else; `EINVAL` when the destination lies in the source, or is to
 *   lose what is not in it and the source lies there.
 */
export async function sync(
  vfs: Vfs,
  from: string,
  to: string,
  options: SyncOptions = {},
): Promise<SyncReport> {
  const { exclude = [], signal, onError } = options;
  const top = await vfs.stat(from);
  const there = await vfs.stat(to, { throwIfNoEntry: false });
  for (const [path, stats] of [
    [from, top],
    [to, there],
  ] as const)
    if (stats?.isDirectory() === false)
      throw new VfsError("ENOTDIR", {
        syscall: "sync",
        path,
        hint: "sync works on directories; cp copies a file",
      });
  const [origin, goal] = [await vfs.realpath(from), there === undefined ? to : await vfs.realpath(to)];
  const mayRemove = options.delete === true;
  needApart(from, to, origin === goal || isIn(goal, origin) || (mayRemove && isIn(origin, goal)));
  const isExcluded = excludedBy(exclude);
  let unread = 0;
  const onUnread =
    onError &&
    ((error: unknown): void => {
      unread++;
      onError(error);
    });
  const [source, all] = await Promise.all([
    survey(vfs, origin, { exclude: isExcluded, signal, onError: onUnread }),
    there === undefined ? (new Map() as Survey) : survey(vfs, goal, { signal, onError: onUnread }),
  ]);
  // One disk may be mounted twice.
  needApart(from, to, holds(source, there) || (mayRemove && holds(all, top)));
  return new Sync(vfs, origin, goal, options, unread).run(
    source,
    all,
    isExcluded,
    there === undefined ? top : undefined,
  );
}

function isIn(path: string, directory: string): boolean {
  return path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

function holds(found: Survey, directory: Stats | undefined): boolean {
  if (directory === undefined || directory.ino === 0) return false;
  for (const { ino, dev } of found.values()) if (ino === directory.ino && dev === directory.dev) return true;
  return false;
}

function needApart(from: string, to: string, isTogether: boolean): void {
  if (isTogether)
    throw new VfsError("EINVAL", {
      syscall: "sync",
      path: from,
      dest: to,
      hint: "one of them lies in the other",
    });
}

/** One run, from where to where and how. */
class Sync {
  readonly #vfs: Vfs;
  readonly #from: string;
  readonly #to: string;
  readonly #options: SyncOptions;
  readonly #report;
  readonly #underway = new Set<Promise<void>>();
  /** Directories that could not be filled with the mode that they are to have. */
  readonly #closed: { readonly path: string; readonly mode: number }[] = [];
  /** Why the copies that are under way are the last ones. */
  #ended: { readonly reason: unknown } | undefined;

  /** @param failed How many could not even be read. */
  constructor(vfs: Vfs, from: string, to: string, options: SyncOptions, failed: number) {
    this.#report = { copied: 0, copiedBytes: 0, made: 0, removed: 0, unchanged: 0, failed };
    this.#vfs = vfs;
    this.#from = from === "/" ? "" : from;
    this.#to = to === "/" ? "" : to;
    this.#options = options;
  }

  /** @param top What the destination is to be like, when it is not there yet. */
  async run(
    source: Survey,
    all: Survey,
    isExcluded: (path: string) => boolean,
    top: Stats | undefined,
  ): Promise<SyncReport> {
    const { delete: mayRemove = false, checksum = false, signal } = this.#options;
    const target: Survey = new Map([...all].filter(([path]) => !isExcluded(path)));
    const comparison = { vfs: this.#vfs, from: this.#from, to: this.#to, source, target, checksum, signal };
    let changed = 0;
    try {
      if (top !== undefined && this.#options.dryRun !== true)
        await this.#vfs.mkdir(this.#to, { recursive: true, mode: this.#open(this.#to, top.mode) });
      for await (const step of steps(comparison, mayRemove)) {
        if (step.action !== "remove") changed++;
        if (step.action === "copy") await this.#beside(step);
        // What is copied may be copied into it.
        else await this.#try(step);
      }
    } finally {
      await Promise.all(this.#underway);
      for (const { path, mode } of this.#closed.toReversed()) await this.#vfs.chmod(path, mode);
    }
    this.#throwIfEnded();
    if (mayRemove && this.#report.failed === 0)
      for (const step of extras(source, all, isExcluded)) await this.#try(step);
    return { ...this.#report, unchanged: source.size - changed };
  }

  async #beside(step: SyncStep): Promise<void> {
    if (this.#underway.size >= SIDE_BY_SIDE) await Promise.race(this.#underway);
    this.#throwIfEnded();
    const work = this.#try(step)
      .catch((reason: unknown) => void (this.#ended ??= { reason }))
      .finally(() => this.#underway.delete(work));
    this.#underway.add(work);
  }

  #throwIfEnded(): void {
    if (this.#ended !== undefined) throw this.#ended.reason;
  }

  async #try(step: SyncStep): Promise<void> {
    const { signal, dryRun = false, onStep, onError } = this.#options;
    signal?.throwIfAborted();
    try {
      if (!dryRun || step.action === "conflict") await this.#do(step);
    } catch (error) {
      signal?.throwIfAborted();
      this.#report.failed++;
      onError?.(error);
      return;
    }
    this.#count(step);
    await onStep?.(step);
  }

  async #do(step: SyncStep): Promise<void> {
    const { signal } = this.#options;
    const [source, target] = [`${this.#from}/${step.path}`, `${this.#to}/${step.path}`];
    switch (step.action) {
      case "mkdir":
        return this.#makeDirectory(target, step.mode);
      case "copy":
        return this.#vfs.cp(source, target, { preserveTimestamps: true, signal });
      case "remove":
        return this.#vfs.rm(target, { recursive: true, force: true, signal });
      case "conflict":
        throw new VfsError(step.to === "directory" ? "EISDIR" : "ENOTDIR", {
          syscall: "sync",
          path: target,
          hint: `a ${step.to} is in the way; --delete removes it`,
        });
      case "skip":
    }
  }

  async #makeDirectory(path: string, mode: number): Promise<void> {
    try {
      await this.#vfs.mkdir(path, { mode: this.#open(path, mode) });
    } catch (error) {
      // Somebody else was faster.
      if (!isVfsError(error, "EEXIST")) throw error;
    }
  }

  /** A mode with which a directory can be filled; it gets its own in the end. */
  #open(path: string, mode: number): number {
    const bits = mode & 0o7777;
    if ((bits & OWNER) !== OWNER && this.#vfs.capabilities(path).modes)
      this.#closed.push({ path, mode: bits });
    return bits | OWNER;
  }

  #count(step: SyncStep): void {
    if (step.action === "mkdir") this.#report.made++;
    if (step.action === "remove") this.#report.removed++;
    if (step.action !== "copy") return;
    this.#report.copied++;
    this.#report.copiedBytes += step.bytes;
    this.#options.onProgress?.(this.#report.copiedBytes);
  }
}
