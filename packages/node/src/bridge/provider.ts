import {
  capabilities,
  chain,
  type Awaitable,
  type Bytes,
  type ByteSource,
  type Context,
  type Provider,
  type ProviderFile,
} from "@vfs/core";
import type { Channel } from "./channel.ts";
import { BridgeFile } from "./file.ts";
import type { FileInfo, StoreInfo } from "./protocol.ts";

type Method = (...args: unknown[]) => Awaitable<unknown>;

/** A store of a worker as a provider here: what it is asked synchronously, it answers synchronously. */
export function bridgeProvider(channel: Channel, info: StoreInfo, close: () => void): Provider {
  const { number, name, caps, inodeSpace } = info;
  const send = <T>(method: string, args: readonly unknown[], ctx: Context): Awaitable<T> =>
    channel.call({ target: "store", number, method }, args, ctx);
  const special: Record<string, Method> = {
    write: (path, data, options, ctx) => carry(channel, number, "write", path, data, options, ctx),
    append: (path, data, options, ctx) => carry(channel, number, "append", path, data, options, ctx),
    open: (path, options, ctx): Awaitable<ProviderFile> =>
      chain(send<FileInfo>("open", [path, options], ctx as Context), (file) => new BridgeFile(channel, file)),
    readStream: (path, options, ctx): Awaitable<ByteSource> =>
      chain(send<number>("readStream", [path, options], ctx as Context), (stream) =>
        watched(channel, stream, ctx as Context),
      ),
    writeStream: (path, source, options, ctx) =>
      channel.call({ target: "store", number, method: "writeStream" }, [path, options], ctx as Context, {
        source: source as ByteSource,
      }),
  };
  const provider: Record<string, unknown> = {
    name,
    caps: capabilities({
      ...caps,
      sync: true,
      scan: false,
      writeMany: false,
      watch: "none",
      snapshots: false,
    }),
  };
  if (inodeSpace !== undefined) provider["inodeSpace"] = inodeSpace;
  for (const method of info.methods)
    provider[method] =
      special[method] ?? ((...args: unknown[]) => send(method, args.slice(0, -1), args.at(-1) as Context));
  provider["close"] = close;
  return provider as unknown as Provider;
}

/** Sends bytes over. The caller keeps its own, so that it can try again with them; the copy is the store's. */
function carry(
  channel: Channel,
  number: number,
  method: string,
  path: unknown,
  data: unknown,
  options: unknown,
  ctx: unknown,
): Awaitable<unknown> {
  const copy = new Uint8Array(data as Uint8Array);
  const args = [path, copy, method === "write" ? { ...(options as object), owned: true } : options];
  return channel.call({ target: "store", number, method }, args, ctx as Context, { moved: [copy.buffer] });
}

/** Streams that were never read, by what is to be forgotten with them. */
const unread = new FinalizationRegistry<() => void>((forget) => forget());

function watched(channel: Channel, stream: number, ctx: Context): ByteSource {
  const source = ctx.sync ? chunksNow(channel, stream, ctx) : chunksLater(channel, stream, ctx);
  unread.register(source, () => channel.forget(stream));
  return source;
}

function* chunksNow(channel: Channel, number: number, ctx: Context): Generator<Bytes, void, undefined> {
  const ask = (method: "next" | "return"): Bytes | undefined =>
    channel.call({ target: "stream", number, method }, [], ctx) as Bytes | undefined;
  let open = true;
  try {
    for (let chunk = ask("next"); chunk !== undefined; chunk = ask("next")) yield chunk;
    open = false;
  } catch (reason) {
    open = false;
    throw reason;
  } finally {
    if (open) ask("return");
  }
}

async function* chunksLater(
  channel: Channel,
  number: number,
  ctx: Context,
): AsyncGenerator<Bytes, void, undefined> {
  const ask = async (method: "next" | "return", how = ctx): Promise<Bytes | undefined> =>
    channel.call<Bytes | undefined>({ target: "stream", number, method }, [], how);
  let open = true;
  try {
    for (let chunk = await ask("next"); chunk !== undefined; chunk = await ask("next")) yield chunk;
    open = false;
  } catch (reason) {
    open = ctx.signal?.aborted === true;
    throw reason;
  } finally {
    // Also when the caller gave up, which the store has not heard of.
    if (open) await ask("return", { ...ctx, signal: undefined });
  }
}
