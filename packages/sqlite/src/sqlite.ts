import { statSync } from "node:fs";
import {
  attempt,
  capabilities,
  linkMet,
  nameOf,
  ROOT,
  VfsError,
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
  type ReadOptions,
  type RemoveOptions,
  type RenameOptions,
  type Scanned,
  type ScanQuery,
  type Stat,
  type StatChanges,
  type StatOptions,
  type StreamReadOptions,
  type StreamWriteOptions,
  type Usage,
  type VPath,
  type WriteOptions,
} from "@vfs/core";
import { checkMatch, fileOnly } from "./conditions.ts";
import { copy } from "./copy.ts";
import { isUnwritable, toVfsError } from "./errors.ts";
import { SqliteFile } from "./file.ts";
import { DIRECTORY, SYMLINK, toStat, type Inode } from "./inodes.ts";
import { Lister } from "./listing.ts";
import { IN_MEMORY, openDatabase } from "./open.ts";
import { readStream } from "./read-stream.ts";
import { remove } from "./remove.ts";
import { rename } from "./rename.ts";
import { Search } from "./search.ts";
import { Store } from "./store.ts";
import { writeStream } from "./write-stream.ts";
import { addNew, create, replace, setAttributes } from "./write.ts";

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
  find: true,
  scan: true,
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

export interface SqliteOptions {
  /** The database file, made when it is not there; its directory must be. `":memory:"` keeps everything in memory. */
  readonly file: string;
  /** Acknowledge a change only when it would survive a loss of power, false unless told. The end of the process it survives in any case. */
  readonly durable?: boolean | undefined;
}

/**
 * Makes a filesystem in one SQLite file. Several processes, and several of these in one process, may work on one file.
 *
 * @throws VfsError `EIO` when the file is no database or is damaged, `EINVAL` when it is the database of another
 * program, `ENOTSUP` when it was made by a newer version, `ENOENT` or `ENOTDIR` when its directory is not there, `EROFS`
 * or `EACCES` when it cannot be written; such a file is left as it is.
 * @example
 * const vfs = createVfs(sqlite({ file: "app.db" }));
 */
export function sqlite({ file, durable = false }: SqliteOptions): Provider {
  if (typeof file !== "string" || file === "" || file !== file.trim() || /[\0]|[/\\]$/.test(file))
    throw new TypeError('file must be the path of a file, without spaces around it, or ":memory:"');
  const database = openDatabase(file);
  try {
    return new SqliteProvider(new Store(database, durable), inodeSpaceOf(file));
  } catch (error) {
    database.close();
    throw toVfsError(error);
  }
}

/** Whoever opens the same file sees the same numbers. */
function inodeSpaceOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined || file === IN_MEMORY ? undefined : `sqlite:${found.dev}:${found.ino}`;
}

class SqliteProvider implements Provider {
  readonly name = "sqlite";
  readonly caps: Capabilities = CAPS;
  readonly inodeSpace: string | undefined;
  readonly #store: Store;
  readonly #lister: Lister;
  readonly #search: Search;

  constructor(store: Store, inodeSpace: string | undefined) {
    this.inodeSpace = inodeSpace;
    this.#store = store;
    this.#lister = new Lister(store.connection, store.names);
    this.#search = new Search(store.connection, store.names, store.contents);
    store.sweep();
  }

  stat(path: VPath, { follow }: StatOptions, ctx: Context): Awaitable<Stat> {
    return this.#store.look(ctx, path, (inode) =>
      toStat(follow === true ? this.#store.walker.notLink(path, inode) : inode),
    );
  }

