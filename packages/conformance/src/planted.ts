import {
  capabilities,
  nameOf,
  parentOf,
  VfsError,
  type Bytes,
  type Capabilities,
  type Entry,
  type Page,
  type Provider,
  type Stat,
  type VPath,
} from "@vfs/core";
import type { Bench } from "./case.ts";
import { utf8 } from "./samples.ts";

const CAPS: Capabilities = capabilities({ sync: true, listStat: true });

/**
 * Puts many files into a store before a case begins, by as few calls as the store needs: for cases that are about what is
 * done with them, not about how they came to be.
 *
 * @param files Content by path, below `directory`: `a/b`.
 */
export async function plant(
  { vfs, mount, unmount }: Pick<Bench, "vfs" | "mount" | "unmount">,
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await mount("/planted", literal(files));
  await vfs.cp("/planted", directory, { recursive: true });
  await unmount("/planted");
}

/** A store that has these files, and cannot be written. */
function literal(files: Readonly<Record<string, string>>): Provider {
  const content = new Map(Object.entries(files).map(([name, text]) => [`/${name}` as VPath, utf8(text)]));
  const directories = new Map<VPath, Set<VPath>>([["/" as VPath, new Set()]]);
  for (const path of content.keys())
    for (let at = path; at !== "/"; at = parentOf(at)) {
      const parent = parentOf(at);
      directories.set(parent, (directories.get(parent) ?? new Set()).add(at));
    }
  const stat = (path: VPath): Stat => {
    const data = content.get(path);
    if (data !== undefined) return { type: "file", size: data.length, mtimeMs: 0 };
    if (directories.has(path)) return { type: "directory", size: 0, mtimeMs: 0 };
    throw new VfsError("ENOENT");
  };
  return {
    name: "planted",
    caps: CAPS,
    stat,
    read: (path): Bytes => {
      const data = content.get(path);
      if (data === undefined) throw new VfsError(stat(path).type === "directory" ? "EISDIR" : "ENOENT");
      return data.slice();
    },
    list: (path): Page<Entry> => {
      const below = directories.get(path);
      if (below === undefined) throw new VfsError(stat(path).type === "file" ? "ENOTDIR" : "ENOENT");
      return { items: [...below].map((at) => ({ name: nameOf(at), type: stat(at).type, stat: stat(at) })) };
    },
  };
}
