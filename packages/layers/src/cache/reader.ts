import {
  Call,
  capabilities,
  isVfsError,
  parentOf,
  run,
  wait,
  type Awaitable,
  type Bytes,
  type ByteSource,
  type Capabilities,
  type Context,
  type Entry,
  type Flow,
  type ListOptions,
  type Next,
  type Page,
  type ReadOptions,
  type Stat,
  type VPath,
} from "@vfs/core";
import type { Clock } from "../clock.ts";
import type { Flight, Flights } from "./flights.ts";
import { frozenPage, frozenStat } from "./frozen.ts";
import type { Dated, MemoryOfStore } from "./memory-of-store.ts";

type Reading = "stat" | "list" | "read" | "readStream";

const CHUNK_BYTES = 64 << 10;

/** Answers what is asked of a store: from memory where that is fresh, else by asking, and remembers that. */
export class Reader {
  /** What the store below can do. */
  caps: Capabilities = capabilities({});
  readonly #memory: MemoryOfStore;
  readonly #flights: Flights;
  readonly #ttlMs: number;
  readonly #maxFileBytes: number;
  readonly #clock: Clock;

  constructor(
    memory: MemoryOfStore,
    flights: Flights,
    options: { readonly ttlMs: number; readonly maxFileBytes: number; readonly clock: Clock },
  ) {
    this.#memory = memory;
    this.#flights = flights;
    this.#ttlMs = options.ttlMs;
    this.#maxFileBytes = options.maxFileBytes;
    this.#clock = options.clock;
  }

  answer(call: { [K in Reading]: Call<K> }[Reading], next: Next): Awaitable<unknown> {
    switch (call.op) {
      case "stat":
        return this.#stat(call, next);
      case "list":
        return this.#list(call, next);
      case "read":
        return this.#read(call, next);
      case "readStream":
        return this.#stream(call, next);
    }
  }

