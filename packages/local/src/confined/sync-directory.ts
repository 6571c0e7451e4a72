import { wait, type Flow } from "@vfs/core";
import type { Directory } from "./directories.ts";
import { DIRECTORY } from "../host/values.ts";
import type { Host } from "../host/host.ts";

/**
 * Returns when the names in a directory would survive a loss of power.
 *
 * @see https://man7.org/linux/man-pages/man2/fsync.2.html
 */
export function* syncDirectory(host: Host, directory: Directory): Flow<void> {
  // Windows has no such call; its file system writes names in order.
  if (process.platform === "win32") return;
  const fd = yield* wait(host.open(directory.at("."), DIRECTORY));
  try {
    yield* wait(host.fsync(fd));
  } finally {
    yield* wait(host.close(fd));
  }
}
