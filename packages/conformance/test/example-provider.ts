import { capabilities, nameOf, parentOf, ROOT, VfsError } from "@vfs/core";
import type { Bytes, FileType, Provider, Stat, VPath } from "@vfs/core";

/** What the store keeps under each path: a directory has no data. */
type Item = { readonly data?: Bytes; readonly mtimeMs: number };

/** A store in a Map. It has the six methods that every provider has; core does the rest. */
export function mapStore(): Provider {
  const items = new Map<VPath, Item>([[ROOT, { mtimeMs: Date.now() }]]);
  const typeOf = ({ data }: Item): FileType => (data === undefined ? "directory" : "file");
  const toStat = (item: Item): Stat => ({
    type: typeOf(item),
    size: item.data?.length ?? 0,
    mtimeMs: item.mtimeMs,
  });
  function need(path: VPath, kind?: FileType): Item {
    const item = items.get(path);
    // A path that leads through a file is ENOTDIR, one that leads through nothing is ENOENT.
    if (item === undefined && path !== ROOT) need(parentOf(path), "directory");
    if (item === undefined) throw new VfsError("ENOENT");
    if (kind === "file" && typeOf(item) === "directory") throw new VfsError("EISDIR");
    if (kind === "directory" && typeOf(item) === "file") throw new VfsError("ENOTDIR");
    return item;
  }
  const below = (path: VPath): [VPath, Item][] =>
    [...items].filter(([key]) => key !== ROOT && parentOf(key) === path);
  return {
    name: "map",
    caps: capabilities({ write: true, sync: true }),
    stat: (path) => toStat(need(path)),
    read: (path, { offset = 0, length = Infinity }) =>
      need(path, "file").data?.slice(offset, offset + length) ?? new Uint8Array(),
    list: (path) => {
      need(path, "directory");
      return { items: below(path).map(([key, item]) => ({ name: nameOf(key), type: typeOf(item) })) };
    },
    write: (path, data, { mtimeMs = Date.now() }) => {
      need(items.has(path) ? path : parentOf(path), items.has(path) ? "file" : "directory");
      items.set(path, { data: new Uint8Array(data), mtimeMs });
      return toStat(need(path));
    },
    mkdir: (path) => {
      if (items.has(path)) throw new VfsError("EEXIST");
      need(parentOf(path), "directory");
      items.set(path, { mtimeMs: Date.now() });
    },
    remove: (path, { kind }) => {
      need(path, kind);
      if (kind === "directory" && below(path).length > 0) throw new VfsError("ENOTEMPTY");
      items.delete(path);
    },
  };
}
