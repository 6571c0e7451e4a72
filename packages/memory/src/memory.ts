import {
  capabilities,
  linkMet,
  nameOf,
  ROOT,
  chain,
  VfsError,
  type AppendOptions,
  type ByteSource,
  type Bytes,
  type Capabilities,
  type CopyOptions,
  type Entry,
  type ListOptions,
  type MkdirOptions,
  type OpenOptions,
  type Page,
  type Provider,
  type ProviderFile,
  type ReadOptions,
  type RemoveOptions,
  type RenameOptions,
  type Stat,
  type StatChanges,
  type StatOptions,
  type StreamReadOptions,
  type StreamWriteOptions,
  type Usage,
  type VPath,
  type WriteOptions,
  type Context,
  type Awaitable,
} from "@vfs/core";
import { Content } from "./content.ts";
import { copyTree } from "./copy.ts";
import { fileOnly, MemoryFile } from "./file.ts";
import type { Inode } from "./inode.ts";
import { Lister } from "./listing.ts";
import { rename } from "./rename.ts";
import { contentFrom, chunksOf } from "./streams.ts";
import { Tree } from "./tree.ts";

const CAPS: Capabilities = capabilities({
  write: true,
  sync: true,
  keeps: "inode",
  open: true,
  append: true,
  truncate: true,
  rename: "tree",
  copy: "tree",
  removeTree: true,
  readStream: true,
  writeStream: true,
  listRecursive: true,
  listStat: true,
  modes: true,
  owners: true,
  times: "all",
  meta: true,
  symlinks: true,
  links: true,
  inodes: true,
  etag: true,
  ifMatch: true,
  ifNoneMatch: true,
  usage: true,
});

/**
 * Makes a filesystem in memory. It never waits, so that `vfs.sync` works on it, and it shares no memory with its
 * callers. What is in it is gone with the process.
 *
 * @example
 * const vfs = createVfs(memory());
 */
export function memory(): Provider {
  return new MemoryProvider();
}

class MemoryProvider implements Provider {
  readonly name = "memory";
  readonly caps: Capabilities = CAPS;
  readonly #tree = new Tree();
  readonly #lister = new Lister();

