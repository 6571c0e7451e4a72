import type { Vfs } from "@vfs/core";

/** All that is to be seen of a tree, but for numbers and times that nobody can set. */
export async function picture(
  vfs: Vfs,
  path = "/",
  leaveOut = "/.vfs-snapshots",
): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  const groups = new Map<number, string>();
  const found = await vfs.readdir(path, { recursive: true, withFileTypes: true, stat: true });
  for (const { path: at, type, stat } of found.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    if (at === leaveOut || at.startsWith(`${leaveOut}/`) || stat === undefined) continue;
    const { mode, uid, gid, mtimeMs, contentType, meta, nlink, ino } = stat;
    const base = { type, mode, uid, gid, mtimeMs, contentType, meta };
    if (type === "symlink") seen[at] = { type, mtimeMs, target: await vfs.readlink(at) };
    else if (type === "directory") seen[at] = base;
    else {
      if (nlink > 1 && !groups.has(ino)) groups.set(ino, at);
      seen[at] = { ...base, content: await vfs.readFile(at, "utf8"), nlink, group: groups.get(ino) };
    }
  }
  const { mode, mtimeMs } = await vfs.lstat(path);
  return { ...seen, [path]: { mode, mtimeMs: leaveOut === "" ? mtimeMs : undefined } };
}
