import { dirname, isAbsolute, join, resolve } from "node:path/posix";
import { isVfsError, run, wait, type Awaitable, type Flow, type Stats } from "@vfs/core";
import { codedTypeError, outOfRange } from "../argument-errors.ts";
import { toBoolean, toFunction, toInteger, toObject, toPath } from "../arguments.ts";
import type { Side, Verbs } from "../side.ts";
import { told } from "../system-errors.ts";
import { refusal, type Refusal } from "./copy-errors.ts";

interface CopyOptions {
  readonly dereference: boolean;
  readonly errorOnExist: boolean;
  readonly force: boolean;
  readonly preserveTimestamps: boolean;
  readonly recursive: boolean;
  readonly verbatimSymlinks: boolean;
  readonly mode: number;
  readonly filter: ((source: string, destination: string) => unknown) | undefined;
}

/** Copies a file or a tree, by the rules of `fs.cp`. */
export function cp(side: Side, source: unknown, destination: unknown, options: unknown): Awaitable<void> {
  const given = toCopyOptions(options);
  const [from, to] = [toPath(source, "src"), toPath(destination, "dest")];
  return run(new Copy(side, given).start(from, to));
}

function toCopyOptions(options: unknown): CopyOptions {
  const given = toObject(options);
  const flag = (name: string, otherwise = false): boolean =>
    toBoolean(given[name], `options.${name}`, otherwise);
  const dereference = flag("dereference");
  const verbatimSymlinks = flag("verbatimSymlinks");
  const { filter } = given;
  if (dereference && verbatimSymlinks)
    throw codedTypeError(
      "ERR_INCOMPATIBLE_OPTION_PAIR",
      'Option "dereference" cannot be used in combination with option "verbatimSymlinks"',
    );
  return {
    dereference,
    verbatimSymlinks,
    errorOnExist: flag("errorOnExist"),
    force: flag("force", true),
    preserveTimestamps: flag("preserveTimestamps"),
    recursive: flag("recursive"),
    mode: toCopyMode(given["mode"]),
    filter: filter === undefined ? undefined : toFunction(filter, "options.filter"),
  };
}

const MOST_BITS = 7;

