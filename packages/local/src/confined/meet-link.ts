import { isUtf8 } from "node:buffer";
import { isVfsError, linkMet, VfsError, wait, type Flow, type LinkMet, type VPath } from "@vfs/core";
import type { Host, HostPath } from "../host/host.ts";

/**
 * The text of a link.
 *
 * @throws VfsError `EINVAL` when it is no link, `EILSEQ` when its bytes are no text.
 */
export function* textOf(host: Host, at: HostPath): Flow<string> {
  const bytes = yield* wait(host.readlink(at));
  if (!isUtf8(bytes)) throw new VfsError("EILSEQ", { hint: "the text of the link is no UTF-8" });
  return bytes.toString();
}

/** What to throw where a link was found. */
export function* meetLink(host: Host, at: HostPath, path: VPath, whole: VPath): Flow<LinkMet> {
  return linkMet(whole, path, yield* textOf(host, at));
}

/** What to throw where a directory was wanted and something else was found. */
export function* notADirectory(
  host: Host,
  at: HostPath,
  path: VPath,
  whole: VPath,
): Flow<LinkMet | VfsError> {
  try {
    return yield* meetLink(host, at, path, whole);
  } catch (reason) {
    if (isVfsError(reason, "EINVAL")) return new VfsError("ENOTDIR");
    throw reason;
  }
}
