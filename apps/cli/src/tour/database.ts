import { lstatSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createVfs, VfsError, type Vfs } from "@vfs/core";
import { sqlite } from "@vfs/sqlite";

const MARK = ["made-by", "vfs tour"] as const;

/** Marks a database as one of a tour, which the next tour may replace. */
export async function mark(vfs: Vfs, at: string): Promise<void> {
  await vfs.setMeta(at, { meta: Object.fromEntries([MARK]) });
}

/**
 * Takes the database of an earlier tour away.
 *
 * @param written How the user calls it.
 * @throws VfsError `EEXIST` for anything else of that name.
 */
export async function makeWay(file: string, written: string): Promise<void> {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return;
  // An empty file would become a database by being opened.
  if (!found.isFile() || found.size === 0 || !(await isMarked(file)))
    throw new VfsError("EEXIST", {
      path: written,
      hint: "it was not made by a tour, which would replace it; name another file, or remove it",
    });
  for (const suffix of ["", "-wal", "-shm"]) await rm(file + suffix, { force: true });
}

async function isMarked(file: string): Promise<boolean> {
  const [key, value] = MARK;
  try {
    await using vfs = createVfs(sqlite({ file }));
    return (await vfs.stat("/")).meta[key] === value;
  } catch {
    // It is no database of ours.
    return false;
  }
}
