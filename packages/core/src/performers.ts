import { chain, type Awaitable } from "./awaitable.ts";
import type { Call } from "./call.ts";
import type { Context } from "./context.ts";
import { append, truncate } from "./emulate/rewrite.ts";
import { copyFile } from "./emulate/copy.ts";
import { open } from "./emulate/open.ts";
import { rename } from "./emulate/rename.ts";
import { lastingFiles, needsIfMatch, readOnlyStore, statOrNothing } from "./emulate/store-calls.ts";
import { readStream } from "./emulate/streams.ts";
import { isVfsError, unsupported, VfsError } from "./error.ts";
import { run } from "./flow.ts";
import type { Mount } from "./mount.ts";
import { OpenFile } from "./open-file.ts";
import type { Operations, OpName } from "./operations.ts";
import { ROOT, type VPath } from "./path.ts";
import type { Provider, ProviderWatch, ProviderWatchOptions, WriteOptions } from "./provider.ts";
import type { StatChanges } from "./stat.ts";
import type { Store } from "./store.ts";

type Performer<K extends OpName> = (
  provider: Provider,
  call: Call<K>,
  store: Store,
  mount: Mount,
) => Awaitable<Operations[K]["result"]>;

/** How each operation is done: by the provider where it can, by core where it cannot. */
export const PERFORMERS: { readonly [K in OpName]: Performer<K> } = {
  stat: (provider, { path, args, ctx }) => provider.stat(path, args, ctx),
  read: (provider, { path, args, ctx }) => {
    if (args.ifMatch !== undefined) needsIfMatch(provider);
    return provider.read(path, args, ctx);
  },
  list: (provider, { path, args, ctx }) => provider.list(path, args, ctx),
  find: (provider, { path, args, ctx }) => {
    if (provider.find === undefined) throw unsupported(`${provider.name} does not search; list it`);
    return provider.find(path, args, ctx);
  },
  scan: (provider, { path, args, ctx }) => {
    if (provider.scan === undefined) throw unsupported(`${provider.name} reads one file at a time`);
    return provider.scan(path, args, ctx);
  },
  readlink: (provider, { path, ctx }) =>
    provider.readlink === undefined ? readNoLink(provider, path, ctx) : provider.readlink(path, ctx),
  readStream: (provider, { path, args, ctx }) =>
    provider.readStream === undefined
      ? run(readStream(provider, path, args, ctx))
      : provider.readStream(path, args, ctx),
  watch: (provider, { path, args, ctx }, store) =>
    provider.watch === undefined ? watchCalls(store, args) : provider.watch(path, args, ctx),
  changes: (provider, { args, ctx }) => {
    if (provider.changes === undefined) throw unsupported(`${provider.name} keeps no history; use watch`);
    return provider.changes(args, ctx);
  },
  snapshots: (provider, { ctx }) => {
    if (provider.snapshots === undefined)
      throw unsupported(`${provider.name} keeps no snapshots; @vfs/snapshot does for any store`);
    return provider.snapshots(ctx);
  },
  statfs: (provider, { ctx }) => {
    if (provider.statfs === undefined)
      throw unsupported(`${provider.name} does not know how much room it has`);
    return provider.statfs(ctx);
  },
  usage: (provider, { ctx }) => {
    if (provider.usage === undefined) throw unsupported(`${provider.name} does not know how full it is`);
    return provider.usage(ctx);
  },
  flush: (provider, { ctx }) => provider.flush?.(ctx),

  write: (provider, { path, args, ctx }) => {
    return chain(checkWrite(provider, path, args, ctx), () =>
      provider.write === undefined ? refuseWrite(provider) : provider.write(path, args.data, args, ctx),
    );
  },
  writeStream: (provider, { path, args, ctx }) => {
    return chain(checkWrite(provider, path, args, ctx), () =>
      provider.writeStream === undefined
        ? refuseWrite(provider)
        : provider.writeStream(path, args.source, args, ctx),
    );
  },
  writeMany: (provider, { path, args, ctx }) => {
    if (provider.writeMany === undefined) throw unsupported(`${provider.name} writes one file at a time`);
    return provider.writeMany(path, args, ctx);
  },
  append: (provider, { path, args, ctx }, store) =>
    provider.append === undefined
      ? run(append(store, path, args.data, args, ctx))
      : provider.append(path, args.data, args, ctx),
  truncate: (provider, { path, args, ctx }, store) =>
    provider.truncate === undefined
      ? run(truncate(store, path, args.size, ctx))
      : provider.truncate(path, args.size, ctx),
  mkdir: (provider, { path, args, ctx }) => provider.mkdir?.(path, args, ctx),
  remove: (provider, { path, args, ctx }) => {
    if (args.ifMatch !== undefined) needsIfMatch(provider);
    if (path === ROOT)
      throw new VfsError(args.kind === "file" ? "EISDIR" : "EBUSY", {
        hint: "the root of a store cannot be removed",
      });
    return provider.remove?.(path, args, ctx);
  },
  rename: (provider, { path, to = path, args, ctx }, store) => {
    if (path === ROOT || to === ROOT)
      throw new VfsError("EBUSY", { hint: "the root of a store cannot be renamed" });
    const done =
      provider.rename === undefined || provider.caps.rename === "file"
        ? run(rename(store, path, to, args, ctx))
        : provider.rename(path, to, args, ctx);
    return chain(done, () => {
      if (path !== to) store.renamed(path, to);
    });
  },
  copy: (provider, { path, to = path, args, ctx }, store) =>
    provider.copy === undefined
      ? run(copyFile(store, path, to, args, ctx))
      : provider.copy(path, to, args, ctx),
  setStat: (provider, { path, args, ctx }) => {
    checkChanges(provider, args.changes);
    return provider.setStat?.(path, args.changes, args, ctx);
  },
  symlink: (provider, { path, args, ctx }) => {
    if (provider.symlink === undefined) throw unsupported(`${provider.name} has no symbolic links`);
    return provider.symlink(path, args.target, ctx);
  },
  link: (provider, { path, to = path, ctx }) => {
    if (provider.link === undefined)
      throw unsupported(`${provider.name} has no hard links; copy the file instead`);
    return provider.link(path, to, ctx);
  },
  open: (provider, { path, args, ctx }, store, mount) => {
    const opened =
      provider.open === undefined ? run(open(store, path, args, ctx)) : provider.open(path, args, ctx);
    return chain(opened, (handle) => {
      const file = new OpenFile(mount, path, args.flags, handle);
      store.files.add(file);
      return file;
    });
  },

  mount: notAStores,
  unmount: notAStores,

  "file.read": (_provider, { file, args, ctx }) => openOnly(file).handle.read(args.into, args.position, ctx),
  "file.write": (_provider, { file, args, ctx }) =>
    openOnly(file).handle.write(args.data, args.position, ctx),
  "file.truncate": (_provider, { file, args, ctx }) => openOnly(file).handle.truncate(args.size, ctx),
  "file.stat": (_provider, { file, ctx }) => openOnly(file).handle.stat(ctx),
  "file.setStat": (provider, { file, args, ctx }) => {
    checkChanges(provider, args.changes);
    const { handle } = openOnly(file);
    if (handle.setStat === undefined)
      throw unsupported(`${provider.name} cannot change an open file; change it by its path`);
    return handle.setStat(args.changes, ctx);
  },
  "file.sync": (_provider, { file, args, ctx }, store) =>
    written(file, store, openOnly(file).handle.sync(args, ctx)),
  "file.close": (_provider, { file, ctx }) => closeFile(openOnly(file), ctx),
};

