import { basename, dirname, join, matchesGlob, normalize, resolve } from "node:path/posix";
import { fileURLToPath } from "node:url";
import type { Dirent } from "node:fs";
import { isVfsError, run, wait, type Awaitable, type FileType, type Flow } from "@vfs/core";
import { wrongType } from "../argument-errors.ts";
import { toObject } from "../arguments.ts";
import { toDirent } from "../dirents.ts";
import type { Side, Verbs } from "../side.ts";

/** Everything that matches a pattern, or one of several; in any order, each once. */
export function glob({ verbs }: Side, pattern: unknown, options: unknown): Awaitable<string[] | Dirent[]> {
  const { cwd, exclude, withFileTypes } = toObject(options ?? undefined);
  const patterns = Array.isArray(pattern) ? pattern : [pattern];
  for (const one of patterns) if (typeof one !== "string") throw wrongType("patterns", "of type string", one);
  const search = new Search(verbs, toDirectory(verbs, cwd), toExclude(exclude, withFileTypes === true));
  return run(search.all(patterns as string[], withFileTypes === true));
}

function toDirectory(verbs: Verbs, cwd: unknown): string {
  if (cwd === undefined || cwd === null) return verbs.cwd();
  const path = cwd instanceof URL ? fileURLToPath(cwd, { windows: false }) : cwd;
  if (typeof path !== "string") throw wrongType("paths[0]", "of type string", cwd);
  return resolve(verbs.cwd(), path);
}

type Exclude = (path: string, entry: Dirent) => boolean;

function toExclude(exclude: unknown, withFileTypes: boolean): Exclude {
  if (exclude === undefined || exclude === null) return () => false;
  if (Array.isArray(exclude) && exclude.every((one) => typeof one === "string"))
    return (path) => exclude.some((pattern) => matchesGlob(path, pattern));
  if (typeof exclude !== "function")
    throw wrongType("options.exclude", "of type function or string[]", exclude);
  return (_, entry) => Boolean(exclude(withFileTypes ? entry : entry.name));
}

/** A pattern, cut where its first wildcard is. */
interface Plan {
  readonly pattern: string;
  /** The part without wildcards: where to look. */
  readonly base: string;
  /** How many levels below it something can match. */
  readonly depth: number;
  readonly directoriesOnly: boolean;
  /** Nothing but `**` comes after the base, so that matches too. */
  readonly matchesBase: boolean;
}

const WILD = /[*?[\]{}()!+@\\]/;

function toPlan(text: string): Plan {
  const normal = normalize(text);
  const directoriesOnly = normal.endsWith("/") && normal !== "/";
  const pattern = directoriesOnly ? normal.slice(0, -1) : normal;
  const steps = pattern.split("/");
  const wildAt = steps.findIndex((step) => WILD.test(step));
  const wild = wildAt === -1 ? [] : steps.slice(wildAt);
  const base = (wildAt === -1 ? steps : steps.slice(0, wildAt)).join("/");
  const endless = wild.some((step) => step === "**" || step.includes("{") || step.includes("("));
  return {
    pattern,
    base: base === "" && text.startsWith("/") ? "/" : base,
    depth: endless ? Infinity : wild.length,
    directoriesOnly,
    matchesBase: wild.length > 0 && wild.every((step) => step === "**"),
  };
}

class Search {
  readonly #verbs: Verbs;
  readonly #cwd: string;
  readonly #exclude: Exclude;
  readonly #found = new Map<string, Dirent>();

  constructor(verbs: Verbs, cwd: string, exclude: Exclude) {
    this.#verbs = verbs;
    this.#cwd = cwd;
    this.#exclude = exclude;
  }

  *all(patterns: readonly string[], withFileTypes: boolean): Flow<string[] | Dirent[]> {
    for (const pattern of patterns) yield* this.#follow(toPlan(pattern));
    return withFileTypes ? [...this.#found.values()] : [...this.#found.keys()];
  }

  *#follow(plan: Plan): Flow<void> {
    const { base, depth } = plan;
    const path = resolve(this.#cwd, base);
    const stats = yield* wait(this.#verbs.lstat(path, { throwIfNoEntry: false }));
    if (stats === undefined) return;
    const entry = toDirent(basename(path), stats.type, dirname(path), undefined);
    const shown = base === "" ? "." : base;
    const isWhole = depth === 0 && !/(?:^|\/)\.\.?$/.test(base);
    if ((isWhole || plan.matchesBase) && !(base !== "" && this.#exclude(shown, entry)))
      this.#note(shown, entry, plan);
    if (depth > 0 && (yield* this.#isDirectory(path, stats.type)))
      yield* this.#below(path, base, depth, plan);
  }

  *#below(directory: string, shown: string, depth: number, plan: Plan): Flow<void> {
    for (const { name, type } of yield* this.#list(directory)) {
      const path = join(shown, name);
      const entry = toDirent(name, type, directory, undefined);
      if (this.#exclude(path, entry)) continue;
      if (matchesGlob(path, plan.pattern)) this.#note(path, entry, plan);
      // Hidden directories are not looked into unless they are named.
      const hidden = name.startsWith(".") && !/(?:^|\/)\.(?!\.?(?:\/|$))/.test(plan.pattern);
      if (type === "directory" && depth > 1 && !hidden)
        yield* this.#below(join(directory, name), path, depth - 1, plan);
    }
  }

  /** What a pattern names is looked into through a link too. */
  *#isDirectory(path: string, type: FileType): Flow<boolean> {
    if (type !== "symlink") return type === "directory";
    const stats = yield* wait(this.#verbs.stat(path, { throwIfNoEntry: false }));
    return stats?.isDirectory() === true;
  }

  *#list(directory: string): Flow<readonly { name: string; type: FileType }[]> {
    try {
      const entries = yield* wait(this.#verbs.readdir(directory, { withFileTypes: true }));
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (reason) {
      // What cannot be looked into has nothing that matches.
      if (isVfsError(reason)) return [];
      throw reason;
    }
  }

  #note(path: string, entry: Dirent, { directoriesOnly }: Plan): void {
    if (!directoriesOnly || entry.isDirectory()) this.#found.set(path, entry);
  }
}
