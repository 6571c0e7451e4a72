import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { VfsError, type Awaitable, type Bytes, type ByteSource, type Context } from "@vfs/core";
import { ENDED, MESSAGES, type Reply, type Request, type Target, type WireContext } from "./protocol.ts";
import { unpack, type WireThrown } from "./wire-errors.ts";

// To load a module takes its time, however fast its store answers then.
const START_MS = 60_000;

type Outcome = { readonly value: unknown } | { readonly thrown: unknown };

/** A call that has not been answered yet. */
class Pending {
  readonly id: number;
  readonly method: string;
  readonly signal: AbortSignal | undefined;
  readonly source: ByteSource | undefined;
  /** What the source gives, from when the worker first asked for it. */
  chunks: Chunks | undefined;
  outcome: Outcome | undefined;
  readonly timeoutMs: number;
  /** When the worker was last heard of this call. */
  heardMs: number = performance.now();
  /** What the source of the content failed with. */
  sourceError: unknown;
  /** Called with the outcome, where somebody waits for it in a promise. */
  tell: (() => void) | undefined;

  constructor(id: number, method: string, timeoutMs: number, signal?: AbortSignal, source?: ByteSource) {
    this.id = id;
    this.timeoutMs = timeoutMs;
    this.method = method;
    this.signal = signal;
    this.source = source;
  }
}