function toCopyMode(mode: unknown): number {
  if (mode === undefined || mode === null) return 0;
  const bits = toInteger(mode, "mode", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (bits < 0 || bits > MOST_BITS) throw outOfRange("mode", `>= 0 && <= ${MOST_BITS}`, mode);
  return bits;
}

const IF_THERE = { throwIfNoEntry: false } as const;

/** One call of `cp`: a walk of two trees. */
class Copy {
  readonly #verbs: Verbs;
  readonly #sync: boolean;
  readonly #options: CopyOptions;

  constructor({ verbs, sync }: Side, options: CopyOptions) {
    this.#verbs = verbs;
    this.#sync = sync;
    this.#options = options;
  }

  *start(source: string, destination: string): Flow<void> {
    if (!(yield* this.#isWanted(source, destination))) return;
    const from = yield* this.#look(source);
    // As `cpSync` does: what is copied must lead somewhere.
    if (this.#sync && from.isSymbolicLink()) yield* this.#do("lstat", () => this.#verbs.stat(source), source);
    const to = yield* this.#lookIfThere(destination);
    this.#compare(source, destination, from, to);
    yield* this.#checkParents(source, destination, from);
    const parent = dirname(resolve(this.#verbs.cwd(), destination));
    if ((yield* this.#lookIfThere(parent)) === undefined)
      yield* this.#do("mkdir", () => this.#verbs.mkdir(parent, { recursive: true }), parent);
    yield* this.#copy(source, destination, from, to);
  }

  *#isWanted(source: string, destination: string): Flow<boolean> {
    const { filter } = this.#options;
    if (filter === undefined) return true;
    return Boolean(yield* wait(filter(source, destination)));
  }

  *#look(path: string): Flow<Stats> {
    const verb = this.#options.dereference ? "stat" : "lstat";
    try {
      return (yield* wait(this.#verbs[verb](path))) as Stats;
    } catch (reason) {
      throw told(reason, { syscall: verb, path });
    }
  }

  *#lookIfThere(path: string): Flow<Stats | undefined> {
    const verb = this.#options.dereference ? "stat" : "lstat";
    try {
      return yield* wait(this.#verbs[verb](path));
    } catch (reason) {
      if (isVfsError(reason, "ENOENT")) return undefined;
      throw told(reason, { syscall: verb, path });
    }
  }

  #compare(source: string, destination: string, from: Stats, to: Stats | undefined): void {
    if (to !== undefined) {
      if (isSame(from, to)) this.#refuse("same", source, destination);
      if (from.isDirectory() && !to.isDirectory()) this.#refuse("directory onto other", source, destination);
      if (!from.isDirectory() && to.isDirectory()) this.#refuse("other onto directory", source, destination);
    }
    if (!from.isDirectory()) return;
    if (!this.#options.recursive) this.#refuse("not recursive", source, destination);
    if (this.#isBelow(destination, source)) this.#refuse("below itself", source, destination);
  }

  /** A link may lead the destination into the source, whatever the paths say. */
  *#checkParents(source: string, destination: string, from: Stats): Flow<void> {
    if (!from.isDirectory()) return;
    for (let at = dirname(resolve(this.#verbs.cwd(), destination)); at !== "/"; at = dirname(at)) {
      const stats = yield* wait(this.#verbs.stat(at, IF_THERE));
      if (stats !== undefined && isSame(from, stats)) this.#refuse("below itself", source, destination);
    }
  }

  *#copy(source: string, destination: string, from: Stats, to: Stats | undefined): Flow<void> {
    if (from.isDirectory()) yield* this.#copyDirectory(source, destination, from, to);
    else if (from.isSymbolicLink()) yield* this.#copyLink(source, destination, to);
    else if (from.isFile()) yield* this.#copyFile(source, destination, from, to);
    else this.#refuse("not a file", source, destination);
  }

  *#copyDirectory(source: string, destination: string, from: Stats, to: Stats | undefined): Flow<void> {
    const verbs = this.#verbs;
    if (to === undefined) yield* this.#do("mkdir", () => verbs.mkdir(destination), destination);
    const entries = yield* this.#do("opendir", () => verbs.readdir(source), source);
    for (const name of entries.sort()) {
      const [one, other] = [join(source, name), join(destination, name)];
      if (!(yield* this.#isWanted(one, other))) continue;
      const below = yield* this.#look(one);
      const there = yield* this.#lookIfThere(other);
      this.#compare(one, other, below, there);
      yield* this.#copy(one, other, below, there);
    }
    if (to === undefined)
      yield* this.#do("chmod", () => verbs.chmod(destination, from.mode & 0o7777), destination);
  }

  *#copyFile(source: string, destination: string, from: Stats, to: Stats | undefined): Flow<void> {
    const verbs = this.#verbs;
    const { force, errorOnExist, preserveTimestamps, mode } = this.#options;
    if (to !== undefined) {
      if (!force && errorOnExist) this.#refuse("there", source, destination);
      if (!force) return;
      yield* this.#do("unlink", () => verbs.unlink(destination), destination);
    }
    yield* this.#do("copyfile", () => verbs.copyFile(source, destination, mode & 1), source, destination);
    if (preserveTimestamps)
      yield* this.#do(
        "utime",
        () => verbs.utimes(destination, from.atimeMs / 1000, from.mtimeMs / 1000),
        destination,
      );
  }

  *#copyLink(source: string, destination: string, to: Stats | undefined): Flow<void> {
    const verbs = this.#verbs;
    const target = yield* this.#targetOf(source);
    if (to !== undefined) {
      if (!to.isSymbolicLink()) {
        yield* this.#do("symlink", () => verbs.symlink(target, destination), target, destination);
        return;
      }
      const old = yield* this.#targetOf(destination, true);
      const led = yield* wait(verbs.stat(source, IF_THERE));
      if (led?.isDirectory() === true) {
        if (this.#isBelow(old, target)) this.#refuse("below itself", target, old);
        if (this.#isBelow(target, old)) this.#refuse("link to parent", target, old);
      }
      yield* this.#do("unlink", () => verbs.unlink(destination), destination);
    }
    yield* this.#do("symlink", () => verbs.symlink(target, destination), target, destination);
  }

  *#targetOf(link: string, whole = false): Flow<string> {
    const text = yield* this.#do("readlink", () => this.#verbs.readlink(link), link);
    if ((this.#options.verbatimSymlinks && !whole) || isAbsolute(text)) return text;
    return resolve(this.#verbs.cwd(), dirname(link), text);
  }

  *#do<T>(syscall: string, action: () => Awaitable<T>, path: string, dest?: string): Flow<T> {
    try {
      return yield* wait(action());
    } catch (reason) {
      throw told(reason, { syscall, path, dest });
    }
  }

  #isBelow(path: string, directory: string): boolean {
    const cwd = this.#verbs.cwd();
    const [inner, outer] = [resolve(cwd, path), resolve(cwd, directory)];
    return inner === outer || inner.startsWith(outer === "/" ? "/" : `${outer}/`);
  }

  #refuse(why: Refusal, source: string, destination: string): never {
    throw refusal(why, source, destination, this.#sync);
  }
}

/** A store without numbers for its files cannot tell. */
function isSame(a: Stats, b: Stats): boolean {
  return a.ino !== 0 && a.ino === b.ino && a.dev === b.dev;
}
