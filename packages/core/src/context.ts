import type { Identity } from "./identity.ts";
import type { VPath } from "./path.ts";

/** Who makes a call, and how. It travels with every call, through every layer, into the provider. */
export interface Context {
  /** The caller cannot wait: what needs a promise must fail with `ENOTSUP` before it has done anything. */
  readonly sync: boolean;
  /** Ends the call early with the signal's own reason. */
  readonly signal: AbortSignal | undefined;
  /** On whose behalf, for policy and audit. */
  readonly actor: string | undefined;
  /** Where the caller's `/` lies in the whole. Links cannot lead out of it. */
  readonly root: VPath;
  /** Whose rights the caller has; root's when there is none. */
  readonly identity?: Identity | undefined;
  /** Every mutating call fails with `EROFS`. */
  readonly readOnly: boolean;
  /** Permission bits that new files and directories do not get, `0o022` unless told. */
  readonly umask: number;
  /** The paths had no links on them when they were looked at: one met now was put there since, and ends the call. */
  readonly resolved: boolean;
}

/** The same context for what must be done even if the caller has given up: putting things back, closing. */
export function withoutSignal(ctx: Context): Context {
  return ctx.signal === undefined ? ctx : { ...ctx, signal: undefined };
}
