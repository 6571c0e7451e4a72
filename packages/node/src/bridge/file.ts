import {
  chain,
  type Awaitable,
  type Context,
  type ProviderFile,
  type Stat,
  type StatChanges,
  type SyncOptions,
} from "@vfs/core";
import type { Channel } from "./channel.ts";
import type { FileInfo, FileRead } from "./protocol.ts";

/** An open file of a store in a worker. */
export class BridgeFile implements ProviderFile {
  readonly #channel: Channel;
  readonly #number: number;
  declare setStat?: (changes: StatChanges, ctx: Context) => Awaitable<void>;

  constructor(channel: Channel, { number, setStat }: FileInfo) {
    this.#channel = channel;
    this.#number = number;
    if (setStat) this.setStat = (changes, ctx) => this.#send("setStat", [changes], ctx);
  }

  read(into: Uint8Array, position: number, ctx: Context): Awaitable<number> {
    return chain(this.#send<FileRead>("read", [into.length, position], ctx), ({ data, bytesRead }) => {
      into.set(data.subarray(0, bytesRead));
      return bytesRead;
    });
  }

  write(data: Uint8Array, position: number | "end", ctx: Context): Awaitable<void> {
    const copy = new Uint8Array(data);
    return this.#send("write", [copy, position], ctx, [copy.buffer]);
  }

  truncate(size: number, ctx: Context): Awaitable<void> {
    return this.#send("truncate", [size], ctx);
  }

  stat(ctx: Context): Awaitable<Stat> {
    return this.#send("stat", [], ctx);
  }

  sync(options: SyncOptions, ctx: Context): Awaitable<void> {
    return this.#send("sync", [options], ctx);
  }

  close(ctx: Context): Awaitable<void> {
    return this.#send("close", [], ctx);
  }

  #send<T>(
    method: string,
    args: readonly unknown[],
    ctx: Context,
    moved: readonly ArrayBuffer[] = [],
  ): Awaitable<T> {
    return this.#channel.call({ target: "file", number: this.#number, method }, args, ctx, { moved });
  }
}
