import { VfsError, type Bytes } from "@vfs/core";
import { pathBelow } from "./paths.ts";
import { bytesOf, lookUp, type Tree } from "./tree-entry.ts";

/**
 * The content of a file in a snapshot.
 *
 * @throws VfsError `ENOENT`, `EISDIR`, or `ELOOP` for a link.
 */
export async function fileAt(tree: Tree, name: string, path: string): Promise<Bytes> {
  const entry = await lookUp(tree, pathBelow(path, "/"));
  if (entry === undefined)
    throw new VfsError("ENOENT", {
      path,
      hint: `the snapshot "${name}" has nothing there; history() tells which have`,
    });
  if (entry.type === "directory") throw new VfsError("EISDIR", { path });
  if (entry.type === "symlink")
    throw new VfsError("ELOOP", { path, hint: `it was a link to ${entry.target ?? ""}; read that` });
  return bytesOf(tree, entry);
}
