import {
  capabilities,
  VfsError,
  type Capabilities,
  type Entry,
  type Page,
  type Provider,
  type Stat,
  type VPath,
} from "@vfs/core";

const CAPS: Capabilities = capabilities({ sync: true });

/** A store with nothing in it that cannot be written: what another is mounted on. */
export function emptyRoot(): Provider {
  return {
    name: "empty",
    caps: CAPS,
    stat: (path: VPath): Stat => {
      onlyRoot(path);
      return { type: "directory", size: 0, mtimeMs: 0 };
    },
    read: (path: VPath): never => {
      onlyRoot(path);
      throw new VfsError("EISDIR");
    },
    list: (path: VPath): Page<Entry> => {
      onlyRoot(path);
      return { items: [] };
    },
  };
}

function onlyRoot(path: VPath): void {
  if (path !== "/") throw new VfsError("ENOENT");
}
