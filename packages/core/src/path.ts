import { VfsError } from "./error.ts";

/**
 * An absolute path in its one normal form: it begins with `/`, has no `.`, `..`, `//`, NUL or trailing slash (but for
 * the root itself), its names are at most 255 bytes of UTF-8 and the whole at most 4,096. Only core makes one.
 */
export type VPath = string & { readonly "~vpath": true };

/** The root of everything. */
export const ROOT: VPath = "/" as VPath;

/** The longest name that a path may contain, in bytes of UTF-8, as on Linux (`NAME_MAX`). */
const NAME_BYTES = 255;
/** The longest path, in bytes of UTF-8, as on Linux (`PATH_MAX`). */
const PATH_BYTES = 4096;

const SLASH = 47;

/**
 * Brings a path that a caller gave into its normal form. `..` is taken away with the name before it, as `path.resolve`
 * does, whether or not that name is a symbolic link.
 *
 * @param path Absolute, or relative to `cwd`.
 * @param cwd Where a relative path starts.
 * @throws VfsError `ENOENT` for the empty path, `EINVAL` for NUL, `EILSEQ` for a lone surrogate (it has no UTF-8 form,
 * so two such names would become one), `ENAMETOOLONG` past {@link NAME_BYTES} or {@link PATH_BYTES}.
 */
export function normalizePath(path: string, cwd: VPath): VPath {
  return isNormal(path) ? path : normalize(path, cwd);
}

const DOT = 46;

/** Whether a path of at most `most` characters, which are fewer than a name may have, is normal as it is. */
export function isPlain(path: string, most: number): path is VPath {
  if (typeof path !== "string" || path.length < 2 || path.length > most) return false;
  let before = SLASH;
  if (path.charCodeAt(0) !== SLASH) return false;
  for (let i = 1; i < path.length; i++) {
    const code = path.charCodeAt(i);
    // A name that begins with a dot may be one of the two that are none.
    if (code === 0 || code >= 128 || (before === SLASH && (code === SLASH || code === DOT))) return false;
    before = code;
  }
  return before !== SLASH;
}

/** A cheap sufficient test: ASCII, absolute, no name that begins with a dot, nothing that could need work. */
function isNormal(path: string): path is VPath {
  return path === "/" || (typeof path === "string" && path.length <= PATH_BYTES && NORMAL.test(path));
}

// oxlint-disable-next-line no-control-regex -- NUL is what must not be in a path
const NORMAL = /^(?:\/[^/.\0\x80-\uffff][^/\0\x80-\uffff]{0,254})+$/;

function normalize(path: string, cwd: VPath): VPath {
  if (typeof path !== "string") throw new TypeError(`a path must be a string, got ${describeType(path)}`);
  if (path === "") throw new VfsError("ENOENT", { path, hint: 'the path is empty; the root is "/"' });
  if (path.includes("\0"))
    throw new VfsError("EINVAL", { path, hint: "a path cannot contain a NUL character" });
  if (!path.isWellFormed())
    throw new VfsError("EILSEQ", { path, hint: "a path must be well-formed Unicode" });
  const names = path.startsWith("/") ? [] : cwd.split("/").filter(Boolean);
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(checkName(name, path));
  }
  const normal = `/${names.join("/")}`;
  if (tooLong(normal, PATH_BYTES))
    throw new VfsError("ENAMETOOLONG", { path, hint: `a path has at most ${PATH_BYTES} bytes` });
  return normal as VPath;
}

function describeType(value: unknown): string {
  return value === null ? "null" : typeof value;
}

function checkName(name: string, path: string): string {
  if (tooLong(name, NAME_BYTES))
    throw new VfsError("ENAMETOOLONG", { path, hint: `a name has at most ${NAME_BYTES} bytes` });
  return name;
}

const encoder = new TextEncoder();

/** Whether a text takes more bytes of UTF-8 than `bytes`. */
export function tooLong(text: string, bytes: number): boolean {
  // One UTF-16 unit is at most three bytes of UTF-8, so most texts need no encoding.
  return text.length * 3 > bytes && encoder.encode(text).length > bytes;
}

/** The path of `name` in `directory`. `name` may itself be a normal relative path, as in a recursive listing. */
export function joinPath(directory: VPath, name: string): VPath {
  return (directory === ROOT ? `/${name}` : `${directory}/${name}`) as VPath;
}

/** The directory that holds `path`; the root holds itself. */
export function parentOf(path: VPath): VPath {
  const slash = path.lastIndexOf("/");
  return (slash <= 0 ? ROOT : path.slice(0, slash)) as VPath;
}

/** The last name of `path`; the empty string for the root. */
export function nameOf(path: VPath): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The names of `path`, from the root on. */
export function namesOf(path: VPath): string[] {
  return path === ROOT ? [] : path.slice(1).split("/");
}

/** Whether `path` is `directory` or lies below it. */
export function isWithin(path: VPath, directory: VPath): boolean {
  return path === directory || isBelow(path, directory);
}

/** Whether `path` lies below `directory`. */
export function isBelow(path: VPath, directory: VPath): boolean {
  if (directory === ROOT) return path !== ROOT;
  return (
    path.length > directory.length &&
    path.charCodeAt(directory.length) === SLASH &&
    path.startsWith(directory)
  );
}

/** What remains of `path` below `directory`, as an absolute path of its own. `path` must be within `directory`. */
export function stripPrefix(path: VPath, directory: VPath): VPath {
  if (directory === ROOT) return path;
  return (path.length === directory.length ? ROOT : path.slice(directory.length)) as VPath;
}

/** The reverse of {@link stripPrefix}. */
export function addPrefix(path: VPath, directory: VPath): VPath {
  if (directory === ROOT) return path;
  return (path === ROOT ? directory : directory + path) as VPath;
}

/** How somebody whose `/` is `root` knows a path. An open file may have been moved out of their sight. */
export function shownFrom(root: VPath, path: VPath): string {
  // As Linux puts it (`d_path`).
  return isWithin(path, root) ? stripPrefix(path, root) : "(unreachable)";
}
