import {
  capabilities,
  checkAccess,
  checkEnter,
  checkLeave,
  checkLink,
  checkWholeTree,
  copied,
  EXECUTE,
  isOwner,
  linkMet,
  mayAccess,
  modeAfterWrite,
  permitted,
  READ,
  chain,
  VfsError,
  WRITE,
  type AppendOptions,
  type ByteSource,
  type Bytes,
  type Capabilities,
  type ChangesOptions,
  type ChangesPage,
  type CopyOptions,
  type Entry,
  type FindQuery,
  type ListOptions,
  type MkdirOptions,
  type OpenOptions,
  type Page,
  type Provider,
  type ProviderFile,
  type ProviderSnapshots,
  type ProviderWatch,
  type ProviderWatchOptions,
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
  type Who,
  type WriteOptions,
  type Context,
  type Awaitable,
} from "@vfs/core";
import { Content } from "./content.ts";
import { copyTree } from "./copy.ts";
import { created, Feed, removed } from "./feed.ts";
import { changed, fileOnly, MemoryFile } from "./file.ts";
import type { Inode } from "./inode.ts";
import { Finder } from "./finding.ts";
import { Lister } from "./listing.ts";
import { rename } from "./rename.ts";
import { MemorySnapshots } from "./snapshots.ts";
import { contentFrom, chunksOf } from "./streams.ts";
import { Tree } from "./tree.ts";
import { checkMatch, Writer } from "./writer.ts";

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
  listStat: true,
  find: true,
  modes: true,
  owners: true,
  permissions: true,
  times: "all",
  meta: true,
  symlinks: true,
  links: true,
  inodes: true,
  etag: true,
  ifMatch: true,
  ifNoneMatch: true,
  watch: "changes",
  changes: true,
  snapshots: true,
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
  readonly #feed = new Feed();
  readonly #writer = new Writer(this.#tree, this.#feed);
  readonly #finder = new Finder();
  readonly #snapshots = new MemorySnapshots(this.#tree);

  stat(path: VPath, { follow }: StatOptions, { identity }: Context): Stat {
    return (follow ? this.#tree.follow(path, identity) : this.#tree.need(path, identity).node).stat();
  }

  read(path: VPath, { offset = 0, length = Infinity, ifMatch }: ReadOptions, { identity }: Context): Bytes {
    const node = this.#readable(path, identity);
    checkMatch(node, ifMatch);
    this.#tree.accessed(node);
    return node.content.slice(offset, length);
  }

  list(path: VPath, options: ListOptions, { identity }: Context): Page<Entry> {
    const node = this.#tree.follow(path, identity);
    if (identity === undefined || node.type !== "directory") return this.#lister.list(node, options);
    checkAccess(identity, node, READ, "directory");
    const stat = options.stat === true && mayAccess(identity, node, EXECUTE, "directory");
    return this.#lister.list(node, { ...options, stat });
  }

  find(path: VPath, query: FindQuery, { identity }: Context): Page<Entry> {
    checkWholeTree(identity);
    return this.#finder.find(this.#tree.follow(path, identity), query);
  }

  write(path: VPath, data: Uint8Array, options: WriteOptions, { identity }: Context): Stat {
    return this.#writer.replace(path, options.owned ? Content.owning(data) : data, options, identity);
  }

  writeStream(path: VPath, source: ByteSource, options: StreamWriteOptions, ctx: Context): Awaitable<Stat> {
    // Looked at before the source is read as well, so that a hopeless call reads nothing.
    const { identity } = ctx;
    this.#writer.checkReplace(path, options, identity);
    return chain(contentFrom(source, ctx), (content) =>
      this.#writer.replace(path, content, options, identity),
    );
  }

  readStream(
    path: VPath,
    { offset = 0, length = Infinity, chunkSize, ifMatch }: StreamReadOptions,
    { identity }: Context,
  ): ByteSource {
    const node = this.#readable(path, identity);
    checkMatch(node, ifMatch);
    this.#tree.accessed(node);
    return chunksOf(node.content.share(), offset, length, chunkSize);
  }

  append(path: VPath, data: Uint8Array, { mode = 0o644 }: AppendOptions, { identity }: Context): void {
    const found = this.#writer.writable(path, identity);
    const node = found ?? this.#writer.create(path, mode, identity);
    if (data.length > 0) this.#tree.keep(node);
    const before = node.content.size;
    node.content.write(data, before);
    if (data.length > 0) changed(this.#tree, node, before, identity);
    if (found === undefined) this.#writer.tell("created", path, node);
    else if (data.length > 0) this.#writer.tell("changed", path, node);
  }

  truncate(path: VPath, size: number, { identity }: Context): void {
    const node = this.#writer.writable(path, identity);
    if (node === undefined) throw new VfsError("ENOENT");
    this.#tree.keep(node);
    const before = node.content.size;
    node.content.truncate(size);
    changed(this.#tree, node, before, identity);
    this.#writer.tell("changed", path, node);
  }

  mkdir(path: VPath, { mode = 0o755 }: MkdirOptions, { identity }: Context): void {
    this.#writer.addNew(path, identity, (parent) => this.#tree.makeIn(parent, "directory", mode, identity));
  }

  remove(path: VPath, { kind, recursive = false, ifMatch }: RemoveOptions, { identity }: Context): void {
    const entry = this.#tree.need(path, identity);
    const { node } = entry;
    const parent = this.#tree.parent(path);
    checkLeave(identity, parent, node);
    if (kind === "file" && node.type === "directory")
      throw new VfsError("EISDIR", { hint: "use rmdir or rm" });
    if (kind === "directory" && node.type !== "directory") throw new VfsError("ENOTDIR");
    if (ifMatch !== undefined) checkMatch(node, ifMatch);
    if (node.names === undefined || node.names.size === 0) {
      this.#tree.drop(parent, entry);
      return this.#writer.tell("removed", path, node);
    }
    if (!recursive) throw new VfsError("ENOTEMPTY");
    checkWholeTree(identity);
    const changes = this.#feed.active ? removed(path, node) : [];
    this.#tree.dropTree(parent, entry);
    for (const change of changes) this.#feed.tell(change);
  }

  rename(path: VPath, to: VPath, options: RenameOptions, { identity }: Context): void {
    const done = rename(this.#tree, path, to, options, identity);
    if (done === undefined) return;
    this.#feed.moved(path, to);
    if (this.#feed.active) this.#feed.tell({ kind: "renamed", path: to, oldPath: path, ...done });
  }

  copy(path: VPath, to: VPath, options: CopyOptions, { identity }: Context): void {
    const source = this.#tree.follow(path, identity);
    checkAccess(identity, source, READ, source.type);
    if (source.type === "directory") {
      if (!options.recursive) throw new VfsError("EISDIR");
      checkWholeTree(identity);
      copyTree(this.#tree, source, to, options);
      if (this.#feed.active)
        for (const change of created(to, this.#tree.need(to).node)) this.#feed.tell(change);
      return;
    }
    const content = fileOnly(source).content.share();
    const { ifNoneMatch, preserveTimestamps } = options;
    // Under whichever of its names.
    if (ifNoneMatch === undefined && this.#tree.find(to)?.node === source) return;
    const { mode, contentType, meta, mtimeMs, atimeMs } = source;
    const isNew = this.#tree.find(to, identity) === undefined;
    this.#writer.replace(to, content, { mode, ifNoneMatch }, identity);
    const copy = this.#tree.follow(to);
    if (isNew) Object.assign(copy, copied(identity, source, copy));
    const times = preserveTimestamps ? { mtimeMs, atimeMs } : {};
    // What was copied into somebody else's file keeps the mode that they gave it.
    const { uid, gid } = copy;
    const owners = isOwner(identity, copy)
      ? { mode: modeAfterWrite(identity, { mode, uid, gid }), ...times }
      : {};
    const changes = { ...owners, contentType: contentType ?? null, meta: meta ?? {} };
    // What is new was allowed where it was made, whatever its mode lets its owner do from then on.
    copy.change(isNew ? changes : permitted(identity, copy, "file", changes), Date.now());
  }

  setStat(path: VPath, changes: StatChanges, { follow }: StatOptions, { identity }: Context): void {
    const node = follow ? this.#tree.follow(path, identity) : this.#tree.need(path, identity).node;
    const allowed = permitted(identity, node, node.type, changes);
    this.#tree.keep(node);
    node.change(allowed, Date.now());
    this.#writer.tell("changed", path, node);
  }

  symlink(path: VPath, target: string, { identity }: Context): void {
    this.#writer.addNew(path, identity, (parent) =>
      this.#tree.makeIn(parent, "symlink", 0o777, identity, target),
    );
  }

  readlink(path: VPath, { identity }: Context): string {
    const { node } = this.#tree.need(path, identity);
    if (node.type !== "symlink") throw new VfsError("EINVAL", { hint: "it is no symbolic link" });
    return node.target;
  }

  link(path: VPath, to: VPath, { identity }: Context): void {
    const { node } = this.#tree.need(path, identity);
    this.#writer.addNew(to, identity, (parent) => {
      checkLink(identity, node, node.type);
      checkEnter(identity, parent);
      if (node.type === "directory") throw new VfsError("EPERM", { hint: "a directory has one name only" });
      return node;
    });
    node.touchAttributes(Date.now());
  }

  open(path: VPath, { flags, mode = 0o644 }: OpenOptions, { identity }: Context): ProviderFile {
    const { read, write, create, exclusive, truncate } = flags;
    const found = this.#tree.find(path, identity)?.node;
    if (found !== undefined && create && exclusive) throw new VfsError("EEXIST");
    if (found?.type === "symlink") throw linkMet(path, path, found.target);
    if (found === undefined && !create) throw new VfsError("ENOENT");
    if (found !== undefined && identity !== undefined) {
      const writes = write || truncate;
      // A directory that is to be written is told so first.
      if (writes || create) fileOnly(found);
      checkAccess(identity, found, (read ? READ : 0) | (writes ? WRITE : 0));
    }
    const node = fileOnly(found ?? this.#writer.create(path, mode, identity));
    if (truncate && found !== undefined) {
      this.#tree.keep(node);
      const before = node.content.size;
      node.content.truncate(0);
      changed(this.#tree, node, before, identity);
      this.#writer.tell("changed", path, node);
    }
    if (found === undefined) this.#writer.tell("created", path, node);
    return new MemoryFile(this.#tree, node, this.#feed, path);
  }

  watch(path: VPath, { report }: ProviderWatchOptions): ProviderWatch {
    this.#tree.follow(path);
    return this.#feed.watch(report);
  }

  changes(options: ChangesOptions): ChangesPage {
    return this.#feed.changes(options);
  }

  snapshots(): ProviderSnapshots {
    return this.#snapshots;
  }

  usage(): Usage {
    return this.#tree.usage;
  }

  /** The file at the path, links followed, which `who` reads. */
  #readable(path: VPath, who: Who): Inode {
    const node = this.#tree.follow(path, who);
    if (who !== undefined) checkAccess(who, node, READ, node.type);
    return fileOnly(node);
  }
}
