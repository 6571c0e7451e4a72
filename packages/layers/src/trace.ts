import {
  isLinkMet,
  isPromiseLike,
  isVfsError,
  type AnyCall,
  type Awaitable,
  type ByteSource,
  type Layer,
} from "@vfs/core";
import { isKnown } from "./known.ts";
import { isSource, tap, type Thrown } from "./source.ts";

/** One operation that is over. */
export interface TraceEvent {
  /** The name of the operation: one of `OPERATIONS`. */
  readonly op: string;
  /** From the root of everything, links followed. */
  readonly path: string;
  readonly to?: string | undefined;
  /** What the mount's layers see paths relative to; `/` for a trace of the whole Vfs. */
  readonly mount: string;
  readonly actor?: string | undefined;
  /** When it began: milliseconds since 1970. */
  readonly timeMs: number;
  /** How long it took; a stream to its end. */
  readonly durationMs: number;
  /** Bytes of content that were read or written, where there was any. */
  readonly bytes?: number | undefined;
  /** `ok`, a POSIX code, `aborted`, or `error` for what no file system says. */
  readonly outcome: string;
  /** What was thrown. */
  readonly error?: unknown;
}

export interface TraceOptions {
  /** Is told of each operation when it is over. What it throws is not the operation's affair: it surfaces by itself. */
  readonly onEvent: (event: TraceEvent) => void;
  /** A time that never goes back, in milliseconds; `performance.now` unless told. */
  readonly monotonicMs?: (() => number) | undefined;
}

/**
 * Tells of each operation: what, on which path, for whom, how many bytes, how long and how it ended. A stream is one
 * operation, which is over when the stream is; one that nobody reads is not told of. A call that meets a symbolic link
 * is told of once, where it came to in the end.
 *
 * @example
 * createVfs(store, { layers: [trace({ onEvent: (event) => log.info(event) })] });
 */
export function trace({ onEvent, monotonicMs = () => performance.now() }: TraceOptions): Layer {
  if (typeof onEvent !== "function")
    throw new TypeError("trace needs onEvent: a function that takes an event");
  return {
    name: "trace",
    slot: "trace",
    passesMany: true,
    handle(call, next) {
      const span = new Span(call, onEvent, monotonicMs);
      let result: Awaitable<unknown>;
      try {
        result = next(span.observed(call));
      } catch (thrown) {
        throw span.failed(thrown);
      }
      if (!isPromiseLike(result)) return span.answered(result);
      return result.then(
        (value) => span.answered(value),
        (thrown: unknown) => {
          throw span.failed(thrown);
        },
      );
    },
  };
}

/** An operation under way. */
class Span {
  readonly #call: AnyCall;
  readonly #onEvent: TraceOptions["onEvent"];
  readonly #clock: () => number;
  readonly #timeMs = Date.now();
  readonly #begunMs: number;
  #bytes: number | undefined;

  constructor(call: AnyCall, onEvent: TraceOptions["onEvent"], clock: () => number) {
    this.#call = call;
    this.#onEvent = onEvent;
    this.#clock = clock;
    this.#begunMs = clock();
  }

  /** The call, with its source counted. */
  observed(call: AnyCall): AnyCall {
    if (call.op !== "writeStream") return call;
    this.#bytes = 0;
    return call.with({ args: { ...call.args, source: this.#counted(call.args.source) } });
  }

  /** What came of it, which is not over yet when it is a stream. */
  answered(value: unknown): unknown {
    if (this.#call.op === "readStream" || (!isKnown(this.#call) && isSource(value))) {
      this.#bytes = 0;
      return this.#counted(value as ByteSource, (thrown) => this.#tell(thrown));
    }
    this.#bytes ??= bytesOf(this.#call, value);
    this.#tell();
    return value;
  }

  /** Returns what was thrown. A met link is none of the ends that an operation can come to. */
  failed(thrown: unknown): unknown {
    if (!isLinkMet(thrown)) this.#tell({ reason: thrown });
    return thrown;
  }

  #counted(source: ByteSource, ended?: (thrown?: Thrown) => void): ByteSource {
    return tap(source, {
      chunk: ({ length }) => {
        this.#bytes = (this.#bytes ?? 0) + length;
      },
      ended,
    });
  }

  #tell(thrown?: Thrown): void {
    const { op, globalPath: path, globalTo: to, mountPath: mount, ctx } = this.#call;
    const event: TraceEvent = {
      op,
      path,
      to,
      mount,
      actor: ctx.actor,
      timeMs: this.#timeMs,
      durationMs: this.#clock() - this.#begunMs,
      bytes: this.#bytes,
      outcome: thrown === undefined ? "ok" : outcomeOf(thrown.reason, ctx.signal),
      error: thrown?.reason,
    };
    try {
      this.#onEvent(event);
    } catch (reason) {
      queueMicrotask(() => {
        throw reason;
      });
    }
  }
}

/** How many bytes of content an answer has. */
function bytesOf({ op, args }: AnyCall, value: unknown): number | undefined {
  if ("data" in args) return args.data.length;
  if (op === "writeMany") return args.entries.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
  if (op === "read" && value instanceof Uint8Array) return value.length;
  if (op === "file.read") return value as number;
  if (op !== "scan") return undefined;
  const { items } = value as { items: readonly { data?: Uint8Array }[] };
  return items.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
}

function outcomeOf(reason: unknown, signal: AbortSignal | undefined): string {
  if (isVfsError(reason)) return reason.code;
  return signal?.aborted === true && signal.reason === reason ? "aborted" : "error";
}

/**
 * An event as attributes of an OpenTelemetry span or metric, in the names of its conventions where they have one; the
 * span's name is `vfs.` and the operation.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/
 *
 * @example
 * tracer.startSpan(`vfs.${event.op}`, { startTime: event.timeMs, attributes: spanAttributes(event) })
 *   .end(event.timeMs + event.durationMs);
 */
export function spanAttributes(event: TraceEvent): Record<string, string | number> {
  const { op, path, to, mount, actor, bytes, outcome, error } = event;
  const attributes: Record<string, string | number> = {
    "vfs.operation": op,
    "vfs.mount": mount,
    "vfs.outcome": outcome,
    "file.path": path,
  };
  if (to !== undefined) attributes["vfs.to"] = to;
  if (actor !== undefined) attributes["enduser.id"] = actor;
  if (bytes !== undefined) attributes["vfs.bytes"] = bytes;
  if (outcome !== "ok") attributes["error.type"] = outcome;
  if (isVfsError(error) && error.hint !== undefined) attributes["vfs.hint"] = error.hint;
  return attributes;
}
