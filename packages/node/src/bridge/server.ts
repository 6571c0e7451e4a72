import type { ByteSource, Bytes, Context, Provider, ProviderFile } from "@vfs/core";
import {
  movable,
  type FileInfo,
  type FileRead,
  type Reply,
  type Request,
  type StoreInfo,
  type WireContext,
} from "./protocol.ts";
import { pack, type WireThrown } from "./wire-errors.ts";

type Call = Extract<Request, { kind: "call" }>;
type Method = (...args: unknown[]) => unknown;
type Chunks = AsyncIterator<Bytes, void, undefined> | Iterator<Bytes, void, undefined>;

/** Sends a reply, with the memory that goes over with it. */
export type Send = (reply: Reply, moved?: readonly ArrayBuffer[]) => void;

/** A call that is under way. */
class Running {
  readonly controller = new AbortController();
  /** Takes the next chunk of the caller's source, which ends with undefined. */
  take: ((chunk: Bytes | undefined) => void) | undefined;
  /** The caller's source has failed. */
  fail: (() => void) | undefined;
  /** What the source fails with here. The caller knows what it was. */
  readonly sourceFailed = new Error("the source of the content failed");
}

/** A stream that is being read, and the call that it came of: to abort that is to abort the stream. */
interface Stream {
  readonly chunks: Chunks;
  readonly controller: AbortController;
}

/** The worker's side of a bridge: makes the calls of the other side on its stores. */
export class Server {
  readonly #send: Send;
  readonly #create: (data: unknown) => Promise<Provider>;
  readonly #stores: Provider[] = [];
  readonly #files = new Map<number, ProviderFile>();
  readonly #streams = new Map<number, Stream>();
  readonly #running = new Map<number, Running>();
  #numbers = 0;

  constructor(send: Send, create: (data: unknown) => Promise<Provider>) {
    this.#send = send;
    this.#create = create;
  }

  /** Does what a request asks for, and answers it later. */
  take(request: Request): void {
    switch (request.kind) {
      case "call":
        return void this.#answer(request.id, (running) => this.#call(request, running));
      case "provide":
        return void this.#answer(request.id, async () => this.#provide(request.data));
      case "chunk":
        return this.#running.get(request.id)?.take?.(request.chunk);
      case "noChunk":
        return this.#running.get(request.id)?.fail?.();
      case "abort":
        return this.#running.get(request.id)?.controller.abort();
      case "forget":
        this.#streams.delete(request.id);
    }
  }

