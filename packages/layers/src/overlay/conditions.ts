import { VfsError, type Stat, type WriteOptions } from "@vfs/core";

/** Fails when a write with these conditions would. */
export function checkReplace(found: Stat | undefined, { ifMatch, ifNoneMatch }: WriteOptions): void {
  if (found !== undefined && ifNoneMatch !== undefined)
    throw new VfsError("EEXIST", { reason: "precondition" });
  if (found !== undefined) fileOnly(found);
  checkMatch(found, ifMatch);
}

/** Fails with `ESTALE` unless a file has this etag. */
export function checkMatch(found: Stat | undefined, ifMatch: string | undefined): void {
  if (ifMatch === undefined || found?.etag === ifMatch) return;
  const hint =
    found === undefined
      ? "there is no such file any more"
      : `the file's etag is ${found.etag ?? "unknown"} by now`;
  throw new VfsError("ESTALE", { reason: "precondition", hint });
}

/** Fails for what has no content. */
export function fileOnly({ type }: Pick<Stat, "type">): void {
  if (type !== "file") throw new VfsError(type === "directory" ? "EISDIR" : "EINVAL");
}
