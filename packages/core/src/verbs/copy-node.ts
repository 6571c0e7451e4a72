import { isPromiseLike, type Awaitable } from "../awaitable.ts";
import type { ErrorCode } from "../errno.ts";
import { isVfsError, unsupported, VfsError } from "../error.ts";
import { wait, type Flow } from "../flow.ts";
import { isRoot } from "../identity.ts";
import type { CpOptions } from "../options.ts";
import { parentOf, type VPath } from "../path.ts";
import type { CopyOptions } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { copyAcross, type ReadFile } from "./copy-file.ts";

/** How a tree is copied. */
export interface CopyTreeOptions extends CpOptions {
  /** Fail with `EEXIST` when somebody has put something at the destination meanwhile. */
  readonly fresh?: boolean | undefined;
  /** As the verbs take it: the directory of the destination, which may have to be made, and so may those above it. */
  readonly parents?: VPath | undefined;
}

// What the owner of a directory needs to fill it.
const OWNERS = 0o700;

/** What a new directory has of a set-gid one that it is made in. */
const SET_GID = 0o2000;

/** Copies one thing after another, none with what is in it, and tells how far that has come. */
export class NodeCopier {
  /** For paths without links on them. */
  readonly #scope: Scope;
  readonly #options: CopyTreeOptions;
  /** The directories that were made or met, with the bits that they have for now. */
  readonly #modes = new Map<VPath, number>();
  /** Those that are to get other bits when they are full. */
  readonly #unfinished: { readonly path: VPath; readonly mode: number }[] = [];
  /** How much there is in all, where that is known. */
  totalBytes: number | undefined;
  #doneBytes = 0;

  constructor(scope: Scope, options: CopyTreeOptions) {
    this.#scope = scope;
    this.#options = options;
  }

  /** Makes a directory, or finds it there. */
  *makeDirectory(path: VPath, target: VPath, source: Stat, fresh: boolean): Flow<void> {
    const { mode } = source;
    const wanted = this.#isRoot ? mode : (mode ?? 0o755) | OWNERS;
    try {
      yield* wait(this.#scope.send("mkdir", target, { mode: wanted }));
    } catch (reason) {
      if (fresh || !isVfsError(reason, "EEXIST")) throw reason;
      const there = yield* wait(this.#scope.send("stat", target, {}));
      if (there.type !== "directory") throw refuse(this.#scope, "ENOTDIR", path, target);
      this.#modes.set(target, there.mode ?? 0);
      return;
    }
    if (mode === undefined || wanted === undefined || !this.#scope.door.capabilities(target).modes) return;
    const made = wanted | ((yield* this.#modeOf(parentOf(target))) & SET_GID);
    this.#modes.set(target, made);
    if (made !== mode) this.#unfinished.push({ path: target, mode });
  }

  *#modeOf(directory: VPath): Flow<number> {
    const known = this.#modes.get(directory);
    if (known !== undefined) return known;
    const { mode = 0 } = yield* wait(this.#scope.send("stat", directory, {}));
    this.#modes.set(directory, mode);
    return mode;
  }

  /** Gives the directories that were made the bits of their originals. What is put into them comes before. */
  *finishModes(): Flow<void> {
    for (const { path, mode } of this.#unfinished.toReversed())
      yield* wait(this.#scope.send("setStat", path, { changes: { mode } }));
  }

  get #isRoot(): boolean {
    return isRoot(this.#scope.ctx.identity);
  }

  *copy(path: VPath, target: VPath, source: Stat, there: Stat | undefined, known?: ReadFile): Flow<void> {
    const { force = true, errorOnExist = false, fresh = false, preserveTimestamps = false } = this.#options;
    if (there?.type === "directory") throw refuse(this.#scope, "EISDIR", path, target);
    try {
      // A link at the destination is replaced, not followed: it may lead anywhere.
      if (force && (there?.type === "symlink" || (there !== undefined && source.type === "symlink")))
        yield* wait(this.#scope.send("remove", target, { kind: "file" }));
      if (source.type === "symlink") yield* this.#copyLink(path, target, source);
      else yield* this.#copyFile(path, target, source, !force || fresh, known);
    } catch (reason) {
      if (force || fresh || errorOnExist || !isVfsError(reason, "EEXIST")) throw reason;
      return;
    }
    if (preserveTimestamps) yield* keepTimes(this.#scope, target, source);
  }

  /** Copies onto whatever is there. */
  *copyOver(path: VPath, target: VPath, source: Stat, known?: ReadFile): Flow<void> {
    yield* this.copy(path, target, source, yield* statLink(this.#scope, target), known);
  }

  *#copyLink(path: VPath, target: VPath, source: Stat): Flow<void> {
    const text = yield* wait(this.#scope.send("readlink", path, {}));
    yield* wait(this.#scope.send("symlink", target, { target: text }));
    yield* wait(this.report(source.size));
  }

  *#copyFile(
    path: VPath,
    target: VPath,
    source: Stat,
    exclusive: boolean,
    known: ReadFile | undefined,
  ): Flow<void> {
    const { preserveTimestamps } = this.#options;
    const { table } = this.#scope.door;
    const ifNoneMatch = exclusive ? "*" : undefined;
    const how: CopyOptions = { preserveTimestamps, ifNoneMatch };
    if (table.find(path) !== table.find(target))
      return yield* copyAcross(this.#scope, path, target, how, (count) => this.report(count), known);
    yield* wait(this.#scope.send("copy", path, how, target));
    yield* wait(this.report(source.size));
  }

  /** So many bytes more are there. */
  report(bytes: number): Awaitable<void> {
    const { onProgress } = this.#options;
    if (onProgress === undefined) return undefined;
    this.#doneBytes += bytes;
    const told = onProgress(this.#doneBytes, this.totalBytes);
    if (isPromiseLike(told) && this.#scope.ctx.sync)
      throw unsupported("a synchronous call cannot wait for onProgress");
    return told;
  }
}

/** Gives a copy the times of its original, where the store can. */
export function* keepTimes(scope: Scope, path: VPath, { atimeMs, mtimeMs }: Stat): Flow<void> {
  if (scope.door.capabilities(path).times === "none") return;
  yield* wait(scope.send("setStat", path, { changes: { atimeMs: atimeMs ?? mtimeMs, mtimeMs } }));
}

/** What lies at `path` itself, if anything. */
export function* statLink(scope: Scope, path: VPath): Flow<Stat | undefined> {
  try {
    return yield* wait(scope.send("stat", path, {}));
  } catch (reason) {
    if (isVfsError(reason, "ENOENT")) return undefined;
    throw reason;
  }
}

/** An error of `cp`. */
export function refuse(scope: Scope, code: ErrorCode, path: VPath, to: VPath, hint?: string): VfsError {
  return new VfsError(code, { syscall: "cp", path: scope.shown(path), dest: scope.shown(to), hint });
}