type Chunks = Iterator<Bytes, unknown, undefined> | AsyncIterator<Bytes, unknown, undefined>;

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
  readonly #timeoutMs: number;
  readonly #port: MessagePort;
  readonly #flags: Int32Array<SharedArrayBuffer>;
  readonly #pending = new Map<number, Pending>();
  /** How many callers wait in promises: as long as there are some, the program must not end. */
  #waiting = 0;
  #ended: VfsError | undefined;
  #dying: WireThrown | undefined;

  constructor(port: MessagePort, flags: Int32Array<SharedArrayBuffer>, timeoutMs: number) {
    this.#port = port;
    this.#flags = flags;
    this.#timeoutMs = timeoutMs;
    port.on("message", (reply: Reply) => this.#take(reply));
    port.unref();
  }

  /** Calls a method of a store, a file or a stream in the worker. */
  call<T>(
    callee: Callee,
    args: readonly unknown[],
    ctx: Context | undefined,
    options: CallOptions = {},
  ): Awaitable<T> {
    const { moved = [], source } = options;
    const pending = this.#start(callee.method, this.#timeoutMs, ctx, source);
    this.#post({ kind: "call", id: pending.id, ...callee, args, ctx: ctx && wireContext(ctx) }, moved);
    return (ctx?.sync ?? true) ? (this.#sleep(pending) as T) : (this.#promise(pending) as Promise<T>);
  }

  /** Waits for a store to be made: the one that the worker makes at its start, or one more of `data`. */
  async provide<T>(data?: { readonly value: unknown }): Promise<T> {
    const pending = this.#start("createProvider", Math.max(START_MS, this.#timeoutMs));
    if (data !== undefined) this.#post({ kind: "provide", id: pending.id, data: data.value });
    return (await this.#promise(pending)) as T;
  }

  /** Lets the worker forget a stream that nobody began to read. */
  forget(number: number): void {
    if (this.#ended === undefined) this.#port.postMessage({ kind: "forget", number } satisfies Request);
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
    for (const pending of [...this.#pending.values()]) this.#settle(pending, { thrown: this.#gone() });
  }

  #start(method: string, timeoutMs: number, ctx?: Context, source?: ByteSource): Pending {
    if (this.#ended !== undefined) throw this.#gone();
    ctx?.signal?.throwIfAborted();
    if (ctx?.sync && source !== undefined && !(Symbol.iterator in source)) throw mustWait();
    const pending = new Pending(this.calls++, method, timeoutMs, ctx?.signal, source);
    this.#pending.set(pending.id, pending);
    return pending;
  }

  #post(request: Request, moved: readonly ArrayBuffer[] = []): void {
    try {
      this.#port.postMessage(request, [...moved]);
    } catch (reason) {
      this.#pending.delete(request.kind === "forget" ? -1 : request.id);
      throw reason;
    }
  }

  #sleep(pending: Pending): unknown {
    while (pending.outcome === undefined) this.#doze(pending);
    return resultOf(pending.outcome);
  }

  /** Takes what has come, or sleeps until something comes. */
  #doze(pending: Pending): void {
    const seen = Atomics.load(this.#flags, MESSAGES);
    if (this.#drain() > 0) return;
    if (Atomics.load(this.#flags, ENDED) === 1) return this.end();
    const leftMs = pending.heardMs + pending.timeoutMs - performance.now();
    if (leftMs <= 0) return this.#giveUp(pending);
    Atomics.wait(this.#flags, MESSAGES, seen, leftMs);
  }

  #drain(): number {
    for (let count = 0; ; count++) {
      const received = receiveMessageOnPort(this.#port) as { message: Reply } | undefined;
      if (received === undefined) return count;
      this.#take(received.message);
    }
  }

  async #promise(pending: Pending): Promise<unknown> {
    const abort = (): void => this.#post({ kind: "abort", id: pending.id });
    pending.signal?.addEventListener("abort", abort);
    if (this.#waiting++ === 0) this.#port.ref();
    const clock = this.#watch(pending);
    try {
      await new Promise<void>((resolve) => {
        pending.tell = resolve;
        if (pending.outcome !== undefined) resolve();
      });
      return resultOf(pending.outcome);
    } finally {
      clearInterval(clock);
      if (--this.#waiting === 0) this.#port.unref();
      pending.signal?.removeEventListener("abort", abort);
    }
  }

  #watch(pending: Pending): NodeJS.Timeout {
    const look = (): void => {
      if (performance.now() - pending.heardMs >= pending.timeoutMs) this.#giveUp(pending);
    };
    return setInterval(look, Math.max(1, Math.min(pending.timeoutMs / 4, 1000)));
  }

  #giveUp(pending: Pending): void {
    this.#post({ kind: "abort", id: pending.id });
    const { method, timeoutMs } = pending;
    const hint = READING.has(method)
      ? `no answer within ${timeoutMs} ms`
      : `no answer within ${timeoutMs} ms: it may have been done all the same`;
    const retryable = READING.has(method);
    this.#settle(pending, { thrown: new VfsError("ETIMEDOUT", { reason: "transient", retryable, hint }) });
  }

  #take(reply: Reply): void {
    if (reply.kind === "dying") {
      this.#dying = reply.thrown;
      return;
    }
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    pending.heardMs = performance.now();
    if (reply.kind === "pull") return this.#supply(pending);
    this.#settle(
      pending,
      reply.kind === "answer" ? { value: reply.value } : { thrown: thrownBy(reply.thrown, pending) },
    );
  }

  #settle(pending: Pending, outcome: Outcome): void {
    if (!this.#pending.delete(pending.id)) return;
    pending.outcome = outcome;
    // A source that was not read to its end holds something open.
    if (pending.chunks !== undefined) quietly(pending.chunks);
    pending.tell?.();
  }

  /** Sends the next chunk of the content. */
  #supply(pending: Pending): void {
    const { id } = pending;
    const failed = (reason: unknown): void => {
      pending.sourceError = reason;
      this.#postLate({ kind: "noChunk", id });
    };
    const send = (step: IteratorResult<Bytes, unknown>): void => {
      pending.heardMs = performance.now();
      const chunk = step.done === true ? undefined : new Uint8Array(step.value);
      this.#postLate({ kind: "chunk", id, chunk }, chunk && [chunk.buffer]);
    };
    try {
      if (pending.source === undefined) return;
      pending.chunks ??= chunksOf(pending.source);
      const step = pending.chunks.next();
      if (step instanceof Promise || "then" in step) void Promise.resolve(step).then(send).catch(failed);
      else send(step);
    } catch (reason) {
      failed(reason);
    }
  }

  /** For what comes of itself: the channel may have ended before. */
  #postLate(request: Request, moved?: readonly ArrayBuffer[]): void {
    if (this.#ended === undefined) this.#post(request, moved);
  }

  /** A new error each time: core writes the caller's path into it. */
  #gone(): VfsError {
    const { hint, cause } = this.#ended as VfsError;
    return new VfsError("EIO", { hint, cause });
  }
}

const READING: ReadonlySet<string> = new Set([
  "stat",
  "read",
  "list",
  "readlink",
  "readStream",
  "next",
  "usage",
]);

function wireContext({ actor, root, readOnly, umask, resolved }: Context): WireContext {
  return { actor, root, readOnly, umask, resolved };
}

function resultOf(outcome: Outcome | undefined): unknown {
  if (outcome === undefined || "thrown" in outcome) throw outcome?.thrown;
  return outcome.value;
}

function thrownBy(wire: WireThrown, { signal, sourceError }: Pending): unknown {
  if (wire.kind === "aborted") return signal?.reason;
  return wire.kind === "source" ? sourceError : unpack(wire);
}

function chunksOf(source: ByteSource): Chunks {
  return Symbol.iterator in source ? source[Symbol.iterator]() : source[Symbol.asyncIterator]();
}

function mustWait(): VfsError {
  return new VfsError("ENOTSUP", {
    reason: "unsupported",
    hint: "this source must wait: use the asynchronous call",
  });
}

function quietly(chunks: Chunks): void {
  try {
    void Promise.resolve(chunks.return?.()).catch(() => undefined);
  } catch {
    // Whoever reads no more does not care how the end went.
  }
}
