import {
  attempt,
  chain,
  isLinkMet,
  isVfsError,
  VfsError,
  type AnyCall,
  type Awaitable,
  type Call,
  type Layer,
  type Next,
  type Provider,
} from "@vfs/core";
import { hasher, type AuditHead, type AuditKey } from "./chain.ts";
import { LogWriter } from "./log-writer.ts";

/** Where a log is kept: best in a store of its own, that those who are watched do not reach. */
export interface AuditSink {
  readonly provider: Provider;
  readonly path: string;
}

export interface AuditOptions {
  /**
   * Makes the hashes with a secret of at least 16 bytes, so that nobody without it can write a chain that holds. Without
   * one, whoever may write the log may write it anew.
   */
  readonly key?: AuditKey | undefined;
  /** Which calls are written down; all unless told. */
  readonly include?: ((call: AnyCall) => boolean) | undefined;
  /** Each batch survives a loss of power. */
  readonly durable?: boolean | undefined;
  /** So many entries may wait while the log cannot be written, 10,000 unless told; then calls are refused with `EIO`. */
  readonly maxWaiting?: number | undefined;
}

/** A layer that writes down what passes. */
export interface AuditLayer extends Layer {
  /**
   * Returns when everything so far is in the log.
   *
   * @throws VfsError as the log's store says; `EIO` when the log ends in what is no entry of it.
   */
  flush(): Promise<void>;
  /** Where the log ends. Kept elsewhere, it lets `verifyAudit` find that the end was cut off. */
  head(): Promise<AuditHead>;
}

const USUAL_WAITING = 10_000;

/**
 * Writes every call down when it has ended, refused ones too: a line of JSON each, with the hash of the line before. Calls
 * do not wait for that; what comes while a batch is written goes into the next. A log that is there is gone on with. One
 * writer a log.
 *
 * @example
 * const log = audit({ provider: local({ root: "/var/log/app" }), path: "/audit.jsonl" }, { key });
 * const vfs = createVfs(memory(), { layers: [log, secure("strict")] });
 *
 * @throws TypeError for a key of less than 16 bytes.
 */
export function audit({ provider, path }: AuditSink, options: AuditOptions = {}): AuditLayer {
  const { key, include, durable = false, maxWaiting = USUAL_WAITING } = options;
  const writer = new LogWriter(provider, path, hasher(key), durable);
  const note = (call: AnyCall, outcome: string, bytes?: number, why?: string): void =>
    writer.add({
      timeMs: Date.now(),
      op: call.op,
      path: call.globalPath,
      to: call.globalTo,
      actor: call.ctx.actor,
      outcome,
      bytes,
      why,
    });
  const failed = (call: AnyCall, reason: unknown): never => {
    const why = isVfsError(reason) ? reason.hint : undefined;
    note(call, outcomeOf(call, reason), undefined, why);
    throw reason;
  };
  const handle = (call: AnyCall, next: Next): Awaitable<unknown> => {
    if (include?.(call) === false) return next(call as Call);
    if (writer.stuck >= maxWaiting) throw unwritten();
    return attempt(
      () =>
        chain(next(call as Call), (value: unknown) => {
          note(call, "ok", bytesOf(call, value));
          return value;
        }),
      (reason) => failed(call, reason),
    );
  };
  return {
    name: "audit",
    slot: "trace",
    handle,
    flush: () => writer.flush(),
    head: () => writer.head(),
    close: () => writer.flush(),
  };
}

function unwritten(): VfsError {
  return new VfsError("EIO", {
    retryable: true,
    hint: "the audit log cannot be written, and no more entries can wait",
  });
}

function outcomeOf({ ctx }: AnyCall, reason: unknown): string {
  if (isLinkMet(reason)) return "link";
  if (isVfsError(reason)) return reason.code;
  return ctx.signal?.aborted === true ? "aborted" : "failed";
}

function bytesOf(call: AnyCall, result: unknown): number | undefined {
  if (result instanceof Uint8Array) return result.length;
  if (call.op === "file.read") return result as number;
  const { data } = call.args as { readonly data?: unknown };
  return data instanceof Uint8Array ? data.length : undefined;
}
