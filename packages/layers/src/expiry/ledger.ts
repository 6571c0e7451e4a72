import {
  VfsError,
  type AnyCall,
  type Awaitable,
  type Call,
  type Capabilities,
  type Context,
  type Stat,
  type VPath,
} from "@vfs/core";

/** Sends a call to what is below the layer. */
export type Send = (call: Call) => Awaitable<unknown>;

/** Where it is kept until when a file is there. */
export interface Ledger {
  /** Whether it is in the stat of a file that this is told. */
  readonly inStat: boolean;
  /** Brings here what is needed, before anything else is asked. */
  ready(send: Send, ctx: Context): Awaitable<void>;
  /** When a file ends, in milliseconds since 1970; undefined for one that lasts. */
  endOf(path: VPath, stat: Stat | undefined): number | undefined;
  /** What a call is to say so that what it writes ends then. */
  marked(call: AnyCall, found: Stat | undefined, endMs: number | undefined): AnyCall;
  /** Notes what a call has done. */
  done(call: AnyCall, endMs: number | undefined, send: Send, ctx: Context): Awaitable<void>;
  /** Whether a path is the ledger's own, and nobody else's to see. */
  owns(path: VPath): boolean;
  /** Every path that is in it, where it knows them. */
  paths(): readonly VPath[] | undefined;
}

/** Among a file's own attributes: the name is short and plain enough for the headers of object stores. */
const KEY = "vfs-expires-ms";

/** A stat as everybody else sees it. */
export function unmarked(stat: Stat): Stat {
  if (stat.meta?.[KEY] === undefined) return stat;
  return { ...stat, meta: others(stat) };
}

function others({ meta }: Stat): Readonly<Record<string, string>> | undefined {
  const { [KEY]: _end, ...rest } = meta ?? {};
  return Object.keys(rest).length === 0 ? undefined : rest;
}

/** In an attribute of each file: it goes where the file goes, into copies, snapshots and other programs too. */
export class Attributes implements Ledger {
  readonly inStat = true;
  readonly #keeps: boolean;

  constructor({ keeps }: Capabilities) {
    this.#keeps = keeps !== "nothing";
  }

  ready(): void {}

  endOf(_path: VPath, stat: Stat | undefined): number | undefined {
    const text = stat?.meta?.[KEY];
    const endMs = text === undefined ? Number.NaN : Number(text);
    return Number.isNaN(endMs) ? undefined : endMs;
  }

  marked(call: AnyCall, found: Stat | undefined, endMs: number | undefined): AnyCall {
    switch (call.op) {
      case "write":
      case "writeStream": {
        const { ttlMs: _ttl, ...args } = call.args;
        const meta = this.#metaOf(checked(args.meta), found, endMs);
        return (call as Call).with({ args: meta === undefined ? args : { ...args, meta } }) as AnyCall;
      }
      case "setStat":
      case "file.setStat": {
        const { changes } = call.args;
        const before = found?.meta?.[KEY];
        if (checked(changes.meta) === undefined || before === undefined) return call;
        const meta = { ...changes.meta, [KEY]: before };
        return (call as Call).with({ args: { ...call.args, changes: { ...changes, meta } } }) as AnyCall;
      }
      default:
        return call;
    }
  }

  done(): void {}

  owns(): boolean {
    return false;
  }

  paths(): undefined {
    return undefined;
  }

  /** The attributes of a new version, which replace all that are there; undefined where those may stay. */
  #metaOf(
    given: Readonly<Record<string, string>> | undefined,
    found: Stat | undefined,
    endMs: number | undefined,
  ): Readonly<Record<string, string>> | undefined {
    const kept = found === undefined || !this.#keeps ? undefined : others(found);
    if (endMs !== undefined) return { ...(given ?? kept), [KEY]: String(endMs) };
    if (given !== undefined || !this.#keeps) return given;
    return found?.meta?.[KEY] === undefined ? undefined : (kept ?? {});
  }
}

function checked<T extends Readonly<Record<string, string>> | undefined>(meta: T): T {
  if (meta?.[KEY] !== undefined)
    throw new VfsError("EINVAL", { hint: `the attribute "${KEY}" is that of expiry(): give ttlMs instead` });
  return meta;
}