  read(path: VPath, { offset = 0, length = Infinity, ifMatch }: ReadOptions, ctx: Context): Awaitable<Bytes> {
    const check = (inode: Inode): Inode => {
      fileOnly(this.#store.walker.notLink(path, inode));
      checkMatch(inode, ifMatch);
      return inode;
    };
    return this.#store.readFile(ctx, path, check, offset, length);
  }

  list(path: VPath, options: ListOptions, ctx: Context): Awaitable<Page<Entry>> {
    return this.#below(path, ctx, (directory) => this.#lister.list(directory, options));
  }

  find(path: VPath, query: FindQuery, ctx: Context): Awaitable<Page<Entry>> {
    return this.#below(path, ctx, (directory) => this.#search.find(directory, query));
  }

  scan(path: VPath, query: ScanQuery, ctx: Context): Awaitable<Page<Scanned>> {
    return this.#below(path, ctx, (directory) => this.#search.scan(directory, query));
  }

  #below<T>(path: VPath, ctx: Context, action: (directory: number) => T): Awaitable<T> {
    return this.#store.read(ctx, () => {
      const { id, type } = this.#store.walker.follow(path);
      if (type !== DIRECTORY) throw new VfsError("ENOTDIR");
      return action(id);
    });
  }

  write(path: VPath, data: Uint8Array, options: WriteOptions, ctx: Context): Awaitable<Stat> {
    const kept = this.#store.keep(data, ctx, options.owned);
    const { durable } = options;
    return this.#store.change(ctx, () => replace(this.#store, path, kept, options), {
      durable,
      bytes: kept.length,
    });
  }

  writeStream(path: VPath, source: ByteSource, options: StreamWriteOptions, ctx: Context): Awaitable<Stat> {
    return writeStream(this.#store, path, source, options, ctx);
  }

  readStream(path: VPath, options: StreamReadOptions, ctx: Context): Awaitable<ByteSource> {
    return readStream(this.#store, path, options, ctx);
  }

  append(path: VPath, data: Uint8Array, { mode, durable }: AppendOptions, ctx: Context): Awaitable<void> {
    const kept = this.#store.keep(data, ctx);
    const append = (): void => {
      const { walker, contents } = this.#store;
      const found = walker.find(path);
      if (found === undefined) return void create(this.#store, path, kept, { mode });
      const inode = fileOnly(walker.notLink(path, found));
      contents.write(inode, kept, inode.size);
    };
    return this.#store.change(ctx, append, { durable, bytes: kept.length });
  }

  truncate(path: VPath, size: number, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () =>
      this.#store.contents.truncate(fileOnly(this.#store.walker.follow(path)), size),
    );
  }

  mkdir(path: VPath, { mode = 0o755 }: MkdirOptions, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => addNew(this.#store, path, DIRECTORY, mode));
  }

  remove(path: VPath, options: RemoveOptions, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => remove(this.#store, path, options));
  }

  rename(path: VPath, to: VPath, options: RenameOptions, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => rename(this.#store, path, to, options));
  }

  copy(path: VPath, to: VPath, options: CopyOptions, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => copy(this.#store, path, to, options));
  }

  setStat(path: VPath, changes: StatChanges, { follow }: StatOptions, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => {
      const { walker, inodes, tally } = this.#store;
      const inode = follow === true ? walker.follow(path) : walker.need(path);
      tally.revise();
      setAttributes(inode, changes);
      inode.ctimeMs = tally.nowMs;
      inodes.update(inode);
    });
  }

  symlink(path: VPath, target: string, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => addNew(this.#store, path, SYMLINK, 0o777, target));
  }

  readlink(path: VPath, ctx: Context): Awaitable<string> {
    return this.#store.read(ctx, () => {
      const inode = this.#store.walker.need(path);
      if (inode.type !== SYMLINK) throw new VfsError("EINVAL", { hint: "it is no symbolic link" });
      return this.#store.walker.target(inode);
    });
  }

  link(path: VPath, to: VPath, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => link(this.#store, path, to));
  }

  open(path: VPath, options: OpenOptions, ctx: Context): Awaitable<ProviderFile> {
    const store = this.#store;
    const { create: mayCreate, truncate } = options.flags;
    const opening = (): ProviderFile => openFile(store, path, options);
    if (store.sessions.entered && !mayCreate && !truncate) return store.read(ctx, opening);
    const entering = (): ProviderFile => {
      // First whether it can be opened at all: what fails after a change takes its whole transaction with it.
      const file = opening();
      store.enter();
      return file;
    };
    return attempt(
      () => store.change(ctx, entering),
      (error) => {
        if (mayCreate || truncate || !isUnwritable(error)) throw error;
        // What needs no room can be read all the same, only that others do not know of it.
        return store.read(ctx, opening);
      },
    );
  }

  usage(ctx: Context): Awaitable<Usage> {
    return this.#store.usage(ctx);
  }

  flush(ctx: Context): Awaitable<void> {
    return this.#store.flush(ctx);
  }

  close(): void {
    this.#store.close();
  }
}

function openFile(store: Store, path: VPath, { flags, mode }: OpenOptions): SqliteFile {
  const { walker, contents } = store;
  const found = walker.find(path);
  if (found !== undefined && flags.create && flags.exclusive) throw new VfsError("EEXIST");
  if (found?.type === SYMLINK) throw linkMet(path, path, walker.target(found));
  if (found === undefined && !flags.create) throw new VfsError("ENOENT");
  const inode = fileOnly(found ?? create(store, path, new Uint8Array(0), { mode }));
  if (flags.truncate && found !== undefined) contents.truncate(inode, 0);
  return new SqliteFile(store, inode.id);
}

/** Makes `to` one more name of a file or link. */
function link({ walker, names, inodes, tally }: Store, path: VPath, to: VPath): void {
  const inode = walker.need(path);
  if (to === ROOT || walker.find(to) !== undefined) throw new VfsError("EEXIST");
  if (inode.type === DIRECTORY) throw new VfsError("EPERM", { hint: "a directory has one name only" });
  names.add(walker.parent(to), nameOf(to), inode);
  inode.nlink++;
  inode.ctimeMs = tally.nowMs;
  inodes.update(inode);
}
