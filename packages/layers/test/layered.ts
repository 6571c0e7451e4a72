import {
  Call,
  chain,
  type AnyCall,
  type Awaitable,
  type Context,
  type Layer,
  type Next,
  type OpenFile,
  type OpName,
  type Provider,
  type ProviderFile,
  type VPath,
} from "@vfs/core";

/** A store behind a layer, as a store: so that what looks at the store itself looks through the layer too. */
export function layered(store: Provider, layer: Layer): Provider {
  const all = store as Required<Provider>;
  const does: { [K in OpName]?: (call: Call<K>) => Awaitable<unknown> } = {
    write: ({ path, args, ctx }) => all.write(path, args.data, args, ctx),
    append: ({ path, args, ctx }) => all.append(path, args.data, args, ctx),
    truncate: ({ path, args, ctx }) => all.truncate(path, args.size, ctx),
    writeStream: ({ path, args, ctx }) => all.writeStream(path, args.source, args, ctx),
    rename: ({ path, to = path, args, ctx }) => all.rename(path, to, args, ctx),
    copy: ({ path, to = path, args, ctx }) => all.copy(path, to, args, ctx),
    link: ({ path, to = path, ctx }) => all.link(path, to, ctx),
    symlink: ({ path, args, ctx }) => all.symlink(path, args.target, ctx),
    readlink: ({ path, ctx }) => all.readlink(path, ctx),
    setStat: ({ path, args, ctx }) => all.setStat(path, args.changes, args, ctx),
    changes: ({ args, ctx }) => all.changes(args, ctx),
    "file.close": ({ file, ctx }) => file?.handle.close(ctx),
    open: ({ path, args, ctx }) =>
      chain(all.open(path, args, ctx), (handle) => ({ handle, localPath: path })),
  };
  const next = ((call: Call) => {
    const own = does[call.op] as ((given: Call) => Awaitable<unknown>) | undefined;
    if (own !== undefined) return own(call);
    const method = all[call.op as "stat"] as (path: VPath, args: object, ctx: Context) => unknown;
    return method.call(store, call.path, call.args, call.ctx);
  }) as Next;
  const send = (op: OpName, path: VPath, to: VPath | undefined, args: object, ctx: Context): never =>
    layer.handle(new Call<OpName>(op, path, to, args, ctx) as AnyCall, next) as never;
  const methods: Required<
    Omit<
      Provider,
      | "name"
      | "caps"
      | "inodeSpace"
      | "find"
      | "scan"
      | "writeMany"
      | "usage"
      | "statfs"
      | "snapshots"
      | "patch"
    >
  > = {
    stat: (path, args, ctx) => send("stat", path, undefined, args, ctx),
    read: (path, args, ctx) => send("read", path, undefined, args, ctx),
    list: (path, args, ctx) => send("list", path, undefined, args, ctx),
    write: (path, data, args, ctx) => send("write", path, undefined, { ...args, data }, ctx),
    mkdir: (path, args, ctx) => methodOf("mkdir", path, args, ctx),
    remove: (path, args, ctx) => methodOf("remove", path, args, ctx),
    open: (path, args, ctx) =>
      chain(
        send("open", path, undefined, args, ctx) as Awaitable<OpenFile>,
        (file): ProviderFile => file.handle,
      ),
    append: (path, data, args, ctx) => send("append", path, undefined, { ...args, data }, ctx),
    truncate: (path, size, ctx) => send("truncate", path, undefined, { size }, ctx),
    rename: (path, to, args, ctx) => send("rename", path, to, args, ctx),
    copy: (path, to, args, ctx) => send("copy", path, to, args, ctx),
    setStat: (path, changes, args, ctx) => send("setStat", path, undefined, { ...args, changes }, ctx),
    symlink: (path, target, ctx) => send("symlink", path, undefined, { target }, ctx),
    readlink: (path, ctx) => send("readlink", path, undefined, {}, ctx),
    link: (path, to, ctx) => send("link", path, to, {}, ctx),
    readStream: (path, args, ctx) => send("readStream", path, undefined, args, ctx),
    writeStream: (path, source, args, ctx) => send("writeStream", path, undefined, { ...args, source }, ctx),
    watch: (path, args, ctx) => send("watch", path, undefined, args, ctx),
    changes: (args, ctx) => send("changes", "/" as VPath, undefined, args, ctx),
    flush: (ctx) => store.flush?.(ctx),
    close: () => store.close?.(),
  };
  const methodOf = (op: "mkdir" | "remove", path: VPath, args: object, ctx: Context): never =>
    send(op, path, undefined, args, ctx);
  return { name: store.name, caps: layer.caps?.(store.caps) ?? store.caps, ...methods };
}
