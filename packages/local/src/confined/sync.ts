import { isVfsError, wait, type Flow } from "@vfs/core";
import { DIRECTORY, READ, WRITE } from "../host/values.ts";
import type { Host, HostPath } from "../host/host.ts";
import type { Directory } from "./directories.ts";

/**
 * Returns when the names in a directory would survive a loss of power.
 *
 * @see https://man7.org/linux/man-pages/man2/fsync.2.html
 */
export function* syncDirectory(host: Host, directory: Directory): Flow<void> {
  // Windows has no such call; its file system writes names in order.
  if (process.platform === "win32") return;
  yield* syncOpen(host, yield* wait(host.open(directory.at("."), DIRECTORY)));
}

/** Returns when the content and the attributes of a file, or the attributes of a directory, would survive that. */
export function* syncNode(host: Host, at: HostPath): Flow<void> {
  let fd: number;
  try {
    fd = yield* wait(host.open(at, READ));
  } catch (reason) {
    if (!isVfsError(reason, "EACCES")) throw reason;
    fd = yield* wait(host.open(at, WRITE));
  }
  yield* syncOpen(host, fd);
}

function* syncOpen(host: Host, fd: number): Flow<void> {
  try {
    yield* wait(host.fsync(fd));
  } finally {
    yield* wait(host.close(fd));
  }
}
