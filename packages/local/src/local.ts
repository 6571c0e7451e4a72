import { realpathSync, statSync } from "node:fs";
import {
  ROOT,
  chain,
  run,
  VfsError,
  wait,
  type AppendOptions,
  type Awaitable,
  type ByteSource,
  type Bytes,
  type Capabilities,
  type Context,
  type CopyOptions,
  type Entry,
  type Flow,
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
  type StatFs,
  type StatChanges,
  type StatOptions,
  type StreamReadOptions,
  type StreamWriteOptions,
  type VPath,
  type WriteOptions,
} from "@vfs/core";
import { mkdir, setStat } from "./verbs/attributes.ts";
import { CAPS } from "./caps.ts";
import { CheckedPaths } from "./confined/checked-paths.ts";
import { copy } from "./verbs/copy.ts";
import { Crowd } from "./host/crowd.ts";
import { Descriptors } from "./confined/descriptors.ts";
import type { Directories } from "./confined/directories.ts";
import { Etags } from "./unfinished/etags.ts";
import type { LocalFile } from "./file.ts";
import { hostError } from "./host/error.ts";
import { hostFor } from "./host/host.ts";
import { Leftovers } from "./unfinished/leftovers.ts";
import { link } from "./verbs/link.ts";
import { list } from "./verbs/list.ts";
import { textOf } from "./confined/meet-link.ts";
import { open, openToRead } from "./verbs/open.ts";
import { lookAtNoLink } from "./confined/opened.ts";
import { checkReadable, chunksOf } from "./verbs/read-stream.ts";
import { read } from "./verbs/read.ts";
import { remove } from "./verbs/remove.ts";
import { rename } from "./verbs/rename.ts";
import { hostOf, inside, insideToo, lookAt, type Spot, type Store } from "./confined/spot.ts";
import { toStat } from "./stat.ts";
import { syncDirectory } from "./confined/sync.ts";
import { Temporaries } from "./unfinished/temporaries.ts";
import { append } from "./verbs/append.ts";
import { truncate } from "./verbs/truncate.ts";
import { readAtOnce, writeAtOnce } from "./verbs/at-once.ts";
import { write, writeStream } from "./verbs/write.ts";
import { watch, type LocalWatch } from "./watch.ts";

/** How a directory of the host is used. */
export interface LocalOptions {
  /** A directory of the host, which must exist. Links on the way to it are followed, once. */
  readonly root: string;
  /** Return from every change only when it would survive a loss of power. False unless told. */
  readonly durable?: boolean | undefined;
}

/**
 * Makes a filesystem of a directory of the host. Nothing outside that directory can be reached through it, whatever
 * links lie in it and whatever other processes do to it meanwhile; on hosts other than Linux see the README.
 *
 * @example
 * const vfs = createVfs(local({ root: "./data" }));
 *
 * @throws TypeError when `root` is no path; VfsError `ENOENT` when there is nothing, `ENOTDIR` when it is no directory.
 */
export function local({ root, durable = false }: LocalOptions): Provider {
  if (typeof root !== "string" || root === "" || root.includes("\0"))
    throw new TypeError(`root must be the path of a directory, got ${JSON.stringify(root)}`);
  const directories = directoriesOf(root);
  return new LocalProvider(directories, durable, `local:${statSync(root).dev}`);
}

function directoriesOf(root: string): Directories {
  try {
    const real = realpathSync(root);
    if (!statSync(real).isDirectory()) throw new VfsError("ENOTDIR");
    return Descriptors.on(real) ?? new CheckedPaths(real);
  } catch (reason) {
    const { code } = hostError(reason) as VfsError;
    throw new VfsError(code, { hint: "root must be a directory that exists", cause: reason });
  }
}

/** A directory of the host, reached in one way or another. */
export class LocalProvider implements Provider {
  readonly name = "local";
  readonly caps: Capabilities = CAPS;
  readonly inodeSpace: string | undefined;
  readonly #store: Store;
  readonly #openFiles = new Set<LocalFile>();
  readonly #watches = new Set<LocalWatch>();

