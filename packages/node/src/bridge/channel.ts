import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { VfsError, type Awaitable, type ByteSource, type Context } from "@vfs/core";
import { Pending, type PendingOptions } from "./pending.ts";
import { ENDED, MESSAGES, type Reply, type Request, type Target, type WireContext } from "./protocol.ts";
import { unpack, type WireThrown } from "./wire-errors.ts";

// To load a module takes its time, however fast its store answers then.
const START_MS = 60_000;

// How often a call that nobody sleeps for is looked at.
const LOOK_MS = 1000;

/** What is called, beside its arguments. */
export interface Callee {
  readonly target: Target;
  readonly number: number;
  readonly method: string;
}

/** How a call is made: what moves over with it, and the content that the worker pulls. */
export interface CallOptions {
  readonly moved?: readonly ArrayBuffer[];
  readonly source?: ByteSource;
}

/**
 * The caller's side of a bridge. A synchronous call sleeps until the worker has answered; others get a promise. Both
 * go over one port, so that their order is kept.
 */
export class Channel {
  /** How many calls have been made. */
  calls = 0;
  readonly #port: MessagePort;
  readonly #flags: Int32Array<SharedArrayBuffer>;
  readonly #timeoutMs: number;
  readonly #pending = new Map<number, Pending>();
  #ended: VfsError | undefined;
  #dying: WireThrown | undefined;

  constructor(port: MessagePort, flags: Int32Array<SharedArrayBuffer>, timeoutMs: number) {
    this.#port = port;
    this.#flags = flags;
    this.#timeoutMs = timeoutMs;
    port.on("message", (reply: Reply) => this.#take(reply));
    port.unref();
  }

  /** Calls a method of a store, a file or a stream in the worker. Without a context the caller sleeps. */
  call<T>(
    callee: Callee,
    args: readonly unknown[],
    ctx: Context | undefined,
    { moved, source }: CallOptions = {},
  ): Awaitable<T> {
    const pending = this.#start(callee.method, { timeoutMs: this.#timeoutMs, ctx, source });
    this.#post({ kind: "call", id: pending.id, ...callee, args, ctx: ctx && wireContext(ctx) }, moved);
    return ctx?.sync === false ? (this.#promise(pending) as Promise<T>) : (this.#sleep(pending) as T);
  }

  /** Waits for a store to be made: the one that the worker makes at its start, or one more of `data`. */
  async provide<T>(data?: { readonly value: unknown }): Promise<T> {
    const pending = this.#start("createProvider", { timeoutMs: Math.max(START_MS, this.#timeoutMs) });
    if (data !== undefined) this.#post({ kind: "provide", id: pending.id, data: data.value });
    return (await this.#promise(pending)) as T;
  }

  /** Closes a store, without sleeping. */
  async closeStore(number: number): Promise<void> {
    const callee = { target: "store", number, method: "close" } as const;
    const pending = this.#start(callee.method, { timeoutMs: this.#timeoutMs });
    this.#post({ kind: "call", id: pending.id, ...callee, args: [], ctx: undefined });
    await this.#promise(pending);
  }

  /** Lets the worker forget a stream that nobody began to read. */
  forget(number: number): void {
    this.#post({ kind: "forget", id: number });
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Fails what is under way, and everything from now on. */
  end(hint = "the worker of the bridge has ended", cause?: unknown): void {
    if (this.#ended !== undefined) return;
    const known = cause ?? (this.#dying === undefined ? undefined : unpack(this.#dying));
    this.#ended = new VfsError("EIO", { hint, cause: known });
    this.#port.close();
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of all) pending.settle({ thrown: this.#gone() });
  }

  #start(method: string, options: PendingOptions): Pending {
    if (this.#ended !== undefined) throw this.#gone();
    options.ctx?.signal?.throwIfAborted();
    const pending = new Pending(this.calls, method, options);
    this.calls++;
    this.#pending.set(pending.id, pending);
    return pending;
  }

  #post(request: Request, moved: readonly ArrayBuffer[] = []): void {
    if (this.#ended !== undefined) return;
    try {
      this.#port.postMessage(request, moved as ArrayBuffer[]);
    } catch (reason) {
      this.#pending.delete(request.id);
      throw reason;
    }
  }

  #sleep(pending: Pending): unknown {
    while (pending.outcome === undefined) this.#doze(pending);
    return pending.result;
  }

  /** Takes what has come, or sleeps until something comes. */
  #doze(pending: Pending): void {
    const seen = Atomics.load(this.#flags, MESSAGES);
    if (this.#drain() > 0) return;
    if (Atomics.load(this.#flags, ENDED) === 1) return this.end();
    const { leftMs } = pending;
    if (leftMs <= 0) this.#giveUp(pending);
    else Atomics.wait(this.#flags, MESSAGES, seen, leftMs);
  }

  #drain(): number {
    for (let count = 0; ; count++) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return count;
      this.#take(received.message);
    }
  }

  async #promise(pending: Pending): Promise<unknown> {
    const { signal, timeoutMs } = pending;
    const abort = (): void => this.#post({ kind: "abort", id: pending.id });
    const look = (): void => {
      if (pending.leftMs <= 0) this.#giveUp(pending);
    };
    signal?.addEventListener("abort", abort);
    // It also keeps the program from ending before the answer has come.
    const clock = setInterval(look, Math.min(timeoutMs / 4, LOOK_MS));
    try {
      await new Promise<void>((resolve) => {
        pending.tell = resolve;
        if (pending.outcome !== undefined) resolve();
      });
      return pending.result;
    } finally {
      clearInterval(clock);
      signal?.removeEventListener("abort", abort);
    }
  }

  #giveUp(pending: Pending): void {
    const { id, method, timeoutMs } = pending;
    this.#post({ kind: "abort", id });
    this.#pending.delete(id);
    const retryable = READING.has(method);
    const silent = `no answer within ${timeoutMs} ms`;
    const hint = retryable ? silent : `${silent}: it may have been done all the same`;
    pending.settle({ thrown: new VfsError("ETIMEDOUT", { reason: "transient", retryable, hint }) });
  }

  #take(reply: Reply): void {
    if (reply.kind === "dying") {
      this.#dying = reply.thrown;
      return;
    }
    const { id } = reply;
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    pending.heard();
    if (reply.kind === "pull")
      return pending.nextChunk(
        (chunk) => this.#post({ kind: "chunk", id, chunk }, chunk && [chunk.buffer]),
        () => this.#post({ kind: "noChunk", id }),
      );
    this.#pending.delete(id);
    if (reply.kind === "answer") pending.settle({ value: reply.value });
    else pending.fail(reply.thrown);
  }

  /** A new error each time: core writes the caller's path into it. */
  #gone(): VfsError {
    const { hint, cause } = this.#ended as VfsError;
    return new VfsError("EIO", { hint, cause });
  }
}

/** What can be asked again without harm. */
const READING: ReadonlySet<string> = new Set([
  "stat",
  "read",
  "list",
  "readlink",
  "readStream",
  "find",
  "usage",
  "statfs",
]);

/** All but what belongs to this thread: what a caller may not do must not be lost on the way. */
function wireContext(ctx: Context): WireContext {
  const wire: { -readonly [K in keyof Context]?: Context[K] } & WireContext = { ...ctx };
  delete wire.signal;
  delete wire.sync;
  return wire;
}
