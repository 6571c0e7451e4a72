import { VfsError } from "@vfs/core";
import { asyncContext } from "./async-context.ts";
import type { Engine, EngineOptions } from "./engine.ts";
import { unlessGivenUp } from "./execution.ts";
import { LiveSession } from "./live-session.ts";
import type { ExecutionResult } from "./result.ts";
import { resolveServices, resolveSession } from "./session-options.ts";
import type { ExecuteOptions, Session, SessionOptions } from "./session.ts";

/** How a pool is made: as each of its sessions, and how many of them. */
export interface PoolOptions extends SessionOptions {
  /** How many sessions are kept ready; 2 unless told. */
  readonly size?: number | undefined;
  /** How many may be in use at the same time, above which an `acquire` waits; 32 unless told. */
  readonly maxInUse?: number | undefined;
}

/** What one user of a pool is given in place of what the pool was made with. */
export interface AcquireOptions extends Pick<SessionOptions, "vfs" | "mounts" | "callbacks"> {
  /** Gives up waiting; the call then fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sessions that are started before anybody needs them. Each is for one user: once it is closed its process has ended, and
 * the next one begins with a new interpreter.
 */
export interface Pool extends AsyncDisposable {
  /** How many sessions wait for a user, or are being started for one. */
  readonly ready: number;
  readonly inUse: number;
  /**
   * Takes a session that nobody has used. Its `close` gives the place back.
   *
   * @param options Other files, at the same places, and other callbacks, by the same names, than the pool's own.
   * @throws TypeError for other places or names; VfsError `EBADF` when the pool is closed; Error when no interpreter starts.
   */
  acquire(options?: AcquireOptions): Promise<Session>;
  /** Runs one piece of code in a session of its own. */
  execute(code: string, options?: ExecuteOptions & AcquireOptions): Promise<ExecutionResult>;
  /** Ends all sessions, those in use too. */
  close(): Promise<void>;
}

/**
 * Starts a pool, and waits until it is full.
 *
 * @example
 * await using pool = await createPool({ size: 4, vfs, engine: python() });
 * await using session = await pool.acquire({ vfs: filesOfThisUser });
 *
 * @throws TypeError or RangeError for options that make no sense; Error when no interpreter starts.
 */
export async function createPool(options: PoolOptions): Promise<Pool> {
  const { size = 2, maxInUse = 32 } = options;
  for (const [name, value] of Object.entries({ size, maxInUse }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name} must be a whole number above 0, got ${String(value)}`);
  const pool = new SessionPool(options.engine, resolveSession(options), maxInUse);
  try {
    await pool.fill(size);
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/**
 * How long after a session was taken the next one is started: to start a process keeps the host from everything else for
 * tens of milliseconds, and whoever was just served has something to do.
 */
const REFILL_MS = 20;

class SessionPool implements Pool {
  readonly #engine: Engine;
  readonly #options: EngineOptions;
  readonly #maxInUse: number;
  /** Sessions that nobody has used, the oldest first. */
  readonly #ready: Promise<LiveSession>[] = [];
  /** Sessions that will be started in a moment. */
  readonly #coming: ReturnType<typeof setTimeout>[] = [];
  readonly #inUse = new Set<LiveSession>();
  /** Who waits for a place. */
  readonly #waiting = new Set<() => void>();
  /** Places that are taken, by sessions in use and by those who are about to have one. */
  #taken = 0;
  #closed = false;

  constructor(engine: Engine, options: EngineOptions, maxInUse: number) {
    this.#engine = engine;
    this.#options = options;
    this.#maxInUse = maxInUse;
  }

  get ready(): number {
    return this.#ready.length + this.#coming.length;
  }

  get inUse(): number {
    return this.#inUse.size;
  }

  async fill(size: number): Promise<void> {
    for (let i = 0; i < size; i++) this.#add();
    await Promise.all(this.#ready);
  }

  async acquire({ signal, ...given }: AcquireOptions = {}): Promise<Session> {
    signal?.throwIfAborted();
    if (this.#closed) throw closed();
    const services = Object.values(given).some((value) => value !== undefined)
      ? resolveServices(this.#options, given)
      : undefined;
    await this.#place(signal);
    try {
      const session = await this.#take(signal);
      this.#inUse.add(session);
      if (services !== undefined) await session.attach(services);
      return session;
    } catch (error) {
      this.#giveBack();
      throw error;
    }
  }

  async execute(code: string, options: ExecuteOptions & AcquireOptions = {}): Promise<ExecutionResult> {
    const { vfs, mounts, callbacks, ...rest } = options;
    await using session = await this.acquire({ vfs, mounts, callbacks, signal: rest.signal });
    return await session.execute(code, rest);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const next of this.#waiting) next();
    for (const timer of this.#coming.splice(0)) clearTimeout(timer);
    const ready = this.#ready.splice(0);
    const sessions = await Promise.allSettled(ready);
    const all = sessions.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    await Promise.all([...all, ...this.#inUse].map((session) => session.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Starts a session for whoever comes next. */
  #add(): void {
    const session = new LiveSession(this.#engine, this.#options, asyncContext, () => {
      if (this.#inUse.delete(session)) this.#giveBack();
    });
    const starting = session.start().then(() => session);
    // Who takes it hears of it.
    starting.catch(() => undefined);
    this.#ready.push(starting);
  }

  /** The oldest session that nobody has used, once it is started. */
  async #take(signal: AbortSignal | undefined): Promise<LiveSession> {
    for (;;) {
      if (this.#closed) throw closed();
      const oldest = this.#ready.shift();
      if (oldest === undefined) {
        clearTimeout(this.#coming.shift());
        this.#add();
        continue;
      }
      this.#addSoon();
      const session = await unlessGivenUp(signal, oldest).catch((error: unknown) => {
        // It is as good as new for somebody else.
        if (signal?.aborted === true) this.#putBack(oldest);
        throw error;
      });
      if (!this.#closed && (await session.isReady())) return session;
      // Its process has ended by itself, or the pool has.
      await session.close();
    }
  }

  #addSoon(): void {
    const timer = setTimeout(() => {
      this.#coming.splice(this.#coming.indexOf(timer), 1);
      this.#add();
    }, REFILL_MS);
    this.#coming.push(timer);
  }

  #putBack(session: Promise<LiveSession>): void {
    this.#ready.unshift(session);
    const timer = this.#coming.pop();
    if (timer !== undefined) {
      clearTimeout(timer);
      return;
    }
    const surplus = this.#ready.pop();
    void surplus?.then((one) => one.close()).catch(() => undefined);
  }

  /** Waits until one more may be in use. */
  async #place(signal: AbortSignal | undefined): Promise<void> {
    while (this.#taken >= this.#maxInUse) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      try {
        await unlessGivenUp(signal, promise);
      } catch (error) {
        // Its turn is that of the next one.
        if (!this.#waiting.has(resolve)) this.#wakeNext();
        throw error;
      } finally {
        this.#waiting.delete(resolve);
      }
      if (this.#closed) throw closed();
    }
    this.#taken++;
  }

  #giveBack(): void {
    this.#taken--;
    this.#wakeNext();
  }

  #wakeNext(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }
}

function closed(): VfsError {
  return new VfsError("EBADF", { syscall: "acquire", hint: "the pool is closed" });
}
