import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { delayed } from "@vfs/conformance";
import type { Provider, Vfs } from "@vfs/core";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { sqlite } from "@vfs/sqlite";

/** The stores that trials are made on, each with a place of its own in a folder. */
export const STORES: Readonly<Record<string, (folder: string) => Provider>> = {
  memory: () => memory(),
  /** Whose calls overlap. */
  delayed: () => delayed(memory()),
  local: (folder) => {
    mkdirSync(join(folder, "tree"), { recursive: true });
    return local({ root: join(folder, "tree") });
  },
  sqlite: (folder) => {
    mkdirSync(folder, { recursive: true });
    return sqlite({ file: join(folder, "tree.db") });
  },
};

/** All that is to be seen of a tree that every store here can keep. */
export async function picture(vfs: Vfs): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  const first = new Map<number, string>();
  const found = await vfs.readdir("/", { recursive: true, withFileTypes: true, stat: true });
  for (const { path, type, stat } of found.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    if (path.startsWith("/.vfs-snapshots") || stat === undefined) continue;
    const { mode, mtimeMs, nlink, ino } = stat;
    // Milliseconds: not every store keeps what is below.
    const times = { mtimeMs: Math.floor(mtimeMs + 0.01) };
    if (type === "symlink") seen[path] = { type, ...times, target: await vfs.readlink(path) };
    else if (type === "directory") seen[path] = { type, mode, ...times };
    else {
      if (nlink > 1 && !first.has(ino)) first.set(ino, path);
      const content = await vfs.readFile(path, "utf8");
      seen[path] = { type, mode, ...times, nlink, content, group: first.get(ino) };
    }
  }
  return seen;
}
