import { errnoOf, type EmscriptenModule } from "./emscripten.ts";
import type { Replacement } from "./seal.ts";

const SLASH = 47;
const O_CREAT = 64;
const AT_REMOVEDIR = 512;

/**
 * What the kernel makes of the end of a path, and Emscripten does not: `f/` can only be a directory, and `.` cannot be
 * removed or renamed.
 */
export function pathEnds(
  module: () => EmscriptenModule,
  isLoaded: () => boolean,
): Readonly<Record<string, Replacement>> {
  const textAt = (at: number): string => {
    const { HEAPU8 } = module();
    return new TextDecoder().decode(HEAPU8.slice(at >>> 0, HEAPU8.indexOf(0, at >>> 0)));
  };
  const hasSlash = (at: number): boolean => {
    if (!isLoaded()) return false;
    const { HEAPU8 } = module();
    const end = HEAPU8.indexOf(0, at >>> 0);
    return end > (at >>> 0) + 1 && HEAPU8[end - 1] === SLASH;
  };
  /** Whether there is a directory; undefined when there is nothing, or nobody knows. */
  const isFolder = (at: number): boolean | undefined => {
    try {
      return (
        (module().FS.lookupPath(textAt(at).replace(/\/+$/, ""), { follow: true }).node.mode & 0o170_000) ===
        0o040_000
      );
    } catch {
      return undefined;
    }
  };
  const endOf = (at: number): string | undefined =>
    isLoaded() ? /(?:^|\/)(\.\.?)\/*$/.exec(textAt(at))?.[1] : undefined;
  /** What a removal of a directory by such a name answers. */
  const refusal = (at: number): number | undefined => {
    const end = endOf(at);
    if (end === undefined) return undefined;
    return -errnoOf(end === "." ? "EINVAL" : "ENOTEMPTY");
  };
  return {
    __syscall_openat:
      (original) =>
      (folder, path = 0, flags = 0, more) => {
        const folderThere = hasSlash(path) ? isFolder(path) : true;
        if (folderThere === false) return -errnoOf("ENOTDIR");
        if (folderThere === undefined && (flags & O_CREAT) !== 0) return -errnoOf("EISDIR");
        return original(folder, path, flags, more);
      },
    __syscall_unlinkat:
      (original) =>
      (folder, path = 0, flags = 0) => {
        if (flags === AT_REMOVEDIR) return refusal(path) ?? original(folder, path, flags);
        const folderThere = hasSlash(path) ? isFolder(path) : undefined;
        if (folderThere === undefined) return original(folder, path, flags);
        return -errnoOf(folderThere ? "EISDIR" : "ENOTDIR");
      },
    __syscall_rmdir:
      (original) =>
      (path = 0) =>
        refusal(path) ?? original(path),
    __syscall_renameat:
      (original) =>
      (folder, from = 0, other, to = 0) => {
        if (endOf(from) !== undefined || endOf(to) !== undefined) return -errnoOf("EBUSY");
        if (hasSlash(from) && isFolder(from) === false) return -errnoOf("ENOTDIR");
        return original(folder, from, other, to);
      },
  };
}
