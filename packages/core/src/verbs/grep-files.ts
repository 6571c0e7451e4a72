import { isVfsError, type VfsError } from "../error.ts";
import { emit, Pull, wait, type Emitter, type Flow } from "../flow.ts";
import { nameMatcher, pathMatcher } from "../glob.ts";
import type { Bytes } from "../bytes.ts";
import type { GrepOptions } from "../options.ts";
import { joinPath, nameOf, stripPrefix, type VPath } from "../path.ts";
import type { ScanQuery } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { Entry } from "../stat.ts";
import { unseen } from "./begin-walk.ts";
import { asWhole, listAll, resolveTree, transplant } from "./walk.ts";

/** Files up to this size are read in one piece. */
export const WHOLE_BYTES: number = 1 << 20;

/** A file to search: where it is, and how the caller knows it. */
export interface Candidate {
  readonly path: VPath;
  readonly shown: string;
  /** Both where the store gave them with the name. */
  readonly size?: number | undefined;
  readonly data?: Bytes | undefined;
}

/** Which files are searched: by the names from the directory down. */
export class Choice {
  /** What a store is told of it. */
  readonly query: Pick<ScanQuery, "include" | "exclude">;
  readonly #includes: ((names: readonly string[]) => boolean)[][];
  readonly #excludes: ((names: readonly string[]) => boolean)[];

  constructor({ name, include, exclude }: Pick<GrepOptions, "name" | "include" | "exclude">) {
    const sets = [name === undefined ? [] : [name], listOf(include)].filter((set) => set.length > 0);
    // A store is asked about single names only.
    const simple = sets.find((set) => !set.some((glob) => glob.includes("/")));
    this.query = {
      include: simple,
      exclude: listOf(exclude).filter((glob) => !glob.includes("/")),
    };
    this.#includes = sets.map((set) => set.map(matcher));
    this.#excludes = listOf(exclude).map(matcher);
  }

  /** Whether a directory is gone into. */
  enters(names: readonly string[]): boolean {
    return !this.#excludes.some((matches) => matches(names));
  }

  /** Whether a file is searched, when each directory above it was gone into. */
  takes(names: readonly string[]): boolean {
    return this.enters(names) && this.#includes.every((set) => set.some((matches) => matches(names)));
  }

