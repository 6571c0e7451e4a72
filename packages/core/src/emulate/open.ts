import { chain, type Awaitable } from "../awaitable.ts";
import { NO_BYTES } from "../bytes.ts";
import type { Context } from "../context.ts";
import { VfsError } from "../error.ts";
import { run, wait, type Flow } from "../flow.ts";
import type { VPath } from "../path.ts";
import type { OpenOptions, ProviderFile } from "../provider.ts";
import type { Stat, StatChanges } from "../stat.ts";
import type { Store } from "../store.ts";
import { EmulatedNode } from "./node.ts";
import { statOrNothing, writeTo } from "./store-calls.ts";

/** `open` for a provider that has none. The caller holds the path's lock, and the turn of a file that is open there. */
export function* open(
  store: Store,
  path: VPath,
  { flags, mode }: OpenOptions,
  ctx: Context,
): Flow<ProviderFile> {
  const { provider } = store;
  let stat = yield* wait(statOrNothing(provider, path, ctx, !(flags.create && flags.exclusive)));
  if (stat !== undefined && flags.create && flags.exclusive) throw new VfsError("EEXIST");
  if (stat === undefined) {
    if (!flags.create) throw new VfsError("ENOENT");
    const ifNoneMatch = provider.caps.ifNoneMatch ? "*" : undefined;
    stat = yield* wait(writeTo(provider, path, NO_BYTES, { mode, ifNoneMatch }, ctx));
  }
  if (stat.type !== "file") throw new VfsError(stat.type === "directory" ? "EISDIR" : "ENXIO");
  const node = store.emulated.get(path) ?? new EmulatedNode(store, path, stat);
  node.opened();
  if (flags.truncate) yield* node.truncate(0, ctx);
  return new EmulatedFile(store, node);
}

/** One handle on an {@link EmulatedNode}. */
class EmulatedFile implements ProviderFile {
  readonly #store: Store;
  readonly #node: EmulatedNode;

  constructor(store: Store, node: EmulatedNode) {
    this.#store = store;
    this.#node = node;
  }

  read(into: Uint8Array, position: number, ctx: Context): Awaitable<number> {
    return this.#inTurn(ctx, () => this.#node.read(into, position, ctx));
  }

  write(data: Uint8Array, position: number | "end", ctx: Context): Awaitable<void> {
    return this.#inTurn(ctx, () => this.#node.write(data, position, ctx));
  }

  truncate(size: number, ctx: Context): Awaitable<void> {
    return this.#inTurn(ctx, () => this.#node.truncate(size, ctx));
  }

  stat(): Stat {
    return this.#node.stat();
  }

  setStat(changes: StatChanges, ctx: Context): Awaitable<void> {
    return this.#alone(ctx, () => this.#node.setStat(changes, ctx));
  }

  sync(_options: unknown, ctx: Context): Awaitable<void> {
    return this.#alone(ctx, () => this.#node.flush(ctx));
  }

  close(ctx: Context): Awaitable<void> {
    return this.#alone(ctx, () => this.#close(ctx));
  }

  *#close(ctx: Context): Flow<void> {
    const last = this.#node.released();
    try {
      yield* this.#node.flush(ctx);
    } finally {
      if (last) this.#node.forget();
    }
  }

  #inTurn<T>(ctx: Context, action: () => Flow<T>): Awaitable<T> {
    return this.#node.turns.run(ctx.sync, () => run(action()));
  }

  /** Holds the path's lock too: for what writes to the store. */
  #alone(ctx: Context, action: () => Flow<void>): Awaitable<void> {
    const { path } = this.#node;
    const done = this.#store.locks.run<boolean>([path], ctx.sync, () => {
      // The file was renamed while this waited: it is another path's lock that is needed.
      if (this.#node.path !== path) return false;
      return chain(this.#inTurn(ctx, action), () => true);
    });
    return chain(done, (held) => (held ? undefined : this.#alone(ctx, action)));
  }
}
