import { chain, type Awaitable } from "./awaitable.ts";
import { Call, followsLast, mutates } from "./call.ts";
import type { Context } from "./context.ts";
import { append, truncate } from "./emulate/rewrite.ts";
import { coherently } from "./emulate/coherence.ts";
import { copyFile } from "./emulate/copy.ts";
import { open } from "./emulate/open.ts";
import { rename } from "./emulate/rename.ts";
import { readOnlyStore, statOrNothing } from "./emulate/store-calls.ts";
import { collect, readStream } from "./emulate/streams.ts";
import { unsupported, VfsError } from "./error.ts";
import { run } from "./flow.ts";
import type { Mount } from "./mount.ts";
import { OpenFile } from "./open-file.ts";
import type { Operations, OpName } from "./operations.ts";
import { ROOT, type VPath } from "./path.ts";
import type { Provider, ProviderFile, WriteOptions } from "./provider.ts";
import type { Stat, StatChanges } from "./stat.ts";
import type { Store } from "./store.ts";

type Performer<K extends OpName> = (
  provider: Provider,
  call: Call<K>,
  store: Store,
  mount: Mount,
) => Awaitable<Operations[K]["result"]>;

/** How each operation is done: by the provider where it can, by core where it cannot. */
const PERFORM: { readonly [K in OpName]: Performer<K> } = {
  stat: (provider, { path, args, ctx }) => provider.stat(path, args, ctx),
  read: (provider, { path, args, ctx }) => {
    if (args.ifMatch !== undefined) needsIfMatch(provider);
    return provider.read(path, args, ctx);
  },
  list: (provider, { path, args, ctx }) => provider.list(path, args, ctx),
  readlink: (provider, { path, ctx }) =>
    provider.readlink === undefined ? readNoLink(provider, path, ctx) : provider.readlink(path, ctx),
  readStream: (provider, { path, args, ctx }) =>
    provider.readStream === undefined
      ? run(readStream(provider, path, args, ctx))
      : provider.readStream(path, args, ctx),
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
    if (path === ROOT) throw new VfsError("EBUSY", { hint: "the root of a store cannot be removed" });
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

  "file.read": (_provider, { file, args, ctx }) => handleOf(file).read(args.into, args.position, ctx),
  "file.write": (_provider, { file, args, ctx }) => handleOf(file).write(args.data, args.position, ctx),
  "file.truncate": (_provider, { file, args, ctx }) => handleOf(file).truncate(args.size, ctx),
  "file.stat": (_provider, { file, ctx }) => handleOf(file).stat(ctx),
  "file.setStat": (provider, { file, args, ctx }) => {
    checkChanges(provider, args.changes);
    return handleOf(file).setStat?.(args.changes, ctx);
  },
  "file.sync": (_provider, { file, args, ctx }, store) =>
    written(file, store, handleOf(file).sync(args, ctx)),
  "file.close": (_provider, { file, ctx }, store) => {
    const handle = handleOf(file);
    if (file !== undefined) {
      file.closed = true;
      store.files.delete(file);
    }
    return written(file, store, handle.close(ctx));
  },
};

function refuseWrite(provider: Provider): never {
  throw readOnlyStore(provider);
}

/** What an emulated file has written becomes visible to others when it is synced or closed. */
function written(file: OpenFile | undefined, store: Store, done: Awaitable<void>): Awaitable<void> {
  return chain(done, () => {
    if (file?.granted.write) store.changed();
  });
}

/** The end of a mount's stack: the provider, and core's emulation of what it lacks. */
export function perform<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]> {
  const { store } = mount;
  const { provider } = store;
  if (!mutates(call)) {
    if (store.emulated.size === 0 || call.file !== undefined)
      return PERFORM[call.op](provider, call, store, mount);
    return alone(mount, call);
  }
  if (!provider.caps.write) throw readOnlyStore(provider);
  if (call.op === "writeStream" && provider.writeStream === undefined)
    return collectAndWrite(mount, call as Call<"writeStream">);
  const done = needsLock(provider, call)
    ? alone(mount, call)
    : PERFORM[call.op](provider, call, store, mount);
  return chain(done, (result) => {
    store.changed();
    return result;
  });
}

/** Whether core makes one operation of several on this provider, so that mutations must not overlap. */
function needsLock({ caps }: Provider, call: Call): boolean {
  if (call.file !== undefined) return false;
  // A stream may take hours; where the store compares versions, that is enough.
  if (call.op === "writeStream" && caps.ifMatch) return false;
  return !(
    caps.open &&
    caps.append &&
    caps.truncate &&
    caps.ifNoneMatch &&
    caps.rename === "tree" &&
    caps.copy !== "none"
  );
}

function alone<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]> {
  const { store } = mount;
  const paths = call.to === undefined ? [call.path] : [call.path, call.to];
  const action = (): Awaitable<Operations[K]["result"]> =>
    PERFORM[call.op](store.provider, call, store, mount);
  return store.locks.run(paths, call.ctx.sync, () =>
    store.emulated.size === 0 ? action() : run(coherently(store, call, action)),
  );
}

/** `writeStream` for a provider that has none. */
function collectAndWrite(mount: Mount, call: Call<"writeStream">): Awaitable<Stat> {
  const { path, to, args, ctx, file, mountPath } = call;
  const { source, ...options } = args;
  const { provider } = mount.store;
  // A link must be met before the source is read: it cannot be read again.
  const looked =
    provider.caps.symlinks && followsLast(call) ? statOrNothing(provider, path, ctx, true) : undefined;
  return chain(looked, () =>
    chain(collect(source, ctx), (data) =>
      perform(mount, new Call("write", path, to, { ...options, data, owned: true }, ctx, file, mountPath)),
    ),
  );
}

/** Undefined, at once, when the provider checks the conditions itself. */
function checkWrite(provider: Provider, path: VPath, args: WriteOptions, ctx: Context): Awaitable<void> {
  if (args.ifMatch !== undefined) needsIfMatch(provider);
  if (args.meta !== undefined && !provider.caps.meta) throw noMeta(provider);
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

function needsIfMatch(provider: Provider): void {
  if (!provider.caps.ifMatch)
    throw unsupported(`${provider.name} has no conditional requests: leave ifMatch out`);
}

function readNoLink(provider: Provider, path: VPath, ctx: Context): Awaitable<never> {
  return chain(provider.stat(path, {}, ctx), () => {
    throw new VfsError("EINVAL", { hint: `${provider.name} has no symbolic links` });
  });
}

function handleOf(file: OpenFile | undefined): ProviderFile {
  if (file === undefined || file.closed) throw new VfsError("EBADF", { hint: "the file handle is closed" });
  return file.handle;
}
