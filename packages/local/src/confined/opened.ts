import type { Stats } from "node:fs";
import { isVfsError, VfsError, wait, type Flow } from "@vfs/core";
import { mustBeFile, NEW } from "../host/values.ts";
import { meetLink } from "./meet-link.ts";
import { lookAt, type Spot } from "./spot.ts";

// How often somebody else may make the file, or take it away, between two looks at it.
const ATTEMPTS = 16;

/** A file of the host that is open. */
export interface Opened {
  readonly fd: number;
  readonly stats: Stats;
}

/**
 * Opens a file that is there: nothing but a file, and not through a link.
 *
 * @throws LinkMet for a link; VfsError `EISDIR` for a directory, `ENXIO` for a pipe, a socket or a device.
 */
export function* openFile(spot: Spot, flags: number): Flow<Opened> {
  const { host, at, directory } = spot;
  for (let left = ATTEMPTS; ; left--) {
    const fd = yield* opening(spot, function* () {
      // What is in a pipe is lost when it is opened; and not every host can be told not to follow a link.
      mustBeFile(yield* lookAtNoLink(spot));
      return yield* wait(host.open(at, flags));
    });
    try {
      return yield* checked(spot, fd);
    } catch (reason) {
      // Without a descriptor of the directory, a file that was replaced looks like one that lies elsewhere.
      if (directory.pinned || left === 0 || !isVfsError(reason, "EBUSY")) throw reason;
    }
  }
}

/**
 * Makes a file, with exactly these permission bits.
 *
 * @throws VfsError `EEXIST` when there is anything, even a link.
 */
export function* makeFile(spot: Spot, flags: number, mode: number): Flow<Opened> {
  const { host, at } = spot;
  const made = yield* checked(spot, yield* wait(host.open(at, flags | NEW, mode)));
  if ((made.stats.mode & 0o7777) === mode) return made;
  // The process has a umask of its own; core has taken the caller's away already.
  yield* closing(spot, made.fd, () => wait(host.fchmod(made.fd, mode)));
  return made;
}

/** Opens a file that is there, or makes it. */
export function* openOrMakeFile(spot: Spot, flags: number, mode: number): Flow<Opened> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      return yield* openFile(spot, flags);
    } catch (reason) {
      if (left === 0 || !isVfsError(reason, "ENOENT")) throw reason;
    }
    try {
      return yield* makeFile(spot, flags, mode);
    } catch (reason) {
      if (!isVfsError(reason, "EEXIST")) throw reason;
    }
  }
}

/** Does something with an open file, and closes it whatever becomes of that. */
export function* using<T>({ host }: Spot, fd: number, action: () => Flow<T>): Flow<T> {
  try {
    return yield* action();
  } finally {
    yield* wait(host.close(fd));
  }
}

/** Closes an open file only if `action` fails. */
function* closing<T>({ host }: Spot, fd: number, action: () => Flow<T>): Flow<T> {
  try {
    return yield* action();
  } catch (reason) {
    yield* wait(host.close(fd));
    throw reason;
  }
}

function* checked(spot: Spot, fd: number): Flow<Opened> {
  return yield* closing(spot, fd, function* () {
    const stats = mustBeFile(yield* wait(spot.host.fstat(fd)));
    if (!spot.directory.pinned) yield* wait(spot.directory.confirm(spot.host, spot.name, stats));
    return { fd, stats };
  });
}

/** Turns what the host says where a link lies into the signal for core; does it again where none lies any more. */
export function* opening<T>(spot: Spot, action: () => Flow<T>): Flow<T> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      return yield* action();
    } catch (reason) {
      if (!isVfsError(reason, "ELOOP")) throw reason;
      yield* lookAtNoLink(spot);
      if (left === 0)
        throw new VfsError("EBUSY", { retryable: true, hint: "it was a link a moment ago", cause: reason });
    }
  }
}

/**
 * What is at the spot, if it is no link.
 *
 * @throws LinkMet for a link.
 */
export function* lookAtNoLink(spot: Spot): Flow<Stats | undefined> {
  const stats = yield* lookAt(spot);
  if (stats?.isSymbolicLink() === true) throw yield* meetLink(spot.host, spot.at, spot.path, spot.path);
  return stats;
}