  /** @param inodeSpace The device of the host that the root is on: inode numbers are the host's. */
  constructor(directories: Directories, durable: boolean, inodeSpace?: string) {
    this.inodeSpace = inodeSpace;
    const temporaries = new Temporaries();
    const leftovers = new Leftovers(temporaries);
    const [etags, creations] = [new Etags(), new Crowd()];
    this.#store = { directories, temporaries, leftovers, etags, creations, durable };
  }

  stat(path: VPath, { follow, exactTimes }: StatOptions, ctx: Context): Awaitable<Stat> {
    return this.#at(path, ctx, (spot) => stat(spot, follow === true, exactTimes === true));
  }

  read(path: VPath, options: ReadOptions, ctx: Context): Awaitable<Bytes> {
    const step = (bytes: Bytes | undefined): Awaitable<Bytes> =>
      bytes ?? this.#at(path, ctx, (spot) => read(spot, options, ctx));
    return chain(readAtOnce(this.#store, path, options, ctx), step);
  }

  readStream(path: VPath, options: StreamReadOptions, ctx: Context): Awaitable<ByteSource> {
    const opening = (spot: Spot): Flow<LocalFile> => openToRead(spot, this.#openFiles);
    return chain(
      this.#at(path, ctx, (spot) => checkReadable(spot, opening, ctx)),
      () => chunksOf(() => this.#inside(path, ctx, opening), options, ctx),
    );
  }

  list(path: VPath, options: ListOptions, ctx: Context): Awaitable<Page<Entry>> {
    return run(list(this.#store, path, options, ctx));
  }

  readlink(path: VPath, ctx: Context): Awaitable<string> {
    return this.#at(path, ctx, ({ host, at }) => textOf(host, at));
  }

  open(path: VPath, options: OpenOptions, ctx: Context): Awaitable<ProviderFile> {
    const action = (spot: Spot): Flow<ProviderFile> => open(spot, options, this.#openFiles);
    const { create, truncate: cuts } = options.flags;
    return create || cuts ? this.#name(path, ctx, action) : this.#at(path, ctx, action);
  }

  write(path: VPath, data: Uint8Array, options: WriteOptions, ctx: Context): Awaitable<Stat> {
    const done = writeAtOnce(this.#store, path, data, options, ctx);
    if (done !== undefined) return done;
    const kept = options.owned === true ? data : asItIsNow(data, ctx);
    return this.#change(path, ctx, (spot) => write(spot, kept, options, ctx));
  }

  writeStream(path: VPath, source: ByteSource, options: StreamWriteOptions, ctx: Context): Awaitable<Stat> {
    return this.#change(path, ctx, (spot) => writeStream(spot, source, options, ctx));
  }

  append(path: VPath, data: Uint8Array, options: AppendOptions, ctx: Context): Awaitable<void> {
    const kept = asItIsNow(data, ctx);
    return this.#change(path, ctx, (spot) => append(spot, kept, options));
  }

  truncate(path: VPath, size: number, ctx: Context): Awaitable<void> {
    return this.#change(path, ctx, (spot) => truncate(spot, size));
  }

  setStat(path: VPath, changes: StatChanges, options: StatOptions, ctx: Context): Awaitable<void> {
    return this.#change(path, ctx, (spot) => setStat(spot, changes, options));
  }

  mkdir(path: VPath, options: MkdirOptions, ctx: Context): Awaitable<void> {
    return this.#name(path, ctx, (spot) => mkdir(spot, options));
  }

  remove(path: VPath, options: RemoveOptions, ctx: Context): Awaitable<void> {
    return this.#name(path, ctx, (spot) => remove(spot, options, ctx));
  }

  symlink(path: VPath, target: string, ctx: Context): Awaitable<void> {
    return this.#name(path, ctx, ({ host, at }) => wait(host.symlink(at, target)));
  }

  link(path: VPath, to: VPath, ctx: Context): Awaitable<void> {
    return this.#name(path, ctx, (from) =>
      insideToo(
        from,
        ctx,
        to,
        synced((target) => link(from, target)),
      ),
    );
  }

  rename(path: VPath, to: VPath, options: RenameOptions, ctx: Context): Awaitable<void> {
    return this.#name(path, ctx, (from) =>
      insideToo(
        from,
        ctx,
        to,
        synced((target) => rename(from, target, options)),
      ),
    );
  }

  copy(path: VPath, to: VPath, options: CopyOptions, ctx: Context): Awaitable<void> {
    return this.#change(path, ctx, (from) =>
      insideToo(
        from,
        ctx,
        to,
        synced((target) => copy(from, target, options, ctx)),
      ),
    );
  }

  watch(path: VPath, options: ProviderWatchOptions, ctx: Context): Awaitable<ProviderWatch> {
    return chain(
      watch(this.#store, hostFor(ctx, this.#store.directories.near), path, options),
      (watching) => {
        this.#watches.add(watching);
        return {
          close: () => {
            this.#watches.delete(watching);
            watching.close();
          },
        };
      },
    );
  }

  statfs(ctx: Context): Awaitable<StatFs> {
    return this.#at(ROOT, ctx, ({ host, at }) => wait(host.statfs(at)));
  }

  close(): void {
    for (const watching of this.#watches) watching.close();
    for (const file of this.#openFiles) void file.close({ sync: true });
    this.#store.directories.close();
  }

  #at<T>(path: VPath, ctx: Context, action: (spot: Spot) => Flow<T>): Awaitable<T> {
    return run(this.#inside(path, ctx, action));
  }

  /** Something that changes what is stored. */
  #change<T>(path: VPath, ctx: Context, action: (spot: Spot) => Flow<T>): Awaitable<T> {
    const { leftovers } = this.#store;
    if (!leftovers.any) return this.#at(path, ctx, action);
    return chain(run(this.#sweep(ctx)), () => this.#at(path, ctx, action));
  }

  /** Something that changes the names in the path's directory. */
  #name<T>(path: VPath, ctx: Context, action: (spot: Spot) => Flow<T>): Awaitable<T> {
    return this.#change(path, ctx, synced(action));
  }

  *#sweep(ctx: Context): Flow<void> {
    const { leftovers, directories } = this.#store;
    yield* leftovers.sweep(directories, yield* hostOf(this.#store, ctx));
  }

  #inside<T>(path: VPath, ctx: Context, action: (spot: Spot) => Flow<T>): Flow<T> {
    return inside(this.#store, ctx, path, action);
  }
}

/** The caller's bytes, whatever the caller does to them while a call waits. */
function asItIsNow(data: Uint8Array, { sync }: Context): Uint8Array {
  return sync ? data : new Uint8Array(data);
}

function* stat(spot: Spot, follow: boolean, exactly: boolean): Flow<Stat> {
  const stats = yield* follow ? lookAtNoLink(spot) : lookAt(spot);
  if (stats === undefined) throw new VfsError("ENOENT");
  const found = toStat(stats);
  if (!exactly) return found;
  const exact = yield* wait(spot.host.exactTimes(spot.at));
  // Of what was changed between the two looks there are no nanoseconds to go with the milliseconds.
  const isSame = exact !== undefined && Number(exact.mtimeNs / 1_000_000n) === Math.floor(stats.mtimeMs);
  return isSame ? { ...found, exactTimes: exact } : found;
}

/** The same action, which returns when the names in the directory are as durable as the store shall be. */
function synced<T>(action: (spot: Spot) => Flow<T>): (spot: Spot) => Flow<T> {
  return function* (spot) {
    const value = yield* action(spot);
    if (spot.store.durable) yield* syncDirectory(spot.host, spot.directory);
    return value;
  };
}