  /** As {@link takes}, for a file of which nothing is known. */
  takesBelow(names: readonly string[]): boolean {
    if (this.#excludes.length > 0)
      for (let i = 1; i < names.length; i++) if (!this.enters(names.slice(0, i))) return false;
    return this.takes(names);
  }
}

function listOf(globs: string | readonly string[] | undefined): readonly string[] {
  return typeof globs === "string" ? [globs] : (globs ?? []);
}

function matcher(glob: string): (names: readonly string[]) => boolean {
  if (glob.includes("/")) return pathMatcher(glob);
  const matches = nameMatcher(glob);
  return (names) => matches(names.at(-1) ?? "");
}

/** What to do with a failure: throws it where it ends the search. */
export type OnFailure = (reason: unknown) => void;

/** The failures that do not end a search. What has gone meanwhile is no failure. */
export function failureOf(onError: ((error: VfsError) => void) | undefined): OnFailure {
  return (reason) => {
    if (isVfsError(reason, "ENOENT", "ENOTDIR", "EISDIR")) return;
    if (onError !== undefined && isVfsError(reason)) return onError(reason);
    // ENXIO is what is no regular file, such as a pipe; ESTALE what was written into while it was read.
    if (!isVfsError(reason, "EACCES", "EPERM", "ENXIO", "ESTALE")) throw reason;
  };
}

interface Search {
  readonly scope: Scope;
  readonly choice: Choice;
  readonly recursive: boolean;
  /** A text that must occur. */
  readonly text: string | undefined;
  readonly onFailure: OnFailure;
}

/** The files below a directory, or the file itself, in path order. */
export function* filesIn(search: Search, root: VPath): Emitter<Candidate> {
  const { scope, choice } = search;
  if (search.recursive && asWhole(scope, root, "scan")) {
    const all = new Pull(below({ ...search, scope: scope.onRealPaths() }, root));
    if (yield* unseen(scope, root, "stat", () => all.peek())) return yield* shownAs(scope, all, root, root);
  }
  const { type } = yield* wait(scope.send("stat", root, { follow: true }));
  const real = yield* resolveTree(scope, root, true);
  if (type !== "directory") {
    if (choice.takes([nameOf(root)])) yield emit({ path: real, shown: scope.shown(root) });
    return;
  }
  const found = new Pull(below({ ...search, scope: scope.onRealPaths() }, real));
  yield* shownAs(scope, found, real, root);
}

function* shownAs(scope: Scope, found: Pull<Found>, real: VPath, root: VPath): Emitter<Candidate> {
  for (let file = yield* found.next(); file !== undefined; file = yield* found.next())
    yield emit({ ...file, shown: scope.shown(transplant(file.path, real, root)) });
}

type Found = Omit<Candidate, "shown">;

/** Goes down directory by directory, and lets the store read what is its own to give as a whole. */
function* below(search: Search, root: VPath): Emitter<Found> {
  const { scope, choice, recursive } = search;
  const whole = (path: VPath): boolean => recursive && asWhole(scope, path, "scan");
  if (whole(root)) return yield* scanned(search, root, root);
  const open: VPath[][] = [(yield* inOrder(search, root, root)).toReversed()];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const path = level.pop();
    if (path === undefined) {
      open.pop();
    } else if (!isDirectory(path)) {
      if (choice.takes(namesBelow(path, root))) yield emit({ path });
    } else {
      const directory = path.slice(0, -1) as VPath;
      if (!choice.enters(namesBelow(directory, root))) continue;
      if (whole(directory)) yield* scanned(search, directory, root);
      else open.push((yield* inOrder(search, directory, root)).toReversed());
    }
  }
}

/** The paths of the files and, with a slash at the end, of the directories in a directory, in order. */
function* inOrder({ scope, recursive, onFailure }: Search, path: VPath, root: VPath): Flow<VPath[]> {
  try {
    const entries = yield* listAll(scope, path, false);
    return entries
      .filter(({ type }) => type === "file" || (type === "directory" && recursive))
      .toSorted(byCodePoints)
      .map(({ name, type }) => joinPath(path, type === "directory" ? `${name}/` : name));
  } catch (reason) {
    if (path === root) throw reason;
    onFailure(reason);
    return [];
  }
}

function isDirectory(path: VPath): boolean {
  return path.endsWith("/");
}

function namesBelow(path: VPath, root: VPath): string[] {
  return stripPrefix(path, root).slice(1).split("/");
}

const PAGE_BYTES = 1 << 20;

function* scanned({ scope, choice, text, onFailure }: Search, top: VPath, root: VPath): Emitter<Found> {
  const query: ScanQuery = { ...choice.query, text, wholeBytes: WHOLE_BYTES, pageBytes: PAGE_BYTES };
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    try {
      const page = yield* wait(scope.send("scan", top, { ...query, cursor }));
      ({ cursor } = page);
      for (const { name, size, data } of page.items) {
        const path = joinPath(top, name);
        if (choice.takesBelow(namesBelow(path, root))) yield emit({ path, size, data });
      }
    } catch (reason) {
      if (top === root) throw reason;
      onFailure(reason);
      return;
    }
  }
}

/** As SQLite and most stores sort: by bytes of UTF-8. UTF-16 has what lies above U+FFFF in front of U+E000. */
function byCodePoints({ name: a }: Entry, { name: b }: Entry): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const one = a.charCodeAt(i);
    const other = b.charCodeAt(i);
    if (one !== other) return rank(one) - rank(other);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
