import {
  checkAccess,
  checkEnter,
  checkLeave,
  checkLink,
  checkWholeTree,
  EXECUTE,
  linkMet,
  mayAccess,
  permitted,
  READ,
  VfsError,
  WRITE,
  type AppendOptions,
  type Awaitable,
  type ByteSource,
  type Bytes,
  type Capabilities,
  type Context,
  type CopyOptions,
  type Entry,
  type FindQuery,
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
  type StatFs,
  type StatOptions,
  type StreamReadOptions,
  type StreamWriteOptions,
  type Usage,
  type VPath,
  type Who,
  type WriteOptions,
} from "@vfs/core";
import { removed } from "../tree/feed.ts";
import { Finder } from "../tree/finding.ts";
import type { Inode } from "../tree/inode.ts";
import { Lister } from "../tree/listing.ts";
import { rename } from "../tree/rename.ts";
import { owned } from "./bytes.ts";
import type { Client } from "./client.ts";
import { copyFile } from "./copy.ts";
import type { Early } from "./contents.ts";
import type { Engine } from "./engine.ts";
import { StoreFile } from "./file.ts";
import { chunksOf, writeStream } from "./streams.ts";
import { changed, checkMatch, fileOnly, Writer } from "./writer.ts";

/** The face of a store whose names are in memory. */
export class StoreProvider implements Provider {
  readonly name: string;
  readonly caps: Capabilities;
  readonly #client: Client;
  readonly #engine: Engine;
  readonly #writer: Writer;
  readonly #lister = new Lister();
  readonly #finder = new Finder();
  /** Present where the storage can tell. */
  readonly statfs?: () => Awaitable<StatFs>;

  constructor(name: string, caps: Capabilities, client: Client) {
    this.name = name;
    this.caps = caps;
    this.#client = client;
    this.#engine = client.engine;
    this.#writer = new Writer(client.engine);
    const { storage } = client.engine;
    if (caps.statfs && storage.statfs !== undefined)
      this.statfs = () => storage.statfs?.() as Awaitable<StatFs>;
  }

