import { isBelow, isWithin, parentOf, ROOT, type VPath } from "@vfs/core";

const MOST = 10_000;
/** So long a directory that was seen is taken to be there still. */
const DIRECTORY_MS = 10_000;

/**
 * What was last seen of paths. It saves requests and is never believed when that could do harm: a file is written and
 * removed on condition that it is the one that was seen, and nothing is refused before it was looked at again.
 */
export class Known {
  /** Etags of S3 of what was a regular file. */
  readonly #files = new Map<VPath, string>();
  /** Until when. */
  readonly #directories = new Map<VPath, number>();

  /** The etag of a regular file, if it was seen. */
  file(path: VPath): string | undefined {
    return this.#files.get(path);
  }

  sawFile(path: VPath, etag: string): void {
    this.#directories.delete(path);
    this.#files.delete(path);
    if (this.#files.size >= MOST) drop(this.#files);
    this.#files.set(path, etag);
    this.sawDirectory(parentOf(path));
  }

  isDirectory(path: VPath): boolean {
    return path === ROOT || (this.#directories.get(path) ?? 0) > Date.now();
  }

  /** With all that it lies in. */
  sawDirectory(path: VPath): void {
    const until = Date.now() + DIRECTORY_MS;
    for (let at = path; at !== ROOT; at = parentOf(at)) {
      this.#files.delete(at);
      this.#directories.delete(at);
      if (this.#directories.size >= MOST) drop(this.#directories);
      this.#directories.set(at, until);
    }
  }

  forget(path: VPath): void {
    this.#files.delete(path);
    this.#directories.delete(path);
  }

  /** With all that lies in it, and what it lies in: that may have been there only because of it. */
  forgetTree(path: VPath): void {
    for (const known of [this.#files, this.#directories])
      for (const at of known.keys()) if (isWithin(at, path) || isBelow(path, at)) known.delete(at);
  }
}

/** The one that was seen the longest ago. */
function drop(known: Map<VPath, unknown>): void {
  const { value } = known.keys().next();
  if (value !== undefined) known.delete(value);
}
