import {
  capabilities,
  joinPath,
  linkMet,
  namesOf,
  ROOT,
  VfsError,
  type Bytes,
  type Entry,
  type ListOptions,
  type Page,
  type Provider,
  type ReadOptions,
  type Stat,
  type StatOptions,
  type VPath,
} from "@vfs/core";
import { joined } from "./content/packing.ts";
import { contentKey, walk, type Tree, type TreeEntry } from "./tree-entry.ts";

const CAPS = capabilities({ symlinks: true, inodes: true, etag: true, ifMatch: true, listStat: true });

/** A kept tree as a store that can be read. */
export function treeProvider(tree: Tree): Provider {
  const store = new TreeStore(tree);
  return {
    name: "snapshot",
    caps: CAPS,
    stat: (path, options) => store.stat(path, options),
    read: (path, options) => store.read(path, options),
    list: (path, options) => store.list(path, options),
    readlink: async (path) => store.readlink(path),
  };
}

interface Placed {
  readonly entry: TreeEntry;
  readonly path: VPath;
}

class TreeStore {
  readonly #tree: Tree;
  readonly #numbers = new Map<string, number>();
  /** How many names each file has that has several. */
  #names: Promise<ReadonlyMap<string, number>> | undefined;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  async stat(path: VPath, { follow = false }: StatOptions): Promise<Stat> {
    const found = await this.#find(path);
    if (follow) checkLink(found, path);
    return this.#statOf(found);
  }

  async read(path: VPath, { offset = 0, length = Infinity, ifMatch }: ReadOptions): Promise<Bytes> {
    const found = await this.#find(path);
    checkLink(found, path);
    const { entry } = found;
    if (entry.type === "directory") throw new VfsError("EISDIR");
    if (ifMatch !== undefined && ifMatch !== contentKey(entry))
      throw new VfsError("ESTALE", {
        reason: "precondition",
        hint: "a snapshot has one version of a file only",
      });
    const end = Math.min(entry.size ?? 0, offset + length);
    if (end <= offset) return new Uint8Array(0);
    return part(this.#tree.read(entry), offset, end);
  }

  async list(path: VPath, { stat = false }: ListOptions): Promise<Page<Entry>> {
    const found = await this.#find(path);
    checkLink(found, path);
    if (found.entry.type !== "directory") throw new VfsError("ENOTDIR");
    const entries = await this.#tree.list(found.entry);
    const told = entries.map(async (entry): Promise<Entry> => {
      const { name, type } = entry;
      if (!stat) return { name, type };
      return { name, type, stat: await this.#statOf({ entry, path: joinPath(path, name) }) };
    });
    return { items: await Promise.all(told) };
  }

  async readlink(path: VPath): Promise<string> {
    const { entry } = await this.#find(path);
    if (entry.type !== "symlink") throw new VfsError("EINVAL", { hint: "it is no symbolic link" });
    return entry.target ?? "";
  }

  async #find(path: VPath): Promise<Placed> {
    let entry = this.#tree.root;
    let at: VPath = ROOT;
    for (const name of namesOf(path)) {
      if (entry.type === "symlink") throw linkMet(path, at, entry.target ?? "");
      if (entry.type !== "directory") throw new VfsError("ENOTDIR");
      const next = await this.#tree.find(entry, name);
      if (next === undefined) throw new VfsError("ENOENT");
      entry = next;
      at = joinPath(at, name);
    }
    return { entry, path: at };
  }

  async #statOf({ entry, path }: Placed): Promise<Stat> {
    const { type, mtimeMs, atimeMs, mode, uid, gid, contentType, meta, group, target = "" } = entry;
    const nlink = group === undefined ? 1 : ((await this.#namesOfGroups()).get(group) ?? 1);
    return {
      type,
      size: type === "symlink" ? new TextEncoder().encode(target).length : (entry.size ?? 0),
      mtimeMs,
      atimeMs: atimeMs ?? mtimeMs,
      mode,
      uid,
      gid,
      nlink,
      ino: this.#numberOf(group ?? path),
      etag: type === "file" ? contentKey(entry) : undefined,
      contentType,
      meta,
    };
  }

  #numberOf(first: string): number {
    const known = this.#numbers.get(first) ?? this.#numbers.size + 1;
    this.#numbers.set(first, known);
    return known;
  }

  #namesOfGroups(): Promise<ReadonlyMap<string, number>> {
    return (this.#names ??= count(this.#tree));
  }
}

async function count(tree: Tree): Promise<ReadonlyMap<string, number>> {
  const names = new Map<string, number>();
  for await (const { entry } of walk(tree))
    if (entry.group !== undefined) names.set(entry.group, (names.get(entry.group) ?? 0) + 1);
  return names;
}

function checkLink({ entry, path: at }: Placed, path: VPath): void {
  if (entry.type === "symlink") throw linkMet(path, at, entry.target ?? "");
}

/** The bytes from `start` to `end` of a source that begins at 0. */
async function part(source: AsyncIterable<Uint8Array>, start: number, end: number): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  let at = 0;
  for await (const piece of source) {
    const from = Math.max(0, start - at);
    if (from < piece.length) parts.push(piece.subarray(from, end - at));
    at += piece.length;
    if (at >= end) break;
  }
  return joined(parts, end - start);
}
