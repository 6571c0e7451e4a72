import { randomBytes } from "node:crypto";
import { namesOf, VfsError, type VPath } from "@vfs/core";

/** What the names of unfinished files begin with. They are in no listing, and no path leads to them. */
export const TEMPORARY = ".vfs-tmp-";

/** A name that nothing has. */
export function newTemporary(): string {
  return TEMPORARY + randomBytes(9).toString("hex");
}

export function isTemporary(name: string): boolean {
  return name.startsWith(TEMPORARY);
}

/** @throws VfsError `ENOENT` for a path that leads to, or through, an unfinished file. */
export function checkPath(path: VPath): void {
  if (path.includes(`/${TEMPORARY}`) && namesOf(path).some(isTemporary))
    throw new VfsError("ENOENT", { hint: "names like this are kept for unfinished files" });
}
