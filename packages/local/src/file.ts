import {
  chain,
  isPromiseLike,
  run,
  VfsError,
  wait,
  type Awaitable,
  type Context,
  type Flow,
  type ProviderFile,
  type Stat,
  type StatChanges,
  type SyncOptions,
} from "@vfs/core";
import type { Store } from "./confined/spot.ts";
import { hostFor, type Host } from "./host/host.ts";
import { breathe } from "./host/stretch.ts";
import { toStat } from "./stat.ts";

/** An open file: a descriptor of the host, so the kernel sees to it that it outlives its name. */
export class LocalFile implements ProviderFile {
  readonly #fd: number;
  readonly #store: Store;
  /** Where it is noted while it is open. */
  readonly #open: Set<LocalFile>;
  #calls = 0;
  #closed = false;
  #whenIdle: (() => void) | undefined;

  constructor(fd: number, store: Store, open: Set<LocalFile>) {
    this.#fd = fd;
    this.#store = store;
    this.#open = open;
    open.add(this);
  }

  read(into: Uint8Array, position: number, ctx: Context): Awaitable<number> {
    return this.#call(ctx, (host, fd) => host.read(fd, into, position));
  }

  /** Core says `end` only where the file was opened to append, and then the host finds the end itself. */
  write(data: Uint8Array, position: number | "end", ctx: Context): Awaitable<void> {
    return this.#call(ctx, (host, fd) =>
      chain(host.write(fd, data, position === "end" ? null : position), () => this.#syncContent(host, fd)),
    );
  }

  truncate(size: number, ctx: Context): Awaitable<void> {
    return this.#call(ctx, (host, fd) => chain(host.ftruncate(fd, size), () => this.#syncContent(host, fd)));
  }

  stat(ctx: Context): Awaitable<Stat> {
    return this.#call(ctx, (host, fd) => chain(host.fstat(fd), toStat));
  }

  setStat(changes: StatChanges, ctx: Context): Awaitable<void> {
    return this.#call(ctx, (host, fd) =>
      chain(run(change(host, fd, changes)), () => (this.#store.durable ? host.fsync(fd) : undefined)),
    );
  }

  sync({ dataOnly = false }: SyncOptions, ctx: Context): Awaitable<void> {
    return this.#call(ctx, (host, fd) => (dataOnly ? host.fdatasync(fd) : host.fsync(fd)));
  }

  /** Closes when the calls that are under way are done: else they could work on the next file of the same number. */
  close(ctx: Pick<Context, "sync">): Awaitable<void> {
    if (this.#closed) return undefined;
    this.#closed = true;
    this.#open.delete(this);
    const host = hostFor(ctx, this.#store.directories.near);
    if (this.#calls === 0) return host.release(this.#fd);
    if (ctx.sync) {
      this.#whenIdle = () => void host.release(this.#fd);
      return undefined;
    }
    const idle = new Promise<void>((resolve) => (this.#whenIdle = resolve));
    return idle.then(() => host.release(this.#fd));
  }

  #syncContent(host: Host, fd: number): Awaitable<void> {
    return this.#store.durable ? host.fdatasync(fd) : undefined;
  }

  #call<T>(ctx: Context, action: (host: Host, fd: number) => Awaitable<T>): Awaitable<T> {
    if (this.#closed) throw new VfsError("EBADF", { hint: "the file is closed" });
    this.#calls++;
    const near = !ctx.sync && this.#store.directories.near;
    const host = hostFor(ctx, near);
    let result: Awaitable<T>;
    try {
      const rest = near ? breathe() : undefined;
      result = rest === undefined ? action(host, this.#fd) : chain(rest, () => action(host, this.#fd));
    } catch (reason) {
      this.#done();
      throw reason;
    }
    if (isPromiseLike(result)) return this.#settled(result);
    this.#done();
    return result;
  }

  async #settled<T>(result: PromiseLike<T>): Promise<T> {
    try {
      return await result;
    } finally {
      this.#done();
    }
  }

  #done(): void {
    if (--this.#calls === 0) this.#whenIdle?.();
  }
}

function* change(host: Host, fd: number, changes: StatChanges): Flow<void> {
  const { mode, uid, gid, atimeMs, mtimeMs } = changes;
  const stats = yield* wait(host.fstat(fd));
  // Before the mode: a change of owner takes set-id bits away.
  if ((uid ?? gid) !== undefined) yield* wait(host.fchown(fd, uid ?? stats.uid, gid ?? stats.gid));
  if (mode !== undefined) yield* wait(host.fchmod(fd, mode));
  if ((atimeMs ?? mtimeMs) !== undefined)
    yield* wait(host.futimes(fd, atimeMs ?? stats.atimeMs, mtimeMs ?? stats.mtimeMs));
}
