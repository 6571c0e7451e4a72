import {
  addPrefix,
  Call,
  chain,
  isVfsError,
  isWithin,
  run,
  stripPrefix,
  wait,
  type AnyCall,
  type Awaitable,
  type Bytes,
  type Context,
  type Flow,
  type VPath,
} from "@vfs/core";
import type { Ledger, Send } from "./ledger.ts";

/**
 * In a file of the store, for stores that keep no attributes: it is read once, kept here, and written anew whenever it
 * changes. What is done around the layer it does not hear of: a file that is moved then lasts, and one that is written to a
 * name in the table ends.
 */
export class Table implements Ledger {
  readonly inStat = false;
  readonly #file: VPath;
  readonly #ends = new Map<VPath, number>();
  #loaded = false;
  #loading: Awaitable<void> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(file: VPath) {
    this.#file = file;
  }

  ready(send: Send, ctx: Context): Awaitable<void> {
    if (this.#loaded) return undefined;
    if (ctx.sync) return run(this.#load(send, ctx));
    return (this.#loading ??= run(this.#load(send, ctx)));
  }

  endOf(path: VPath): number | undefined {
    return this.#ends.get(path);
  }

  marked(call: AnyCall): AnyCall {
    if (call.op !== "write" && call.op !== "writeStream") return call;
    const { ttlMs: _ttl, ...args } = call.args;
    return (call as Call).with({ args }) as AnyCall;
  }

  done(call: AnyCall, endMs: number | undefined, send: Send, ctx: Context): Awaitable<void> {
    return this.#apply(call, endMs) ? this.#save(send, ctx) : undefined;
  }

  owns(path: VPath): boolean {
    return isWithin(path, this.#file);
  }

  paths(): readonly VPath[] {
    return Array.from(this.#ends.keys());
  }

  /** Returns whether something is another now. */
  #apply(call: AnyCall, endMs: number | undefined): boolean {
    const { op, path, to = path } = call;
    switch (op) {
      case "write":
      case "writeStream":
        if (endMs === undefined) return this.#ends.delete(path);
        this.#ends.set(path, endMs);
        return true;
      case "remove":
        return this.#takeOut(path).length > 0;
      case "rename": {
        if (path === to) return false;
        const replaced = this.#takeOut(to);
        const moved = this.#takeOut(path);
        for (const [at, end] of moved) this.#ends.set(addPrefix(stripPrefix(at, path), to), end);
        return replaced.length + moved.length > 0;
      }
      case "copy":
      case "link": {
        const replaced = this.#takeOut(to);
        const copied = this.#within(path);
        for (const [at, end] of copied) this.#ends.set(addPrefix(stripPrefix(at, path), to), end);
        return replaced.length + copied.length > 0;
      }
      default:
        return false;
    }
  }

  #within(path: VPath): [VPath, number][] {
    const own = this.#ends.get(path);
    if (own !== undefined) return [[path, own]];
    return Array.from(this.#ends).filter(([at]) => isWithin(at, path));
  }

  #takeOut(path: VPath): [VPath, number][] {
    const found = this.#within(path);
    for (const [at] of found) this.#ends.delete(at);
    return found;
  }

  *#load(send: Send, ctx: Context): Flow<void> {
    try {
      const data = (yield* wait(send(new Call("read", this.#file, undefined, {}, ctx) as Call))) as Bytes;
      const entries = JSON.parse(new TextDecoder().decode(data)) as Record<string, number>;
      if (this.#loaded) return;
      for (const [path, endMs] of Object.entries(entries)) this.#ends.set(path as VPath, endMs);
    } catch (reason) {
      this.#loading = undefined;
      if (!isVfsError(reason, "ENOENT")) throw reason;
    }
    this.#loaded = true;
  }

  /** Returns when what is in the table by now is in the store. */
  #save(send: Send, ctx: Context): Awaitable<void> {
    if (ctx.sync) return this.#write(send, ctx);
    const write = async (): Promise<void> => this.#write(send, ctx);
    const saved = this.#writing.then(write, write);
    this.#writing = saved;
    return saved;
  }

  #write(send: Send, ctx: Context): Awaitable<void> {
    const data = new TextEncoder().encode(JSON.stringify(Object.fromEntries(this.#ends)));
    const call = new Call("write", this.#file, undefined, { data, mode: 0o600, owned: true }, ctx);
    return chain(send(call as Call), () => undefined);
  }
}
