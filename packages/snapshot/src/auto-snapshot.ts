import {
  Call,
  mutates,
  unsupported,
  type AnyCall,
  type Awaitable,
  type Layer,
  type Next,
  type OpName,
} from "@vfs/core";
import type { Snapshots } from "./api.ts";
import { machineOf } from "./snapshots.ts";

export interface AutoSnapshotOptions {
  /** Before which calls; `remove rename truncate copy` and what replaces the content of a file unless told. */
  readonly before?: readonly OpName[] | undefined;
  /** Also before every so many calls that change something. */
  readonly every?: number | undefined;
  /** How many are kept, 20 unless told; then the oldest go. */
  readonly keep?: number | undefined;
  /** None within so long after the last one: a tree that is removed file by file is one change. 1,000 unless told. */
  readonly gapMs?: number | undefined;
}

/** A layer for the root of a Vfs that keeps its tree before something may be lost. */
export interface AutoSnapshot extends Layer {
  /** Where the snapshots go. Nothing is kept before this is called. */
  keepIn(states: Snapshots): void;
}

const DESTRUCTIVE: readonly OpName[] = [
  "remove",
  "rename",
  "truncate",
  "copy",
  "write",
  "writeStream",
  "open",
  "file.truncate",
];

/**
 * Makes snapshots by itself, for `undo()` and `redo()`.
 *
 * @example
 * const auto = autoSnapshot({ keep: 10 });
 * const vfs = createVfs(memory(), { layers: [auto] });
 * const states = snapshots(vfs);
 * auto.keepIn(states);
 */
export function autoSnapshot(options: AutoSnapshotOptions = {}): AutoSnapshot {
  const { before = DESTRUCTIVE, every = Infinity, keep = 20, gapMs = 1000 } = options;
  for (const [name, value] of Object.entries({ every, keep }))
    if (!(value >= 1)) throw new RangeError(`${name} must be 1 or more, got ${value}`);
  if (!(gapMs >= 0)) throw new RangeError(`gapMs must be 0 or more, got ${gapMs}`);
  const wanted = new Set(before);
  let states: Snapshots | undefined;
  let lastMs = -Infinity;
  let calls = 0;
  let pending: Promise<void> | undefined;

  /** Why the tree is to be kept before a call; undefined when it is not. */
  async function reasonFor(call: AnyCall, next: Next): Promise<string | undefined> {
    if (++calls >= every) return `before change ${every}`;
    if (!wanted.has(call.op) || Date.now() - lastMs < gapMs) return undefined;
    if (CREATING.has(call.op) && !(await replaces(call, next))) return undefined;
    return `before ${call.op} ${call.globalPath}`;
  }

  async function guarded(call: AnyCall, next: Next, owner: Snapshots): Promise<unknown> {
    // Whoever comes while one is being made waits for it, and needs none of their own.
    if (pending !== undefined) await pending;
    else {
      const reason = await reasonFor(call, next);
      if (reason !== undefined) {
        pending = machineOf(owner)
          .point(reason, keep)
          .finally(() => (pending = undefined));
        await pending;
        lastMs = Date.now();
        calls = 0;
      }
    }
    return next(call);
  }

  return {
    name: "autoSnapshot",
    slot: "snapshot",
    keepIn: (given) => {
      states = given;
    },
    handle(call, next): Awaitable<unknown> {
      if (states === undefined || !mutates(call)) return next(call);
      const { leaveOut, scope, isWorking } = machineOf(states);
      // What the snapshots do themselves must not wait for themselves.
      if (isWorking() || isIn(call.globalPath, leaveOut) || !isIn(call.globalPath, scope)) return next(call);
      if (call.ctx.sync) {
        if (!wanted.has(call.op)) return next(call);
        throw unsupported("autoSnapshot cannot keep the tree at once; use the asynchronous face");
      }
      return guarded(call, next, states);
    },
  };
}

const CREATING: ReadonlySet<OpName> = new Set<OpName>(["write", "writeStream", "open", "copy"]);

/** Whether content is lost by a call that may also only create something. */
async function replaces(call: AnyCall, next: Next): Promise<boolean> {
  if (call.op === "open" && !call.args.flags.truncate) return false;
  const path = call.op === "copy" ? call.to : call.path;
  if (path === undefined) return false;
  try {
    const stat = new Call("stat", path, undefined, {}, call.ctx, undefined, call.mountPath);
    return (await next(stat)).type !== "directory";
  } catch {
    // What is not there cannot be lost; what cannot be looked at will fail by itself.
    return false;
  }
}

function isIn(path: string, directory: string | undefined): boolean {
  return (
    directory !== undefined && (directory === "/" || path === directory || path.startsWith(`${directory}/`))
  );
}