  async #answer(id: number, action: (running: Running) => Promise<unknown>): Promise<void> {
    const running = new Running();
    this.#running.set(id, running);
    try {
      const value = await action(running);
      this.#send({ kind: "answer", id, value }, buffersIn(value));
    } catch (reason) {
      this.#send({ kind: "failure", id, thrown: describe(reason, running) });
    } finally {
      this.#running.delete(id);
    }
  }

  async #provide(data: unknown): Promise<StoreInfo> {
    const provider = await this.#create(data);
    const { name, caps, inodeSpace } = provider;
    const methods = METHODS.filter((method) => typeof provider[method] === "function");
    return { number: this.#stores.push(provider) - 1, name, caps, inodeSpace, methods };
  }

  async #call(call: Call, running: Running): Promise<unknown> {
    const { target, number, method, args } = call;
    if (target === "stream") return this.#next(number, method, running);
    const ctx = contextOf(call.ctx, running);
    if (target === "file") return this.#onFile(number, method, args, ctx);
    const store = this.#stores[number];
    const made = store?.[method as keyof Provider] as Method;
    switch (method) {
      case "open":
        return this.#opened((await made.call(store, ...args, ctx)) as ProviderFile, running);
      case "readStream":
        return this.#streaming((await made.call(store, ...args, ctx)) as ByteSource, running);
      case "writeStream": {
        const [path, options] = args;
        return made.call(store, path, this.#source(call.id, running), options, ctx);
      }
      case "read":
        return movable((await made.call(store, ...args, ctx)) as Bytes);
      default:
        return made.call(store, ...args, ctx);
    }
  }

  async #opened(file: ProviderFile, { controller }: Running): Promise<FileInfo> {
    // Whoever asked has gone meanwhile, and would never close it.
    if (controller.signal.aborted) {
      await file.close(contextOf(undefined, new Running()));
      throw controller.signal.reason;
    }
    const number = this.#numbers++;
    this.#files.set(number, file);
    return { number, setStat: file.setStat !== undefined };
  }

  async #onFile(number: number, method: string, args: readonly unknown[], ctx: Context): Promise<unknown> {
    const file = this.#files.get(number);
    if (method === "close") this.#files.delete(number);
    if (method !== "read")
      return (file?.[method as keyof ProviderFile] as Method | undefined)?.call(file, ...args, ctx);
    const [length, position] = args as [number, number];
    const data = new Uint8Array(length);
    const bytesRead = (await file?.read(data, position, ctx)) ?? 0;
    return { data, bytesRead } satisfies FileRead;
  }

  #streaming(source: ByteSource, { controller }: Running): number {
    const number = this.#numbers++;
    const chunks =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.#streams.set(number, { chunks: chunks as Chunks, controller });
    return number;
  }

  /** The next chunk of a stream, undefined behind the last one and after `return`. */
  async #next(number: number, method: string, { controller }: Running): Promise<Bytes | undefined> {
    const stream = this.#streams.get(number);
    if (stream === undefined) return undefined;
    if (method === "return") {
      this.#streams.delete(number);
      await stream.chunks.return?.();
      return undefined;
    }
    const { signal } = controller;
    signal.addEventListener("abort", () => stream.controller.abort(signal.reason));
    try {
      const step = await stream.chunks.next();
      if (step.value !== undefined) return movable(step.value);
    } catch (reason) {
      this.#streams.delete(number);
      throw reason;
    }
    this.#streams.delete(number);
    return undefined;
  }

  /** The caller's source, each chunk asked for when the store wants it. */
  async *#source(id: number, running: Running): AsyncGenerator<Bytes, void, undefined> {
    for (;;) {
      const chunk = await new Promise<Bytes | undefined>((resolve, reject) => {
        running.take = resolve;
        running.fail = () => reject(running.sourceFailed);
        this.#send({ kind: "pull", id });
      });
      if (chunk === undefined) return;
      yield chunk;
    }
  }
}

const METHODS = [
  "stat",
  "read",
  "list",
  "write",
  "mkdir",
  "remove",
  "open",
  "append",
  "truncate",
  "patch",
  "rename",
  "copy",
  "setStat",
  "symlink",
  "readlink",
  "link",
  "readStream",
  "writeStream",
  "find",
  "changes",
  "usage",
  "statfs",
  "flush",
  "close",
] as const satisfies readonly (keyof Provider)[];

/**
 * Fails to compile when a method of the interface is not in the list. Four do not cross: `scan` and `writeMany` would
 * bring the memory of many files at a time, `watch` what it happens to come by, and `snapshots` stores of their own. Core
 * makes up for the first three (see `bridgeProvider`), and `@vfs/snapshot` for the fourth.
 */
type Forgotten = Exclude<
  keyof Provider,
  (typeof METHODS)[number] | "scan" | "writeMany" | "watch" | "snapshots" | "name" | "caps" | "inodeSpace"
>;
const NONE_FORGOTTEN: [Forgotten] extends [never] ? true : Forgotten = true;

const NOBODY: WireContext = {
  actor: undefined,
  root: "/" as Context["root"],
  readOnly: false,
  umask: 0o022,
  resolved: false,
};

function contextOf(ctx: WireContext | undefined, { controller }: Running): Context {
  return { ...(ctx ?? NOBODY), sync: !NONE_FORGOTTEN, signal: controller.signal };
}

/** What the caller has at hand itself is only named: why it gave up, and what its source failed with. */
function describe(reason: unknown, { controller, sourceFailed }: Running): WireThrown {
  if (reason === sourceFailed) return { kind: "source" };
  // Node's own and the SDKs end with an error of theirs that has this name.
  const { aborted, reason: given } = controller.signal;
  if (aborted && (reason === given || (reason as Error | undefined)?.name === "AbortError"))
    return { kind: "aborted" };
  return pack(reason);
}

function buffersIn(value: unknown): ArrayBuffer[] {
  if (value instanceof Uint8Array) return [value.buffer as ArrayBuffer];
  const data = (value as Partial<FileRead> | undefined)?.data;
  return data instanceof Uint8Array ? [data.buffer] : [];
}
