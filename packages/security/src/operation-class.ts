/**
 * What an operation does, as rules speak of it:
 *
 * - `read`: the content of a file, the text of a link
 * - `list`: that something is there and what it is like; the names in a directory
 * - `meta`: change of mode, owner, times and attributes
 * - `write`: change of content that is there
 * - `create`: a name that was not there
 * - `delete`: a name that is gone
 * - `link`: symbolic and hard links
 * - `admin`: mounts, and every operation that this package does not know
 */
export type OperationClass = "read" | "list" | "meta" | "write" | "create" | "delete" | "link" | "admin";

// Sets of classes are sums: a call asks for a sum, a path refuses one, and `&` tells whether the call may pass.
export const READ = 1;
export const LIST = 2;
export const META = 4;
export const WRITE = 8;
export const CREATE = 16;
export const DELETE = 32;
export const LINK = 64;
export const ADMIN = 128;

/** Every class. */
export const ALL = 255;
/** What changes something. */
export const MUTATING: number = META | WRITE | CREATE | DELETE | LINK | ADMIN;

// Beside classes, a call tells what else must be looked at, and a path where that is more than nothing.

/** `CREATE` is needed too where there is nothing yet. */
export const CREATE_IF_NEW = 256;
/** It reaches what lies below, and something there is treated differently. */
export const BELOW = 512;
/** The content that is written must be looked at. */
export const CONTENT_WRITTEN = 1024;
/** The content that is read must be looked at. */
export const CONTENT_READ = 2048;
/** Never simply let through. */
export const WATCHED = 4096;

const SUMS: Readonly<Record<OperationClass, number>> = {
  read: READ,
  list: LIST,
  meta: META,
  write: WRITE,
  create: CREATE,
  delete: DELETE,
  link: LINK,
  admin: ADMIN,
};

/** The names of all classes. */
export const OPERATION_CLASSES: readonly OperationClass[] = Object.keys(SUMS) as OperationClass[];

/**
 * The sum of some classes.
 *
 * @throws TypeError for a class that does not exist.
 */
export function sumOf(classes: readonly OperationClass[]): number {
  return classes.reduce((sum, name) => {
    if (!Object.hasOwn(SUMS, name))
      throw new TypeError(
        `an operation class is one of ${OPERATION_CLASSES.join(", ")}; got ${JSON.stringify(name)}`,
      );
    return sum | SUMS[name];
  }, 0);
}
