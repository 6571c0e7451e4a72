import { isVfsError, type Vfs } from "@vfs/core";
import { childPath } from "../tree-entry.ts";
import { survey, type Survey } from "./survey.ts";

/** Finds out what changed of a tree from when it is made on. */
export class ChangeWatch {
  readonly #top: Vfs;
  readonly #leaveOut: string | undefined;
  #revision: number | undefined;

  private constructor(top: Vfs, leaveOut: string | undefined) {
    this.#top = top;
    this.#leaveOut = leaveOut;
  }

  /** Begins. A store with a history is asked for it; any other is looked at a second time at the end. */
  static async begin(top: Vfs, leaveOut: string | undefined): Promise<ChangeWatch> {
    const watch = new ChangeWatch(top, leaveOut);
    // Each mount has a history of its own.
    if (top.capabilities("/").changes && top.mounts().filter(({ path }) => path !== "/").length === 0)
      try {
        watch.#revision = (await top.changes()).revision;
      } catch (reason) {
        if (!isVfsError(reason, "ENOTSUP")) throw reason;
      }
    return watch;
  }

  /** Paths that changed since, below the top. */
  async changed(found: Survey, signal: AbortSignal | undefined): Promise<string[]> {
    return (await this.#fromHistory()) ?? this.#fromSecondLook(found, signal);
  }

  async #fromHistory(): Promise<string[] | undefined> {
    if (this.#revision === undefined) return undefined;
    const paths = new Set<string>();
    try {
      for (let since = this.#revision, more = true; more;) {
        const page = await this.#top.changes(since);
        for (const { path, oldPath } of page.changes)
          for (const one of [path, oldPath]) if (one !== undefined && !this.#isOurs(one)) paths.add(one);
        since = page.revision;
        ({ more } = page);
      }
    } catch (reason) {
      if (isVfsError(reason, "ESTALE")) return undefined;
      throw reason;
    }
    return [...paths];
  }

  async #fromSecondLook(found: Survey, signal: AbortSignal | undefined): Promise<string[]> {
    const before = signatures(found);
    const after = signatures(await survey(this.#top, this.#leaveOut, signal));
    const paths = [...after]
      .filter(([path, signature]) => before.get(path) !== signature)
      .map(([path]) => path);
    for (const path of before.keys()) if (!after.has(path)) paths.push(path);
    return paths;
  }

  #isOurs(path: string): boolean {
    const own = this.#leaveOut;
    // The directory that the store is made in changes with it.
    return (
      own !== undefined &&
      (path === own || path.startsWith(`${own}/`) || own.startsWith(path === "/" ? path : `${path}/`))
    );
  }
}

function signatures(found: Survey): Map<string, string> {
  const all = new Map<string, string>();
  for (const [directory, entries] of found)
    for (const { name, type, stat } of entries) {
      const { ino, mtimeMs, ctimeMs, size, etag } = stat ?? {};
      // The times of a directory change with what is in it, the store of the snapshots among it.
      const rest = type === "directory" ? [stat?.mode] : [size, mtimeMs, ctimeMs, etag];
      all.set(childPath(directory, name), [type, ino, ...rest].join());
    }
  return all;
}