  /** The time of access of a file may be another now. */
  accessed(path: VPath): void {
    this.#memory.forgetPart(path, (known) => {
      if (known.stat?.value.atimeMs !== undefined) known.stat = undefined;
    });
    this.#memory.forgetPart(parentOf(path), (known) => {
      for (const [asked, { value }] of known.pages ?? [])
        if (value.items.some(({ stat }) => stat?.atimeMs !== undefined)) known.pages?.delete(asked);
    });
  }

  #stat(call: Call<"stat">, next: Next): Awaitable<Stat> {
    const { path, args, ctx } = call;
    const known = this.#memory.get(path);
    if (args.exactTimes === true) return next(call);
    if (known?.stat !== undefined && this.#isFresh(known.stat)) {
      const { value } = known.stat;
      // A link is to be met again: what is below tells of it.
      if (args.follow === true && value.type === "symlink") return next(call);
      this.#memory.used(known);
      return value;
    }
    return this.#flights.share(`stat ${args.follow === true} ${path}`, path, ctx, (flight) =>
      run(this.#askStat(call, next, flight)),
    );
  }

  *#askStat(call: Call<"stat">, next: Next, flight: Flight): Flow<Stat> {
    const atMs = this.#clock.now();
    const stat = frozenStat(yield* wait(next(call.with({ ctx: patient(call.ctx) }))));
    if (hasOneName(stat) && !flight.stale)
      this.#memory.learn(call.path, (known) => {
        known.stat = { value: stat, atMs };
      });
    return stat;
  }

  #list(call: Call<"list">, next: Next): Awaitable<Page<Entry>> {
    const { path, args, ctx } = call;
    // What is below may change without this directory.
    if (args.recursive === true) return next(call);
    const asked = keyOf(args);
    const known = this.#memory.get(path);
    const page = known?.pages?.get(asked);
    if (known !== undefined && page !== undefined && this.#isFresh(page)) {
      this.#memory.used(known);
      return page.value;
    }
    return this.#flights.share(`list ${asked} ${path}`, path, ctx, (flight) =>
      run(this.#askList(call, asked, next, flight)),
    );
  }

  *#askList(call: Call<"list">, asked: string, next: Next, flight: Flight): Flow<Page<Entry>> {
    const atMs = this.#clock.now();
    const page = frozenPage(yield* wait(next(call.with({ ctx: patient(call.ctx) }))));
    if (!flight.stale && page.items.every(({ stat }) => stat === undefined || hasOneName(stat)))
      this.#memory.learn(call.path, (known) => {
        (known.pages ??= new Map()).set(asked, { value: page, atMs });
      });
    return page;
  }

  #read(call: Call<"read">, next: Next): Awaitable<Bytes> {
    const { path, args, ctx } = call;
    const known = this.#memory.get(path);
    const { ifMatch, offset = 0, length } = args;
    if (ifMatch !== undefined) return run(this.#pass(call, next));
    if (known?.content !== undefined && this.#isFresh(known.content)) {
      this.#memory.used(known);
      return partOf(known.content.value, args);
    }
    // A part of a file is asked for by who does not want all of it.
    if (offset > 0 || length !== undefined) return run(this.#askPart(call, next));
    const shared = this.#flights.share(`read ${path}`, path, ctx, (flight) =>
      run(this.#askContent(call.with({ ctx: patient(ctx), args: {} }), next, flight)),
    );
    return run(copyOf(shared));
  }

  /** The whole content, which is not the asker's own. */
  *#askContent(call: Call<"read">, next: Next, flight: Flight): Flow<Bytes> {
    const { path } = call;
    const kept = yield* this.#stillTrue(call, next);
    if (kept !== undefined) return kept;
    const atMs = this.#clock.now();
    const stat = yield* this.#statBefore(call, next);
    const { bytes, etag } = yield* this.#readVersion(call, next, stat);
    this.accessed(path);
    const keeps = bytes.length <= this.#maxFileBytes && (stat === undefined || hasOneName(stat));
    if (keeps && !flight.stale)
      this.#memory.learn(path, (known) => {
        known.content = { value: bytes, etag, atMs };
      });
    return bytes;
  }

  *#askPart(call: Call<"read">, next: Next): Flow<Bytes> {
    const kept = yield* this.#stillTrue(call, next);
    return kept === undefined ? yield* this.#pass(call, next) : partOf(kept, call.args);
  }

  /** Content that was kept before, if the store still has that version. */
  *#stillTrue(call: Call<"read">, next: Next): Flow<Bytes | undefined> {
    const { path, ctx } = call;
    const content = this.#memory.get(path)?.content;
    if (content?.etag === undefined) return undefined;
    const atMs = this.#memory.get(path)?.stat?.atMs ?? this.#clock.now();
    const { etag } = yield* wait(this.#stat(statCall(call, ctx), next));
    // What became of it meanwhile is known, too.
    const isKept = this.#memory.get(path)?.content === content;
    if (etag !== content.etag || !isKept) return undefined;
    content.atMs = Math.max(content.atMs, this.#memory.get(path)?.stat?.atMs ?? atMs);
    return content.value;
  }

  /** What is to be known of a file before it is read: it costs a question only where there are hard links. */
  *#statBefore(call: Call<"read">, next: Next): Flow<Stat | undefined> {
    const known = this.#memory.get(call.path)?.stat;
    if (known !== undefined && this.#isFresh(known)) return known.value;
    // Content that is used longer than it is believed gets an etag, so that it need not be read again each time.
    const isUsed = this.#memory.get(call.path)?.content !== undefined && this.caps.ifMatch;
    return this.caps.links || isUsed ? yield* wait(this.#stat(statCall(call, call.ctx), next)) : undefined;
  }

  /** The content, and the etag of just that where it can be told. */
  *#readVersion(
    call: Call<"read">,
    next: Next,
    stat: Stat | undefined,
  ): Flow<{ readonly bytes: Bytes; readonly etag: string | undefined }> {
    const etag = this.caps.ifMatch ? stat?.etag : undefined;
    if (etag !== undefined)
      try {
        return { bytes: yield* wait(next(call.with({ args: { ifMatch: etag } }))), etag };
      } catch (reason) {
        if (!isVfsError(reason, "ESTALE")) throw reason;
        this.#memory.forget(call.path);
      }
    return { bytes: yield* wait(next(call)), etag: undefined };
  }

  *#pass(call: Call<"read">, next: Next): Flow<Bytes> {
    const data = yield* wait(next(call));
    this.accessed(call.path);
    return data;
  }

  #stream(call: Call<"readStream">, next: Next): Awaitable<ByteSource> {
    const { path, args } = call;
    const known = this.#memory.get(path);
    if (args.ifMatch !== undefined || known?.content === undefined || !this.#isFresh(known.content)) {
      const source = next(call);
      this.accessed(path);
      return source;
    }
    this.#memory.used(known);
    const { chunkSize = CHUNK_BYTES } = args;
    return chunks(partOf(known.content.value, args), chunkSize);
  }

  #isFresh({ atMs }: Dated<unknown>): boolean {
    const age = this.#clock.now() - atMs;
    // A clock that was set back tells nothing.
    return age >= 0 && age < this.#ttlMs;
  }
}

/** The same caller for a question that others may wait for as well: no signal ends it. */
function patient(ctx: Context): Context {
  return ctx.signal === undefined ? ctx : { ...ctx, signal: undefined };
}

function statCall({ path, mountPath }: Call, ctx: Context): Call<"stat"> {
  return new Call("stat", path, undefined, { follow: true }, ctx, undefined, mountPath);
}

/** Whether nothing of a file can change under another name. */
function hasOneName({ type, nlink = 1 }: Stat): boolean {
  return type === "directory" || nlink === 1;
}

function keyOf({ cursor = "", limit = Infinity, stat = false }: ListOptions): string {
  return `${stat} ${limit} ${cursor}`;
}

function partOf(bytes: Bytes, { offset = 0, length = Infinity }: ReadOptions): Bytes {
  return bytes.slice(offset, offset + length);
}

function* copyOf(shared: Awaitable<Bytes>): Flow<Bytes> {
  return (yield* wait(shared)).slice();
}

function* chunks(data: Bytes, size: number): Generator<Bytes, void, undefined> {
  for (let at = 0; at < data.length; at += size) yield data.slice(at, at + size);
}