  stat(path: VPath, { follow }: StatOptions): Stat {
    return (follow ? this.#tree.follow(path) : this.#tree.need(path).node).stat();
  }

  read(path: VPath, { offset = 0, length = Infinity, ifMatch }: ReadOptions): Bytes {
    const node = fileOnly(this.#tree.follow(path));
    checkMatch(node, ifMatch);
    return node.content.slice(offset, length);
  }

  list(path: VPath, options: ListOptions): Page<Entry> {
    return this.#lister.list(this.#tree.follow(path), options);
  }

  write(path: VPath, data: Uint8Array, options: WriteOptions): Stat {
    return this.#replace(
      path,
      (old) => {
        if (options.owned) return Content.owning(data);
        return old.assign(data) ? old : Content.of(data);
      },
      options,
    );
  }

  writeStream(path: VPath, source: ByteSource, options: StreamWriteOptions, ctx: Context): Awaitable<Stat> {
    // Looked at before the source is read as well, so that a hopeless call reads nothing.
    this.#checkReplace(path, options);
    return chain(contentFrom(source, ctx), (content) => this.#replace(path, () => content, options));
  }

  readStream(
    path: VPath,
    { offset = 0, length = Infinity, chunkSize, ifMatch }: StreamReadOptions,
  ): ByteSource {
    const node = fileOnly(this.#tree.follow(path));
    checkMatch(node, ifMatch);
    return chunksOf(node.content.share(), offset, length, chunkSize);
  }

  append(path: VPath, data: Uint8Array, { mode = 0o644 }: AppendOptions): void {
    const node = fileOnly(this.#existing(path) ?? this.#create(path, mode));
    const before = node.content.size;
    node.content.write(data, before);
    if (data.length > 0) this.#tree.changed(node, before);
  }

  truncate(path: VPath, size: number): void {
    const node = fileOnly(this.#tree.follow(path));
    const before = node.content.size;
    node.content.truncate(size);
    this.#tree.changed(node, before);
  }

  mkdir(path: VPath, { mode = 0o755 }: MkdirOptions): void {
    // A set-gid directory hands its bit down.
    this.#addNew(path, (parent) => this.#tree.makeInode("directory", mode | (parent.mode & 0o2000)));
  }

  remove(path: VPath, { kind, recursive = false, ifMatch }: RemoveOptions): void {
    const entry = this.#tree.need(path);
    const { node } = entry;
    const parent = this.#tree.parent(path);
    if (kind === "file" && node.type === "directory")
      throw new VfsError("EISDIR", { hint: "use rmdir or rm" });
    if (kind === "directory" && node.type !== "directory") throw new VfsError("ENOTDIR");
    if (ifMatch !== undefined) checkMatch(node, ifMatch);
    if (node.entries === undefined || node.entries.size === 0) return this.#tree.drop(parent, entry);
    if (!recursive) throw new VfsError("ENOTEMPTY");
    this.#tree.dropTree(parent, entry);
  }

  rename(path: VPath, to: VPath, options: RenameOptions): void {
    rename(this.#tree, path, to, options);
  }

  copy(path: VPath, to: VPath, options: CopyOptions): void {
    const source = this.#tree.follow(path);
    if (source.type === "directory") {
      if (!options.recursive) throw new VfsError("EISDIR");
      return copyTree(this.#tree, source, to, options);
    }
    const content = fileOnly(source).content.share();
    const { ifNoneMatch, preserveTimestamps } = options;
    // Under whichever of its names.
    if (ifNoneMatch === undefined && this.#tree.find(to)?.node === source) return;
    const { mode, contentType, meta, mtimeMs, atimeMs } = source;
    this.#replace(to, () => content, { mode, ifNoneMatch });
    const times = preserveTimestamps ? { mtimeMs, atimeMs } : {};
    this.#tree
      .follow(to)
      .change({ mode, contentType: contentType ?? null, meta: meta ?? {}, ...times }, Date.now());
  }

  setStat(path: VPath, changes: StatChanges, { follow }: StatOptions): void {
    const node = follow ? this.#tree.follow(path) : this.#tree.need(path).node;
    node.change(changes, Date.now());
  }

  symlink(path: VPath, target: string): void {
    this.#addNew(path, () => this.#tree.makeInode("symlink", 0o777, target));
  }

  readlink(path: VPath): string {
    const { node } = this.#tree.need(path);
    if (node.type !== "symlink") throw new VfsError("EINVAL", { hint: "it is no symbolic link" });
    return node.target;
  }

  link(path: VPath, to: VPath): void {
    const { node } = this.#tree.need(path);
    this.#addNew(to, () => {
      if (node.type === "directory") throw new VfsError("EPERM", { hint: "a directory has one name only" });
      return node;
    });
    node.ctimeMs = Date.now();
  }

  open(path: VPath, { flags, mode = 0o644 }: OpenOptions): ProviderFile {
    const { create, exclusive, truncate } = flags;
    const found = this.#tree.find(path)?.node;
    if (found !== undefined && create && exclusive) throw new VfsError("EEXIST");
    if (found?.type === "symlink") throw linkMet(path, path, found.target);
    if (found === undefined && !create) throw new VfsError("ENOENT");
    const node = fileOnly(found ?? this.#create(path, mode));
    const before = node.content.size;
    if (truncate && found !== undefined) {
      node.content.truncate(0);
      this.#tree.changed(node, before);
    }
    return new MemoryFile(this.#tree, node);
  }

  usage(): Usage {
    return this.#tree.usage;
  }

  /** What lies at the path, links followed; undefined when there is nothing. */
  #existing(path: VPath): Inode | undefined {
    const node = this.#tree.find(path)?.node;
    if (node?.type === "symlink") throw linkMet(path, path, node.target);
    return node;
  }

  #create(path: VPath, mode: number): Inode {
    const node = this.#tree.makeInode("file", mode);
    this.#tree.add(this.#tree.parent(path), nameOf(path), node);
    return node;
  }

  #addNew(path: VPath, make: (parent: Inode) => Inode): void {
    if (path === ROOT || this.#tree.find(path) !== undefined) throw new VfsError("EEXIST");
    const parent = this.#tree.parent(path);
    this.#tree.add(parent, nameOf(path), make(parent));
  }

  /** Fails when a write with these conditions would; answers what it would replace. */
  #checkReplace(path: VPath, { ifMatch, ifNoneMatch }: WriteOptions): Inode | undefined {
    const found = this.#tree.find(path)?.node;
    if (found !== undefined && ifNoneMatch !== undefined)
      throw new VfsError("EEXIST", { reason: "precondition" });
    if (found?.type === "symlink") throw linkMet(path, path, found.target);
    if (found !== undefined) checkMatch(fileOnly(found), ifMatch);
    else if (ifMatch !== undefined) throw stale("there is no such file any more");
    else this.#tree.parent(path);
    return found;
  }

  /** Gives a file new content in one step; the inode stays, with its number, its links and its handles. */
  #replace(path: VPath, content: (old: Content) => Content, options: WriteOptions): Stat {
    const { mode = 0o644, mtimeMs, contentType, meta } = options;
    const node = this.#checkReplace(path, options) ?? this.#create(path, mode);
    const before = node.content.size;
    node.content = content(node.content);
    this.#tree.changed(node, before);
    if (mtimeMs !== undefined || contentType !== undefined || meta !== undefined)
      node.change({ mtimeMs, contentType, meta }, node.ctimeMs);
    return node.stat();
  }
}

function checkMatch(node: Inode, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && node.etag !== ifMatch) throw stale(`the file's etag is ${node.etag} by now`);
}

function stale(hint: string): VfsError {
  return new VfsError("ESTALE", { reason: "precondition", hint });
}
