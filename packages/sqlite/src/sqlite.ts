import { statSync } from "node:fs";
import {
  attempt,
  capabilities,
  chain,
  type AppendOptions,
  type Awaitable,
  type ByteSource,
  type Bytes,
  type Capabilities,
  type ChangesOptions,
  type ChangesPage,
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
  type Scanned,
  type ScanQuery,
  type Stat,
  type StatFs,
  type StatChanges,
  type StatOptions,
  type StreamReadOptions,
  type StreamWriteOptions,
  type Usage,
  type VPath,
  type WriteOptions,
} from "@vfs/core";
import { checkMatch, readable, writable } from "./conditions.ts";
import { copy } from "./copy.ts";
import { isUnwritable, toVfsError } from "./errors.ts";
import { HISTORY_MS, WATCH_MS } from "./feed.ts";
import { DIRECTORY, FILE, SYMLINK, toStat, type Inode } from "./inodes.ts";
import { link } from "./link.ts";
import { openFile } from "./open-file.ts";
import { IN_MEMORY, openDatabase } from "./open.ts";
import { Reading } from "./reading.ts";
import { readStream } from "./read-stream.ts";
import { remove } from "./remove.ts";
import { rename } from "./rename.ts";
import { roomFor } from "./room.ts";
import { Snapshots } from "./snapshots.ts";
import { Store } from "./store.ts";
import { writeStream } from "./write-stream.ts";
import { addNew, change, create, replace, contentChanged } from "./write.ts";

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
  statfs: true,
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
    return new SqliteProvider(new Store(database, durable), file);
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
  readonly statfs: () => StatFs;
  readonly #store: Store;
  readonly #reading: Reading;
  #snapshots: Snapshots | undefined;

  constructor(store: Store, file: string) {
    this.inodeSpace = inodeSpaceOf(file);
    this.statfs = roomFor(file);
    this.#store = store;
    this.#reading = new Reading(store);
    store.sweep();
    if (store.isClearing) this.snapshots().goOn();
  }

  stat(path: VPath, { follow }: StatOptions, ctx: Context): Awaitable<Stat> {
    return this.#store.look(ctx, path, (inode) =>
      toStat(follow === true ? this.#store.walker.notLink(path, inode) : inode),
    );
  }

  read(path: VPath, { offset = 0, length = Infinity, ifMatch }: ReadOptions, ctx: Context): Awaitable<Bytes> {
    const check = (inode: Inode): Inode => {
      readable(this.#store.walker.notLink(path, inode), ctx.identity);
      checkMatch(inode, ifMatch);
      return inode;
    };
    return this.#store.readFile(ctx, path, check, offset, length);
  }

  list(path: VPath, options: ListOptions, ctx: Context): Awaitable<Page<Entry>> {
    return this.#reading.list(path, options, ctx);
  }

  find(path: VPath, query: FindQuery, ctx: Context): Awaitable<Page<Entry>> {
    return this.#reading.find(path, query, ctx);
  }

  scan(path: VPath, query: ScanQuery, ctx: Context): Awaitable<Page<Scanned>> {
    return this.#reading.scan(path, query, ctx);
  }

  write(path: VPath, data: Uint8Array, options: WriteOptions, ctx: Context): Awaitable<Stat> {
    const kept = this.#store.keep(data, ctx, options.owned);
    const { durable } = options;
    return this.#store.change(ctx, () => replace(this.#store, path, kept, options, ctx.identity), {
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
      const { identity } = ctx;
      const found = walker.findWithTail(path, identity);
      if (found === undefined) return void create(this.#store, path, kept, { mode }, identity);
      const inode = writable(walker.notLink(path, found), identity);
      if (kept.length === 0) return;
      this.#store.changing(inode, path);
      contents.write(inode, kept, inode.size);
      contentChanged(this.#store, inode, identity);
      this.#store.tell("changed", FILE, path);
    };
    return this.#store.change(ctx, append, { durable, bytes: kept.length });
  }

  truncate(path: VPath, size: number, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => {
      const { walker, contents } = this.#store;
      const { identity } = ctx;
      const inode = writable(walker.follow(path, identity), identity);
      this.#store.changing(inode, path);
      contents.truncate(inode, size);
      contentChanged(this.#store, inode, identity);
      this.#store.tell("changed", FILE, path);
    });
  }

  mkdir(path: VPath, { mode = 0o755 }: MkdirOptions, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => addNew(this.#store, path, DIRECTORY, mode, ctx.identity));
  }

  remove(path: VPath, options: RemoveOptions, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => remove(this.#store, path, options, ctx.identity));
  }

  rename(path: VPath, to: VPath, options: RenameOptions, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => rename(this.#store, path, to, options, ctx.identity));
  }

  copy(path: VPath, to: VPath, options: CopyOptions, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => copy(this.#store, path, to, options, ctx.identity));
  }

  setStat(path: VPath, changes: StatChanges, { follow }: StatOptions, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => {
      const { walker, tally } = this.#store;
      const { identity } = ctx;
      const inode = follow === true ? walker.follow(path, identity) : walker.need(path, identity);
      tally.revise();
      change(this.#store, inode, path, changes, identity);
      this.#store.tell("changed", inode.type, path);
    });
  }

  symlink(path: VPath, target: string, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => addNew(this.#store, path, SYMLINK, 0o777, ctx.identity, target));
  }

  readlink(path: VPath, ctx: Context): Awaitable<string> {
    return this.#reading.readlink(path, ctx);
  }

  link(path: VPath, to: VPath, ctx: Context): Awaitable<void> {
    return this.#store.change(ctx, () => link(this.#store, path, to, ctx.identity));
  }

  open(path: VPath, options: OpenOptions, ctx: Context): Awaitable<ProviderFile> {
    const store = this.#store;
    const { create: mayCreate, truncate } = options.flags;
    const opening = (): ProviderFile => openFile(store, path, options, ctx.identity);
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

  watch(path: VPath, options: ProviderWatchOptions, ctx: Context): Awaitable<ProviderWatch> {
    const { feed, walker } = this.#store;
    const entering = (): number => {
      walker.follow(path);
      return feed.wanted(WATCH_MS);
    };
    return chain(this.#store.change(ctx, entering), (revision) => feed.watch(options, revision));
  }

  changes(options: ChangesOptions, ctx: Context): Awaitable<ChangesPage> {
    const store = this.#store;
    const page = (): ChangesPage => store.feed.changes(options);
    return chain(
      store.read(ctx, () => (store.feed.isWanting() ? undefined : page())),
      (known) =>
        known ??
        store.change(ctx, () => {
          // Asked before: what was not kept until now is not known.
          const { since } = options;
          const found = since === undefined ? undefined : page();
          const revision = store.feed.wanted(HISTORY_MS);
          return found ?? { changes: [], revision, more: false };
        }),
    );
  }

  snapshots(): Snapshots {
    return (this.#snapshots ??= new Snapshots(this.#store));
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
