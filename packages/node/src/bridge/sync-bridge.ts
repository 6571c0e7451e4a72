import { basename } from "node:path";
import { MessageChannel, Worker, type WorkerOptions } from "node:worker_threads";
import { createVfs, isVfsError, VfsError, type Provider, type VfsSync } from "@vfs/core";
import { Channel } from "./channel.ts";
import { bridgeProvider } from "./provider.ts";
import type { Start, StoreInfo } from "./protocol.ts";

// Beside this module, with the ending that this module has: the sources run as they are, too.
const WORKER = new URL(`./worker${import.meta.url.slice(-3)}`, import.meta.url);

export interface SyncBridgeOptions {
  /** Handed to `createProvider`: anything that can be cloned to another thread. */
  readonly data?: unknown;
  /** How long the worker may be silent about a call before that fails with `ETIMEDOUT`; 60,000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** How the thread is started: `execArgv`, `env`, `resourceLimits` and so on, as for `new Worker`. */
  readonly worker?: Omit<WorkerOptions, "workerData" | "transferList" | "eval"> | undefined;
}

/** A store in a thread of its own, for callers that cannot wait. */
export interface SyncBridge extends AsyncDisposable {
  /**
   * The store, to be mounted into any Vfs: whatever waits there, `caps.sync` is true here. A synchronous call sleeps
   * until the worker has answered; an asynchronous one does not block.
   */
  readonly provider: Provider;
  /** The synchronous verbs on the store alone. */
  readonly sync: VfsSync;
  /** How many calls have crossed to the worker so far: each is one round trip. */
  readonly roundTrips: number;
  /** One more store of the same module in the same thread, made by `createProvider(data)`. */
  another(data?: unknown): Promise<Provider>;
  /** Closes the store and ends the thread. What is under way fails with `EIO`. */
  close(): Promise<void>;
}

/**
 * Starts a thread that serves a store which must wait (S3, E2B) to callers that cannot: synchronous ones. The module
 * exports `provider`, or `createProvider(data)`; it runs in the thread, with its own connections.
 *
 * Every call ends: `ETIMEDOUT` when the worker is silent for `timeoutMs`, `EIO` when it has ended, with what it ended
 * of as the `cause`. Errors of the store arrive as they were. The thread does not keep the program alive.
 *
 * @param module Where the module is: `new URL("./store.ts", import.meta.url)`.
 * @throws VfsError `EIO` when the module cannot be loaded or fails to make its store: see the error's `cause`.
 * @example
 * // store.ts: export const createProvider = ({ bucket }) => s3({ bucket, client: new S3Client() });
 * await using bridge = await syncBridge(new URL("./store.ts", import.meta.url), { data: { bucket: "b" } });
 * await vfs.mount("/s3", bridge.provider);
 * vfs.sync.readFile("/s3/a.txt", "utf8");
 */
export async function syncBridge(module: URL, options: SyncBridgeOptions = {}): Promise<SyncBridge> {
  const { data, timeoutMs = 60_000, worker: threadOptions = {} } = options;
  if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs must be more than 0, got ${timeoutMs}`);
  const { port1, port2 } = new MessageChannel();
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const start: Start = { module: module.href, data, port: port2, flags };
  // Not the file itself: a program that is given as text has a flag that it hands down, and that refuses files.
  const thread = new Worker(`import(${JSON.stringify(WORKER.href)})`, {
    name: `bridge to ${basename(module.pathname)}`,
    ...threadOptions,
    workerData: start,
    transferList: [port2],
    eval: true,
  });
  const channel = new Channel(port1, flags, timeoutMs);
  thread.unref();
  thread.once("error", (reason) => channel.end(undefined, reason));
  thread.once("exit", () => channel.end());
  const bridge = new Bridge(thread, channel);
  try {
    return await bridge.start();
  } catch (reason) {
    await bridge.end();
    throw reason;
  }
}

class Bridge {
  readonly #thread: Worker;
  readonly #channel: Channel;
  /** The stores that are not closed, by number. */
  readonly #open = new Map<number, StoreInfo>();
  #closing: Promise<void> | undefined;

  constructor(thread: Worker, channel: Channel) {
    this.#thread = thread;
    this.#channel = channel;
  }

  async start(): Promise<SyncBridge> {
    const channel = this.#channel;
    const provider = await this.#make(channel.provide());
    const close = (): Promise<void> => (this.#closing ??= this.#close());
    return {
      provider,
      sync: createVfs(provider).sync,
      get roundTrips() {
        return channel.calls;
      },
      another: (data) => this.#make(channel.provide({ value: data })),
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  async end(): Promise<void> {
    this.#channel.end("the bridge is closed");
    await this.#thread.terminate();
  }

  async #make(made: Promise<StoreInfo>): Promise<Provider> {
    const info = await made.catch(explain);
    this.#open.set(info.number, info);
    return bridgeProvider(this.#channel, info, () => this.#closeNow(info));
  }

  /** Closes one store, for whoever cannot wait: a Vfs that it is mounted into may be closed synchronously. */
  #closeNow(info: StoreInfo): void {
    const { number } = info;
    if (!this.#open.delete(number)) return;
    try {
      if (mustClose(info, this.#channel))
        this.#channel.call({ target: "store", number, method: "close" }, [], undefined);
    } finally {
      // With the last store goes the thread: whoever closes a Vfs expects nothing to be left of it.
      if (this.#open.size === 0) void this.end();
    }
  }

  async #close(): Promise<void> {
    const all = [...this.#open.values()].filter((info) => mustClose(info, this.#channel));
    this.#open.clear();
    try {
      await Promise.all(all.map(({ number }) => this.#channel.closeStore(number)));
    } finally {
      await this.end();
    }
  }
}

function mustClose({ methods }: StoreInfo, { ended }: Channel): boolean {
  return !ended && methods.includes("close");
}

/** What the module threw may be anything, and name what is nobody's business: it is kept as the cause. */
function explain(reason: unknown): never {
  if (isVfsError(reason)) throw reason;
  throw new VfsError("EIO", { hint: "the module of the bridge made no store: see the cause", cause: reason });
}
