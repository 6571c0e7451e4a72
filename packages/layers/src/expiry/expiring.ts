import {
  addPrefix,
  Call,
  isVfsError,
  joinPath,
  unsupported,
  VfsError,
  wait,
  type AnyCall,
  type Capabilities,
  type Context,
  type Entry,
  type Flow,
  type OpenFile,
  type OpName,
  type Page,
  type Scanned,
  type Stat,
  type VPath,
} from "@vfs/core";
import type { Clock } from "../clock.ts";
import { unmarked, type Ledger, type Send } from "./ledger.ts";

/** A call under way. Another one may be put in its place while it waits: the same, with bytes of its own. */
export interface Held {
  call: AnyCall;
}

/** What is not about one file. */
const GENERAL: ReadonlySet<OpName> = new Set<OpName>([
  "usage",
  "statfs",
  "flush",
  "changes",
  "snapshots",
  "mount",
  "unmount",
]);

// So often a file is looked at again that somebody else replaces meanwhile.
const LOOKS = 8;

/** Does calls on files that may be over. */
export class Expiring {
  readonly #ledger: Ledger;
  readonly #caps: Capabilities;
  readonly #clock: Clock;
  /** What is open, and below which mount path, where only the names of files tell when they end. */
  readonly #open = new Map<OpenFile, VPath>();
  readonly #over = new WeakSet<OpenFile>();

  constructor(ledger: Ledger, caps: Capabilities, clock: Clock) {
    this.#ledger = ledger;
    this.#caps = caps;
    this.#clock = clock;
  }

