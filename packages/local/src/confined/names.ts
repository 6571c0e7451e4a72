import { namesOf, VfsError, type VPath } from "@vfs/core";
import { isTemporary, mayBeTemporary } from "../unfinished/temporaries.ts";

/**
 * What means something else on Windows than a name: other separators, streams, devices, and endings that are cut off.
 *
 * @see https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
 */
// oxlint-disable-next-line no-control-regex -- they are not allowed in names
const NO_NAME_ON_WINDOWS = /[\\:*?"<>|\x00-\x1f]|[. ]$|^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/**
 * Refuses a path that the host would take for another.
 *
 * @throws VfsError `ENOENT` for the name of an unfinished file, `EINVAL` for what is no name on this host.
 */
export function checkPath(path: VPath): void {
  if (mayBeTemporary(path) && namesOf(path).some(isTemporary))
    throw new VfsError("ENOENT", { hint: "names like this are kept for unfinished files" });
  if (process.platform === "win32" && namesOf(path).some((name) => NO_NAME_ON_WINDOWS.test(name)))
    throw new VfsError("EINVAL", { hint: "no file can have this name on Windows" });
}