/** What the router keeps to itself. */
function notAStores(): never {
  throw new VfsError("EINVAL", { hint: "a store has no mounts" });
}

function refuseWrite(provider: Provider): never {
  throw readOnlyStore(provider);
}

/** Reports at once what is done through core to a store that cannot be watched, and nothing of what others do. */
function watchCalls(store: Store, { report }: ProviderWatchOptions): ProviderWatch {
  return { close: store.onChange((changes) => report.changes(changes)) };
}

/** What an emulated file has written becomes visible to others when it is synced or closed. */
function written(file: OpenFile | undefined, store: Store, done: Awaitable<void>): Awaitable<void> {
  return chain(done, () => {
    if (file?.granted.write) store.changed(file.localPath);
  });
}

/** Closes a file, for good whatever comes of it, unless the caller cannot wait for what is under way on it. */
export function closeFile(file: OpenFile, ctx: Context): Awaitable<void> {
  const { store } = file.mount;
  const forget = (): void => {
    file.closed = true;
    store.files.delete(file);
  };
  let done: Awaitable<void>;
  try {
    done = file.handle.close(ctx);
  } catch (reason) {
    if (!isVfsError(reason, "EAGAIN")) forget();
    throw reason;
  }
  forget();
  return written(file, store, done);
}

/** Undefined, at once, when the provider checks the conditions itself. */
function checkWrite(provider: Provider, path: VPath, args: WriteOptions, ctx: Context): Awaitable<void> {
  if (args.ifMatch !== undefined) needsIfMatch(provider);
  if (args.meta !== undefined && !provider.caps.meta) throw noMeta(provider);
  if (args.ttlMs !== undefined) throw lastingFiles(provider);
  if (args.ifNoneMatch === undefined || provider.caps.ifNoneMatch) return undefined;
  // The path is locked: within this program nobody can come between this look and the write.
  return chain(statOrNothing(provider, path, ctx, false), (found) => {
    if (found !== undefined) throw new VfsError("EEXIST");
  });
}

/** Refuses to change what the store does not keep. */
function checkChanges({ name, caps }: Provider, changes: StatChanges): void {
  const { mode, uid, gid, atimeMs, mtimeMs, contentType, meta } = changes;
  if (mode !== undefined && !caps.modes) throw unsupported(`${name} keeps no permission bits`);
  if ((uid ?? gid) !== undefined && !caps.owners) throw unsupported(`${name} keeps no owners`);
  if ((atimeMs ?? mtimeMs) !== undefined && caps.times === "none")
    throw unsupported(`${name} sets the times of its files itself`);
  if ((contentType ?? meta) !== undefined && !caps.meta) throw noMeta({ name });
}

function noMeta({ name }: { readonly name: string }): VfsError {
  return unsupported(`${name} keeps no attributes; leave meta out`);
}

function readNoLink(provider: Provider, path: VPath, ctx: Context): Awaitable<never> {
  return chain(provider.stat(path, {}, ctx), () => {
    throw new VfsError("EINVAL", { hint: `${provider.name} has no symbolic links` });
  });
}

function openOnly(file: OpenFile | undefined): OpenFile {
  if (file === undefined || file.closed) throw new VfsError("EBADF", { hint: "the file handle is closed" });
  return file;
}