  *answer(held: Held, send: Send): Flow<unknown> {
    const { call } = held;
    if (GENERAL.has(call.op)) return yield* wait(send(call as Call));
    yield* wait(this.#ledger.ready(send, asItself(call.ctx)));
    if (call.file !== undefined) return yield* this.#onFile(held, call.file, send);
    for (const path of [call.path, call.to])
      if (path !== undefined && this.#ledger.owns(path))
        throw new VfsError("ENOENT", { hint: "the name belongs to the layer expiry()" });
    switch (call.op) {
      case "list":
        return yield* this.#list(call, send);
      case "find":
        return yield* this.#find(call, send);
      case "scan":
        return yield* this.#scan(call, send);
      case "stat":
        return yield* this.#stat(call, send);
      case "write":
      case "writeStream":
        return yield* this.#write(held, send);
      default:
        return yield* this.#other(held, send);
    }
  }

  /** Removes a file that is over. Answers what is there then, as far as that is known. */
  *alive(path: VPath, send: Send, ctx: Context): Flow<Stat | undefined> {
    if (!this.#ledger.inStat && this.#ledger.endOf(path, undefined) === undefined) return undefined;
    for (let i = 0; i < LOOKS; i++) {
      const stat = yield* this.#look(path, send, ctx);
      if (stat === undefined || !this.#isOver(path, stat)) return stat;
      yield* this.#remove(path, stat, send, ctx);
    }
    throw new VfsError("EBUSY", { retryable: true, hint: "the file ends and is made again and again" });
  }

  #isOver(path: VPath, stat: Stat | undefined): boolean {
    if (stat !== undefined && stat.type !== "file") return false;
    const endMs = this.#ledger.endOf(path, stat);
    return endMs !== undefined && endMs <= this.#clock.now();
  }

  /** What is wrong with the path, and where links on it lead, is for the call itself to find out. */
  *#look(path: VPath, send: Send, ctx: Context): Flow<Stat | undefined> {
    try {
      return (yield* wait(send(new Call("stat", path, undefined, {}, asItself(ctx)) as Call))) as Stat;
    } catch {
      return undefined;
    }
  }

  *#remove(path: VPath, { etag }: Stat, send: Send, ctx: Context): Flow<void> {
    const own = asItself(ctx);
    // Somebody may have made another one in its place by now.
    const ifMatch = this.#caps.ifMatch ? etag : undefined;
    const call = new Call("remove", path, undefined, { kind: "file", ifMatch }, own);
    for (const [file, mountPath] of this.#open)
      if (file.path === addPrefix(path, mountPath)) this.#over.add(file);
    try {
      yield* wait(send(call as Call));
    } catch (reason) {
      if (isVfsError(reason, "ENOENT", "ESTALE")) return;
      // It cannot be removed, by nobody or for now, and is over all the same.
      throw new VfsError("ENOENT", { cause: reason, hint: "the file's time is over" });
    }
    yield* wait(this.#ledger.done(call as AnyCall, undefined, send, own));
  }

  *#stat(call: Call<"stat">, send: Send): Flow<Stat> {
    const stat = (yield* wait(send(call as Call))) as Stat;
    if (!this.#isOver(call.path, stat)) return unmarked(stat);
    yield* this.alive(call.path, send, call.ctx);
    return unmarked((yield* wait(send(call as Call))) as Stat);
  }

  *#write(held: Held, send: Send): Flow<Stat> {
    const { path, ctx } = held.call;
    const found = yield* this.alive(path, send, ctx);
    const call = held.call as Call<"write" | "writeStream">;
    const { ttlMs } = call.args;
    const endMs = ttlMs === undefined ? undefined : this.#clock.now() + ttlMs;
    const marked = this.#ledger.marked(call as AnyCall, found, endMs);
    const stat = (yield* wait(send(marked as Call))) as Stat;
    yield* wait(this.#ledger.done(marked, endMs, send, asItself(ctx)));
    return unmarked(stat);
  }

  *#other(held: Held, send: Send): Flow<unknown> {
    const { path, to, ctx } = held.call;
    const found = yield* this.alive(path, send, ctx);
    if (to !== undefined) yield* this.alive(to, send, ctx);
    const call = this.#ledger.marked(held.call, found, undefined);
    let value: unknown;
    try {
      value = yield* wait(send(call as Call));
    } catch (reason) {
      // What is over is still in a directory that looks empty.
      if (!isVfsError(reason, "ENOTEMPTY", "EEXIST") || !(yield* this.#emptied(call, send))) throw reason;
      value = yield* wait(send(call as Call));
    }
    yield* wait(this.#ledger.done(call, undefined, send, asItself(ctx)));
    if (call.op === "open" && !this.#ledger.inStat) this.#open.set(value as OpenFile, call.mountPath);
    return value;
  }

  /** Takes what is over out of a directory that is to go. Returns whether there was something. */
  *#emptied(call: AnyCall, send: Send): Flow<boolean> {
    const { op, path, to = path, ctx } = call;
    if (op !== "remove" && op !== "rename") return false;
    const directory = op === "remove" ? path : to;
    let removed = 0;
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const list = new Call(
        "list",
        directory,
        undefined,
        { cursor },
        asItself(ctx),
        undefined,
        call.mountPath,
      );
      let page: Page<Entry>;
      try {
        page = (yield* wait(send(list as Call))) as Page<Entry>;
      } catch {
        return false;
      }
      for (const { name, type } of page.items) {
        const child = joinPath(directory, name);
        if (type !== "file" || !(yield* this.isOverAt(child, send, ctx))) continue;
        yield* this.alive(child, send, ctx);
        removed++;
      }
      cursor = page.cursor;
    }
    return removed > 0;
  }

  *isOverAt(path: VPath, send: Send, ctx: Context): Flow<boolean> {
    if (!this.#ledger.inStat) return this.#isOver(path, undefined);
    const stat = yield* this.#look(path, send, ctx);
    return stat !== undefined && this.#isOver(path, stat);
  }

  *#list(call: Call<"list">, send: Send): Flow<Page<Entry>> {
    const { path, args, ctx } = call;
    if (args.recursive === true && this.#ledger.inStat && !this.#caps.listStat)
      throw unsupported("expiry() must look at each file: list directory by directory");
    const stat = args.stat === true || (this.#ledger.inStat && this.#caps.listStat);
    const page = (yield* wait(send(call.with({ args: { ...args, stat } }) as Call))) as Page<Entry>;
    const items: Entry[] = [];
    for (const entry of page.items) {
      const at = joinPath(path, entry.name);
      if (this.#ledger.owns(at)) continue;
      const isOver =
        entry.stat === undefined && this.#ledger.inStat && entry.type === "file"
          ? yield* this.isOverAt(at, send, ctx)
          : this.#isOver(at, entry.stat) && entry.type === "file";
      if (!isOver) items.push(shown(entry, args.stat === true));
    }
    return { ...page, items };
  }

  *#find(call: Call<"find">, send: Send): Flow<Page<Entry>> {
    const { path, args } = call;
    const stat = args.stat === true || this.#ledger.inStat;
    const page = (yield* wait(send(call.with({ args: { ...args, stat } }) as Call))) as Page<Entry>;
    const items = page.items.filter(({ name, type, stat: beside }) => {
      const at = joinPath(path, name);
      return !this.#ledger.owns(at) && !(type === "file" && this.#isOver(at, beside));
    });
    return { ...page, items: items.map((entry) => shown(entry, args.stat === true)) };
  }

  *#scan(call: Call<"scan">, send: Send): Flow<Page<Scanned>> {
    if (this.#ledger.inStat) throw unsupported("expiry() must look at each file: read them one by one");
    const page = (yield* wait(send(call as Call))) as Page<Scanned>;
    const isThere = (path: VPath): boolean => !this.#ledger.owns(path) && !this.#isOver(path, undefined);
    return { ...page, items: page.items.filter(({ name }) => isThere(joinPath(call.path, name))) };
  }

  *#onFile(held: Held, file: OpenFile, send: Send): Flow<unknown> {
    const { op, path, ctx, mountPath } = held.call;
    if (op === "file.close") this.#open.delete(file);
    if (op === "file.close" || op === "file.sync") return yield* wait(send(held.call as Call));
    const look = new Call("file.stat", path, undefined, {}, asItself(ctx), file, mountPath);
    const stat = this.#ledger.inStat ? ((yield* wait(send(look as Call))) as Stat) : undefined;
    if (this.#over.has(file) || this.#isOver(path, stat))
      throw new VfsError("ESTALE", { hint: "the file's time is over: close the handle" });
    if (op === "file.stat" && stat !== undefined) return unmarked(stat);
    const call = this.#ledger.marked(held.call, stat, undefined);
    return yield* wait(send(call as Call));
  }
}

function shown(entry: Entry, withStat: boolean): Entry {
  if (entry.stat === undefined) return entry;
  const { stat, ...plain } = entry;
  return withStat ? { ...plain, stat: unmarked(stat) } : plain;
}

/** The context of what the layer does by itself, for whomever it is done. */
function asItself(ctx: Context): Context {
  return { ...ctx, signal: undefined, identity: undefined, readOnly: false };
}
