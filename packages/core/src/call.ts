import type { Awaitable } from "./awaitable.ts";
import type { Context } from "./context.ts";
import type { OpenFile } from "./open-file.ts";
import { OPERATIONS, type Operations, type OpName } from "./operations.ts";
import { addPrefix, ROOT, type VPath } from "./path.ts";

/** What may differ between a call and the one made from it. */
export interface CallChanges<K extends OpName> {
  readonly path?: VPath;
  readonly to?: VPath | undefined;
  readonly args?: Operations[K]["args"];
  readonly ctx?: Context;
  readonly mountPath?: VPath;
}

/** One operation on its way through the door: what, on which path, with what, for whom. */
export class Call<K extends OpName = OpName> {
  readonly op: K;
  /** In a layer of a mount: relative to the mount. In a layer of the root: from the root of everything. */
  readonly path: VPath;
  /** The second path, of `rename`, `copy` and `link`. */
  readonly to: VPath | undefined;
  readonly args: Operations[K]["args"];
  readonly ctx: Context;
  /** The open file of a `file.*` operation: `path` is where it lies by now. */
  readonly file: OpenFile | undefined;
  /** What `path` and `to` are relative to. */
  readonly mountPath: VPath;

  constructor(
    op: K,
    path: VPath,
    to: VPath | undefined,
    args: Operations[K]["args"],
    ctx: Context,
    file?: OpenFile,
    mountPath: VPath = ROOT,
  ) {
    this.op = op;
    this.path = path;
    this.to = to;
    this.args = args;
    this.ctx = ctx;
    this.file = file;
    this.mountPath = mountPath;
  }

  /** A call like this one but for `changes`. */
  with(changes: CallChanges<K>): this {
    const {
      path = this.path,
      to = this.to,
      args = this.args,
      ctx = this.ctx,
      mountPath = this.mountPath,
    } = changes;
    return new Call(this.op, path, to, args, ctx, this.file, mountPath) as this;
  }

  /** `path` from the root of everything. */
  get globalPath(): VPath {
    return addPrefix(this.path, this.mountPath);
  }

  /** `to` from the root of everything. */
  get globalTo(): VPath | undefined {
    return this.to === undefined ? undefined : addPrefix(this.to, this.mountPath);
  }
}

/** Any call, as a union that `call.op` tells apart. */
export type AnyCall = { [K in OpName]: Call<K> }[OpName];

/** Sends a call on and answers with the operation's result. */
export type Next = <K extends OpName>(call: Call<K>) => Awaitable<Operations[K]["result"]>;

/** Whether a call may change something, at `path` or at `to`. */
export function mutates(call: Call): boolean {
  const { access, toAccess } = OPERATIONS[call.op];
  if (access === "byFlags") {
    const { flags } = (call as Call<"open">).args;
    return flags.write || flags.create || flags.truncate;
  }
  return access === "write" || toAccess === "write";
}

/** Whether a call concerns what lies below `path` too. */
export function reachesTree(call: Call): boolean {
  const { reach } = OPERATIONS[call.op];
  return (
    reach === "tree" || (reach === "recursive" && (call.args as { recursive?: boolean }).recursive === true)
  );
}

/** Whether a link at the end of `path` is followed. */
export function followsLast(call: Call): boolean {
  const args = call.args as { follow?: boolean; ifNoneMatch?: string; flags?: { exclusive: boolean } };
  switch (OPERATIONS[call.op].follows) {
    case "always":
      return true;
    case "never":
      return false;
    case "option":
      return args.follow === true;
    case "unlessNew":
      return args.ifNoneMatch === undefined && args.flags?.exclusive !== true;
  }
}
