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
  /** The context of the view that this one was made from. */
  readonly outer: Context | undefined;
  /** Every mutating call fails with `EROFS`. */
  readonly readOnly: boolean;
  /** Permission bits that new files and directories do not get, `0o022` unless told. */
  readonly umask: number;
}