  stat(path: VPath, { follow }: StatOptions, { identity }: Context): Awaitable<Stat> {
    const { tree } = this.#engine;
    return this.#engine.look(() =>
      (follow ? tree.follow(path, identity) : tree.need(path, identity).node).stat(),
    );
  }

  read(path: VPath, options: ReadOptions, { identity }: Context): Awaitable<Bytes> {
    const { offset = 0, length = Infinity, ifMatch } = options;
    const plan: Early["plan"] = (file) => this.#engine.contents.reading(file, offset, length);
    const isSimple = identity === undefined && ifMatch === undefined;
    return this.#engine.read(
      () => {
        const node = this.#readable(path, identity);
        checkMatch(node, ifMatch);
        node.accessed();
        return plan(node);
      },
      isSimple ? { path, plan } : undefined,
    );
  }

  list(path: VPath, options: ListOptions, { identity }: Context): Awaitable<Page<Entry>> {
    return this.#engine.look(() => {
      const node = this.#engine.tree.follow(path, identity);
      if (identity === undefined || node.type !== "directory") return this.#lister.list(node, options);
      checkAccess(identity, node, READ, "directory");
      const stat = options.stat === true && mayAccess(identity, node, EXECUTE, "directory");
      return this.#lister.list(node, { ...options, stat });
    });
  }

  find(path: VPath, query: FindQuery, { identity }: Context): Awaitable<Page<Entry>> {
    checkWholeTree(identity);
    return this.#engine.look(() => this.#finder.find(this.#engine.tree.follow(path, identity), query));
  }

  write(path: VPath, data: Uint8Array, options: WriteOptions, ctx: Context): Awaitable<Stat> {
    const bytes = owned(data, this.#engine, options.owned);
    return this.#engine.change(
      ctx,
      () => this.#writer.replace(path, bytes, options, ctx.identity),
      options.durable,
    );
  }

  writeStream(path: VPath, source: ByteSource, options: StreamWriteOptions, ctx: Context): Awaitable<Stat> {
    return writeStream(this.#engine, this.#writer, path, source, options, ctx);
  }

  readStream(path: VPath, options: StreamReadOptions, { identity }: Context): Awaitable<ByteSource> {
    const find = (): Inode => {
      const node = this.#readable(path, identity);
      checkMatch(node, options.ifMatch);
      return node;
    };
    return this.#engine.look(() => {
      find().accessed();
      return chunksOf(this.#engine, find, options);
    });
  }

  append(path: VPath, data: Uint8Array, options: AppendOptions, ctx: Context): Awaitable<void> {
    const { identity } = ctx;
    const bytes = owned(data, this.#engine);
    return this.#engine.change(
      ctx,
      () => {
        const found = this.#writer.writable(path, identity);
        const node = found ?? this.#writer.create(path, options.mode ?? 0o644, identity);
        const before = node.bytes;
        this.#engine.contents.write(node, bytes, before);
        if (data.length > 0) changed(this.#engine, node, before, identity);
        if (found === undefined) this.#writer.tell("created", path, node);
        else if (data.length > 0) this.#writer.tell("changed", path, node);
      },
      options.durable,
    );
  }

  truncate(path: VPath, size: number, ctx: Context): Awaitable<void> {
    return this.#engine.change(ctx, () => {
      const node = this.#writer.writable(path, ctx.identity);
      if (node === undefined) throw new VfsError("ENOENT");
      this.#cut(path, node, size, ctx.identity);
    });
  }

  mkdir(path: VPath, { mode = 0o755 }: MkdirOptions, ctx: Context): Awaitable<void> {
    const { identity } = ctx;
    return this.#engine.change(ctx, () =>
      this.#writer.addNew(path, identity, (parent) =>
        this.#engine.tree.makeIn(parent, "directory", mode, identity),
      ),
    );
  }

  remove(path: VPath, options: RemoveOptions, ctx: Context): Awaitable<void> {
    return this.#engine.change(ctx, () => this.#remove(path, options, ctx.identity));
  }

  #remove(path: VPath, { kind, recursive = false, ifMatch }: RemoveOptions, who: Who): void {
    const { tree, feed } = this.#engine;
    const entry = tree.need(path, who);
    const { node } = entry;
    const parent = tree.parent(path);
    checkLeave(who, parent, node);
    if (kind === "file" && node.type === "directory")
      throw new VfsError("EISDIR", { hint: "use rmdir or rm" });
    if (kind === "directory" && node.type !== "directory") throw new VfsError("ENOTDIR");
    if (ifMatch !== undefined) checkMatch(node, ifMatch);
    if (node.names === undefined || node.names.size === 0) {
      tree.drop(parent, entry);
      return this.#writer.tell("removed", path, node);
    }
    if (!recursive) throw new VfsError("ENOTEMPTY");
    checkWholeTree(who);
    const changes = feed.active ? removed(path, node) : [];
    tree.dropTree(parent, entry);
    for (const change of changes) feed.tell(change);
  }

  rename(path: VPath, to: VPath, options: RenameOptions, ctx: Context): Awaitable<void> {
    return this.#engine.change(ctx, () => {
      const { tree, feed } = this.#engine;
      const done = rename(tree, path, to, options, ctx.identity);
      if (done === undefined) return;
      feed.moved(path, to);
      feed.tell({ kind: "renamed", path: to, oldPath: path, ...done });
    });
  }

  copy(path: VPath, to: VPath, options: CopyOptions, ctx: Context): Awaitable<void> {
    return this.#engine.change(ctx, () =>
      copyFile(this.#engine, this.#writer, path, to, options, ctx.identity),
    );
  }

  setStat(path: VPath, changes: StatChanges, { follow }: StatOptions, ctx: Context): Awaitable<void> {
    const { identity } = ctx;
    return this.#engine.change(ctx, () => {
      const { tree } = this.#engine;
      const node = follow ? tree.follow(path, identity) : tree.need(path, identity).node;
      node.change(permitted(identity, node, node.type, changes), Date.now());
      tree.described(node);
      this.#writer.tell("changed", path, node);
    });
  }

  symlink(path: VPath, target: string, ctx: Context): Awaitable<void> {
    const { identity } = ctx;
    return this.#engine.change(ctx, () =>
      this.#writer.addNew(path, identity, (parent) =>
        this.#engine.tree.makeIn(parent, "symlink", 0o777, identity, target),
      ),
    );
  }

  readlink(path: VPath, { identity }: Context): Awaitable<string> {
    return this.#engine.look(() => {
      const { node } = this.#engine.tree.need(path, identity);
      if (node.type !== "symlink") throw new VfsError("EINVAL", { hint: "it is no symbolic link" });
      return node.target;
    });
  }

  link(path: VPath, to: VPath, ctx: Context): Awaitable<void> {
    const { identity } = ctx;
    return this.#engine.change(ctx, () => {
      const { tree } = this.#engine;
      const { node } = tree.need(path, identity);
      this.#writer.addNew(to, identity, (parent) => {
        checkLink(identity, node, node.type);
        checkEnter(identity, parent);
        if (node.type === "directory") throw new VfsError("EPERM", { hint: "a directory has one name only" });
        return node;
      });
      node.touchAttributes(Date.now());
      tree.described(node);
    });
  }

  open(path: VPath, options: OpenOptions, ctx: Context): Awaitable<ProviderFile> {
    return this.#engine.change(ctx, () => this.#open(path, options, ctx.identity));
  }

  #open(path: VPath, { flags, mode = 0o644 }: OpenOptions, who: Who): ProviderFile {
    const { read, write, create, exclusive, truncate } = flags;
    const found = this.#engine.tree.find(path, who)?.node;
    if (found !== undefined && create && exclusive) throw new VfsError("EEXIST");
    if (found?.type === "symlink") throw linkMet(path, path, found.target);
    if (found === undefined && !create) throw new VfsError("ENOENT");
    if (found !== undefined && who !== undefined) {
      const writes = write || truncate;
      // A directory that is to be written is told so first.
      if (writes || create) fileOnly(found);
      checkAccess(who, found, (read ? READ : 0) | (writes ? WRITE : 0));
    }
    const node = fileOnly(found ?? this.#writer.create(path, mode, who));
    if (truncate && found !== undefined) this.#cut(path, node, 0, who);
    if (found === undefined) this.#writer.tell("created", path, node);
    return new StoreFile(this.#engine, node, path);
  }

  watch(path: VPath, { report }: ProviderWatchOptions): Awaitable<ProviderWatch> {
    return this.#engine.look(() => {
      this.#engine.tree.follow(path);
      return this.#engine.feed.watch(report);
    });
  }

  usage(): Awaitable<Usage> {
    return this.#engine.look(() => this.#engine.usage);
  }

  flush(ctx: Context): Awaitable<void> {
    return this.#engine.change(ctx, () => undefined, true);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #cut(path: VPath, node: Inode, size: number, who: Who): void {
    const before = node.bytes;
    this.#engine.contents.truncate(node, size);
    changed(this.#engine, node, before, who);
    this.#writer.tell("changed", path, node);
  }

  /** The file at the path, links followed, which `who` reads. */
  #readable(path: VPath, who: Who): Inode {
    const node = this.#engine.tree.follow(path, who);
    if (who !== undefined) checkAccess(who, node, READ, node.type);
    return fileOnly(node);
  }
}
