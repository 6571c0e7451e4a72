import { isVfsError, type Dirent, type Vfs } from "@vfs/core";
import { inPool } from "../in-pool.ts";

/** The entries of each directory of a tree, with stats, by the path of the directory. */
export type Survey = ReadonlyMap<string, readonly Dirent[]>;

/**
 * Lists a tree.
 *
 * @param top A view whose root is the top.
 * @param leaveOut Where the snapshots themselves are, when that is below the top.
 */
export async function survey(
  top: Vfs,
  leaveOut: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Survey> {
  if (leaveOut !== undefined) return byDirectory(top, leaveOut, signal);
  const found = new Map<string, Dirent[]>([["/", []]]);
  for (const entry of await top.readdir("/", { recursive: true, withFileTypes: true, stat: true, signal })) {
    if (entry.type === "directory") entriesAt(found, entry.path);
    entriesAt(found, entry.parentPath).push(entry);
  }
  return found;
}

function entriesAt(found: Map<string, Dirent[]>, path: string): Dirent[] {
  const entries = found.get(path);
  if (entries !== undefined) return entries;
  const made: Dirent[] = [];
  found.set(path, made);
  return made;
}

/** The store of the snapshots has more files than the tree: it is not gone into. */
async function byDirectory(
  top: Vfs,
  leaveOut: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, Dirent[]>> {
  const found = new Map<string, Dirent[]>();
  let level: string[] = ["/"];
  while (level.length > 0) {
    const below: string[] = [];
    await inPool(level, async (path) => {
      const entries = await listed(top, path, signal);
      const shown = entries.filter((entry) => entry.path !== leaveOut);
      found.set(path, shown);
      for (const entry of shown) if (entry.type === "directory") below.push(entry.path);
    });
    level = below;
  }
  return found;
}

async function listed(top: Vfs, path: string, signal: AbortSignal | undefined): Promise<Dirent[]> {
  try {
    return await top.readdir(path, { withFileTypes: true, stat: true, signal });
  } catch (reason) {
    // It has gone since its directory was listed.
    if (path !== "/" && isVfsError(reason, "ENOENT", "ENOTDIR")) return [];
    throw reason;
  }
}
