import {
  capabilities,
  parentOf,
  VfsError,
  type Bytes,
  type Entry,
  type Page,
  type Provider,
  type Stat,
  type VPath,
} from "@vfs/core";

/** What the store keeps under each path: a directory has no data. */
type Item = { data?: Bytes; mtimeMs: number };

const CAPS = capabilities({ write: true, sync: true });

/** A store in a Map: the six methods, and core does the rest. */
export function mapStore(): Provider {
  const items = new Map<string, Item>([["/", { mtimeMs: Date.now() }]]);
  const need = (path: VPath): Item => {
    const item = items.get(path);
    if (item !== undefined) return item;
    // A path that leads through a file is ENOTDIR, one that leads through nothing ENOENT.
    if (path !== "/") needDirectory(parentOf(path));
    throw new VfsError("ENOENT");
  };
  const needDirectory = (path: VPath): void => {
    if (need(path).data !== undefined) throw new VfsError("ENOTDIR");
  };
  const needFile = (path: VPath): Bytes => {
    const { data } = need(path);
    if (data === undefined) throw new VfsError("EISDIR");
    return data;
  };
  const namesIn = (path: VPath): string[] => {
    const prefix = path === "/" ? "/" : `${path}/`;
    return [...items.keys()].flatMap((key) => {
      const name = key.slice(prefix.length);
      return key.startsWith(prefix) && name !== "" && !name.includes("/") ? [name] : [];
    });
  };
  const describe = ({ data, mtimeMs }: Item): Stat => ({
    type: data === undefined ? "directory" : "file",
    size: data?.length ?? 0,
    mtimeMs,
  });
  return {
    name: "map",
    caps: CAPS,
    stat: (path) => describe(need(path)),
    read: (path, { offset = 0, length = Infinity }) => needFile(path).slice(offset, offset + length),
    list: (path): Page<Entry> => {
      needDirectory(path);
      const prefix = path === "/" ? "/" : `${path}/`;
      return {
        items: namesIn(path).map((name) => ({ name, type: describe(items.get(prefix + name) as Item).type })),
      };
    },
    write: (path, data, { mtimeMs = Date.now() }) => {
      if (items.has(path)) needFile(path);
      else needDirectory(parentOf(path));
      items.set(path, { data: new Uint8Array(data), mtimeMs });
      return describe(need(path));
    },
    mkdir: (path) => {
      if (items.has(path)) throw new VfsError("EEXIST");
      needDirectory(parentOf(path));
      items.set(path, { mtimeMs: Date.now() });
    },
    remove: (path, { kind }) => {
      if (kind === "file") needFile(path);
      else needDirectory(path);
      if (kind === "directory" && namesIn(path).length > 0) throw new VfsError("ENOTEMPTY");
      items.delete(path);
    },
  };
}
