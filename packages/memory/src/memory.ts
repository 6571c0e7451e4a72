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
  ROOT,
  chain,
  VfsError,
  WRITE,
  type AppendOptions,
  type ByteSource,
  type Bytes,
  type Capabilities,
  type ChangeKind,
  type ChangesOptions,
  type ChangesPage,
  type CopyOptions,
  type Entry,
  type ListOptions,
  type MkdirOptions,
  type OpenOptions,
  type Page,
  type Provider,
  type ProviderFile,
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
import { Lister } from "./listing.ts";
import { rename } from "./rename.ts";
import { Slab } from "./slab.ts";
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
  listStat: true,
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
  readonly #slab = new Slab();
  readonly #lister = new Lister();
  readonly #feed = new Feed();

  stat(path: VPath, { follow }: StatOptions, { identity }: Context): Stat {
    return (follow ? this.#tree.follow(path, identity) : this.#tree.need(path, identity).node).stat();
  }

  read(path: VPath, { offset = 0, length = Infinity, ifMatch }: ReadOptions, { identity }: Context): Bytes {
    const node = this.#readable(path, identity);
    checkMatch(node, ifMatch);
    return node.content.slice(offset, length);
  }

  list(path: VPath, options: ListOptions, { identity }: Context): Page<Entry> {
    const node = this.#tree.follow(path, identity);
    if (identity === undefined || node.type !== "directory") return this.#lister.list(node, options);
    checkAccess(identity, node, READ, "directory");
    const stat = options.stat === true && mayAccess(identity, node, EXECUTE, "directory");
    return this.#lister.list(node, { ...options, stat });
  }

  write(path: VPath, data: Uint8Array, options: WriteOptions, { identity }: Context): Stat {
    return this.#replace(
      path,
      (old) => {
        if (options.owned) return Content.owning(data);
        if (!old.isOnePiece) return Content.of(data, this.#slab);
        old.assign(data, this.#slab);
        return old;
      },
      options,
      identity,
    );
  }

  writeStream(path: VPath, source: ByteSource, options: StreamWriteOptions, ctx: Context): Awaitable<Stat> {
    // Looked at before the source is read as well, so that a hopeless call reads nothing.
    const { identity } = ctx;
    this.#checkReplace(path, options, identity);
    return chain(contentFrom(source, ctx), (content) =>
      this.#replace(path, () => content, options, identity),
    );
  }

  readStream(
    path: VPath,
    { offset = 0, length = Infinity, chunkSize, ifMatch }: StreamReadOptions,
    { identity }: Context,
  ): ByteSource {
    const node = this.#readable(path, identity);
    checkMatch(node, ifMatch);
    return chunksOf(node.content.share(), offset, length, chunkSize);
  }

  append(path: VPath, data: Uint8Array, { mode = 0o644 }: AppendOptions, { identity }: Context): void {
    const found = this.#writable(path, identity);
    const node = found ?? this.#create(path, mode, identity);
    const before = node.content.size;
    node.content.write(data, before);
    if (data.length > 0) changed(this.#tree, node, before, identity);
    if (found === undefined) this.#tell("created", path, node);
    else if (data.length > 0) this.#tell("changed", path, node);
  }

  truncate(path: VPath, size: number, { identity }: Context): void {
    const node = this.#writable(path, identity);
    if (node === undefined) throw new VfsError("ENOENT");
    const before = node.content.size;
    node.content.truncate(size);
    changed(this.#tree, node, before, identity);
    this.#tell("changed", path, node);
  }

  mkdir(path: VPath, { mode = 0o755 }: MkdirOptions, { identity }: Context): void {
    this.#addNew(path, identity, (parent) => this.#tree.makeIn(parent, "directory", mode, identity));
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
    if (node.entries === undefined || node.entries.size === 0) {
      this.#tree.drop(parent, entry);
      return this.#tell("removed", path, node);
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
    if (path === to && ifNoneMatch === undefined) return;
    const { mode, contentType, meta, mtimeMs, atimeMs } = source;
    const isNew = this.#tree.find(to, identity) === undefined;
    this.#replace(to, () => content, { mode, ifNoneMatch }, identity);
    const copy = this.#tree.follow(to);
    if (isNew) Object.assign(copy, copied(identity, source, copy));
    const times = preserveTimestamps ? { mtimeMs, atimeMs } : {};
    // What was copied into somebody else's file keeps the mode that they gave it.
    const { uid, gid } = copy;
    const owners = isOwner(identity, copy)
      ? { mode: modeAfterWrite(identity, { mode, uid, gid }), ...times }
      : {};
    const changes = { ...owners, contentType: contentType ?? null, meta: meta ?? {} };
    copy.change(permitted(identity, copy, "file", changes), Date.now());
  }

  setStat(path: VPath, changes: StatChanges, { follow }: StatOptions, { identity }: Context): void {
    const node = follow ? this.#tree.follow(path, identity) : this.#tree.need(path, identity).node;
    node.change(permitted(identity, node, node.type, changes), Date.now());
    this.#tell("changed", path, node);
  }

  symlink(path: VPath, target: string, { identity }: Context): void {
    this.#addNew(path, identity, (parent) => this.#tree.makeIn(parent, "symlink", 0o777, identity, target));
  }

  readlink(path: VPath, { identity }: Context): string {
    const { node } = this.#tree.need(path, identity);
    if (node.type !== "symlink") throw new VfsError("EINVAL", { hint: "it is no symbolic link" });
    return node.target;
  }

  link(path: VPath, to: VPath, { identity }: Context): void {
    const { node } = this.#tree.need(path, identity);
    this.#addNew(to, identity, (parent) => {
      checkLink(identity, node, node.type);
      checkEnter(identity, parent);
      if (node.type === "directory") throw new VfsError("EPERM", { hint: "a directory has one name only" });
      return node;
    });
    node.ctimeMs = Date.now();
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
    const node = fileOnly(found ?? this.#create(path, mode, identity));
    const before = node.content.size;
    if (truncate && found !== undefined) {
      node.content.truncate(0);
      changed(this.#tree, node, before, identity);
      this.#tell("changed", path, node);
    }
    if (found === undefined) this.#tell("created", path, node);
    return new MemoryFile(this.#tree, node, this.#feed, path);
  }

  watch(path: VPath, { report }: ProviderWatchOptions): ProviderWatch {
    this.#tree.follow(path);
    return this.#feed.watch(report);
  }

  changes(options: ChangesOptions): ChangesPage {
    return this.#feed.changes(options);
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

  /** The file at the path, links followed, which `who` writes; undefined when there is nothing. */
  #writable(path: VPath, who: Who): Inode | undefined {
    const node = this.#tree.find(path, who)?.node;
    if (node === undefined) return undefined;
    if (node.type === "symlink") throw linkMet(path, path, node.target);
    if (who !== undefined) checkAccess(who, fileOnly(node), WRITE);
    return fileOnly(node);
  }

  /** A new file at a path that was looked up for `who`. */
  #create(path: VPath, mode: number, who: Who): Inode {
    const parent = this.#tree.parent(path);
    const node = this.#tree.makeIn(parent, "file", mode, who);
    this.#tree.addAt(path, node);
    return node;
  }

  #addNew(path: VPath, who: Who, make: (parent: Inode) => Inode): void {
    if (path === ROOT || this.#tree.find(path, who) !== undefined) throw new VfsError("EEXIST");
    const node = make(this.#tree.parent(path));
    this.#tree.addAt(path, node);
    this.#tell("created", path, node);
  }

  #tell(kind: ChangeKind, path: VPath, { type }: Inode): void {
    if (this.#feed.active) this.#feed.tell({ kind, path, type });
  }

  /** Fails when a write with these conditions would; answers what it would replace. */
  #checkReplace(path: VPath, { ifMatch, ifNoneMatch }: WriteOptions, who: Who): Inode | undefined {
    const found = this.#tree.find(path, who)?.node;
    if (found !== undefined && ifNoneMatch !== undefined)
      throw new VfsError("EEXIST", { reason: "precondition" });
    if (found?.type === "symlink") throw linkMet(path, path, found.target);
    if (found !== undefined) {
      if (who !== undefined) checkAccess(who, fileOnly(found), WRITE);
      checkMatch(fileOnly(found), ifMatch);
    } else if (ifMatch !== undefined) throw stale("there is no such file any more");
    else checkEnter(who, this.#tree.parent(path));
    return found;
  }

  /** Gives a file new content in one step; the inode stays, with its number, its links and its handles. */
  #replace(path: VPath, content: (old: Content) => Content, options: WriteOptions, who: Who): Stat {
    const { mode = 0o644, mtimeMs, contentType, meta } = options;
    const found = this.#checkReplace(path, options, who);
    const node = found ?? this.#create(path, mode, who);
    const before = node.content.size;
    node.content = content(node.content);
    // What is new and empty was never written.
    changed(this.#tree, node, before, found === undefined && node.content.size === 0 ? undefined : who);
    if (mtimeMs !== undefined || contentType !== undefined || meta !== undefined)
      node.change({ mtimeMs, contentType, meta }, node.ctimeMs);
    this.#tell(found === undefined ? "created" : "changed", path, node);
    return node.stat();
  }
}

function checkMatch(node: Inode, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && node.etag !== ifMatch) throw stale(`the file's etag is ${node.etag} by now`);
}

function stale(hint: string): VfsError {
  return new VfsError("ESTALE", { reason: "precondition", hint });
}
