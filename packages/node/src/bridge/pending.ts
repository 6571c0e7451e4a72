import { VfsError, type Bytes, type ByteSource, type Context } from "@vfs/core";
import { unpack, type WireThrown } from "./wire-errors.ts";

/** How a call ended. */
export type Outcome = { readonly value: unknown } | { readonly thrown: unknown };

type Chunks = Iterator<Bytes, unknown, undefined> | AsyncIterator<Bytes, unknown, undefined>;
type Step = IteratorResult<Bytes, unknown>;

/** How long a worker may be silent about a call, who may end it, and the content that it brings. */
export interface PendingOptions {
  readonly timeoutMs: number;
  readonly ctx?: Context | undefined;
  readonly source?: ByteSource | undefined;
}

/** A call that the worker has not answered yet. */
export class Pending {
  readonly id: number;
  readonly method: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  outcome: Outcome | undefined;
  /** Called with the outcome, where somebody waits for it in a promise. */
  tell: (() => void) | undefined;
  readonly #source: ByteSource | undefined;
  /** What the source gives, from when the worker first asked for it: one that is refused must not have been read. */
  #chunks: Chunks | undefined;
  /** What the source failed with. */
  #sourceError: unknown;
  #heardMs: number = performance.now();

  constructor(id: number, method: string, { timeoutMs, ctx, source }: PendingOptions) {
    if (ctx?.sync && source !== undefined && !(Symbol.iterator in source)) throw mustWait();
    this.id = id;
    this.method = method;
    this.timeoutMs = timeoutMs;
    this.signal = ctx?.signal;
    this.#source = source;
  }

  /** How long the worker may still be silent. */
  get leftMs(): number {
    return this.#heardMs + this.timeoutMs - performance.now();
  }

  /** The worker goes on with this call. */
  heard(): void {
    this.#heardMs = performance.now();
  }

  settle(outcome: Outcome): void {
    this.outcome = outcome;
    // A source that was not read to its end holds something open.
    if (this.#chunks !== undefined) quietly(this.#chunks);
    this.tell?.();
  }

  fail(wire: WireThrown): void {
    if (wire.kind === "aborted") this.settle({ thrown: this.signal?.reason });
    else this.settle({ thrown: wire.kind === "source" ? this.#sourceError : unpack(wire) });
  }

  /** The value, or what was thrown. */
  get result(): unknown {
    const { outcome } = this;
    if (outcome === undefined || "thrown" in outcome) throw outcome?.thrown;
    return outcome.value;
  }

  /** Hands the next chunk of the content to `send`, undefined behind the last; or calls `fail`. */
  nextChunk(send: (chunk: Bytes | undefined) => void, fail: () => void): void {
    const failed = (reason: unknown): void => {
      this.#sourceError = reason;
      fail();
    };
    const taken = (step: Step): void => {
      this.heard();
      // The caller's chunk may be a part of something, or be filled again.
      send(step.done === true ? undefined : new Uint8Array(step.value));
    };
    try {
      const step = this.#next();
      if ("then" in step) void step.then(taken).catch(failed);
      else taken(step);
    } catch (reason) {
      failed(reason);
    }
  }

  #next(): Step | Promise<Step> {
    if (this.#source === undefined) return { done: true, value: undefined };
    this.#chunks ??= chunksOf(this.#source);
    return this.#chunks.next();
  }
}

function chunksOf(source: ByteSource): Chunks {
  return Symbol.iterator in source ? source[Symbol.iterator]() : source[Symbol.asyncIterator]();
}

function mustWait(): VfsError {
  const hint = "this source must wait: use the asynchronous call";
  return new VfsError("ENOTSUP", { reason: "unsupported", hint });
}

function quietly(chunks: Chunks): void {
  try {
    void Promise.resolve(chunks.return?.()).catch(() => undefined);
  } catch {
    // Whoever reads no more does not care how the end went.
  }
}
