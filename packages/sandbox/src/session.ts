import { AsyncLocalStorage } from "node:async_hooks";
import { VfsError, type Vfs } from "@vfs/core";
import { GuestDied, type Callback, type Engine, type EngineOptions, type Guest } from "./engine.ts";
import { resolveLimits, type Limits, type ResolvedLimits } from "./limits.ts";
import { outcomeOf } from "./outcome.ts";
import { Printed } from "./printed.ts";
import type { ExecutionResult } from "./result.ts";

/** How a session is made. */
export interface SessionOptions {
  /** The files that it works on: a Vfs, or a view of one. The session closes neither. */
  readonly vfs: Vfs;
  /** The language: `python()`. */
  readonly engine: Engine;
  /** Where the files are for the code; `/data` unless told. It is also where the code begins. */
  readonly mountPath?: string | undefined;
  readonly limits?: Limits | undefined;
  /**
   * Functions of the program that the code can call by their names. Arguments and result are JSON; keyword arguments
   * come as one object, last. What a function fails with is an exception for the code, with its message.
   */
  readonly callbacks?: Readonly<Record<string, Callback>> | undefined;
}

/** How one piece of code is run. */
export interface ExecuteOptions {
  /** How long it may take, in milliseconds; as the session's limit unless told. */
  readonly timeoutMs?: number | undefined;
  /** Interrupts the code; the call then fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with text as it is printed. */
  readonly onStdout?: ((text: string) => void) | undefined;
  readonly onStderr?: ((text: string) => void) | undefined;
}

/** An interpreter with a memory, on files that others see too. */
export interface Session extends AsyncDisposable {
  /** Where the files are for the code. */
  readonly mountPath: string;
  /**
   * Runs a piece of code in the session's memory. What the code does wrong is a result; the call itself fails only for
   * misuse. Several calls at once wait for one another.
   *
   * @throws VfsError `EDEADLK` when a function that the code called waits for its own session; `EBADF` when it is closed.
   */
  execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult>;
  /** Interrupts what is running, if anything is: its result has the kind `killed`. */
  interrupt(): void;
  /** Begins anew with an empty memory. The files stay as they are. */
  reset(): Promise<void>;
  /** Ends the interpreter, whatever it does. */
  close(): Promise<void>;
}

/**
 * Starts a session.
 *
 * @example
 * await using session = await createSession({ vfs, engine: python() });
 * const { stdout } = await session.execute("print(open('/data/a.txt').read())");
 *
 * @throws TypeError or RangeError for options that make no sense; Error when the interpreter does not start.
 */
export async function createSession(options: SessionOptions): Promise<Session> {
  const { vfs, engine, mountPath = "/data", limits = {}, callbacks = {} } = options;
  if (!/^(?:\/[^/\0]+)+$/.test(mountPath) || RESERVED.test(mountPath))
    throw new TypeError(
      `mountPath must be an absolute path that the interpreter does not need itself, got "${mountPath}"`,
    );
  for (const name of Object.keys(callbacks))
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw new TypeError(`a callback's name must be an identifier, got "${name}"`);
  const session = new LiveSession(engine, { vfs, mountPath, limits: resolveLimits(limits), callbacks });
  await session.start();
  return session;
}

// Folders of the interpreter itself.
const RESERVED = /^\/(?:dev|lib|proc|run|tmp)(?:\/|$)|\/\.{1,2}(?:\/|$)/;

/** Which sessions' callbacks are running. */
const within = new AsyncLocalStorage<ReadonlySet<Session>>();

class LiveSession implements Session {
  readonly mountPath: string;
  readonly #engine: Engine;
  readonly #options: EngineOptions;
  readonly #limits: ResolvedLimits;
  #guest: Promise<Guest> | undefined;
  /** The last of those that wait for one another. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(engine: Engine, options: EngineOptions) {
    this.mountPath = options.mountPath;
    this.#engine = engine;
    this.#limits = options.limits;
    const callbacks = Object.entries(options.callbacks).map(([name, callback]) => [
      name,
      this.#marked(callback),
    ]);
    this.#options = { ...options, callbacks: Object.fromEntries(callbacks) as Record<string, Callback> };
  }

  async start(): Promise<void> {
    this.#guest = this.#engine.start(this.#options);
    await this.#guest;
  }

  execute(code: string, options: ExecuteOptions = {}): Promise<ExecutionResult> {
    return this.#inTurn(() => this.#execute(code, options));
  }

  interrupt(): void {
    void this.#guest?.then((guest) => guest.interrupt()).catch(() => undefined);
  }

  reset(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end();
      await this.start();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    if (within.getStore()?.has(this))
      throw new VfsError("EDEADLK", {
        syscall: "execute",
        hint: "a function that the code called waits for the code",
      });
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    try {
      await before;
      if (this.#closed) throw new VfsError("EBADF", { syscall: "execute", hint: "the session is closed" });
      return await action();
    } finally {
      resolve();
    }
  }

  async #execute(code: string, options: ExecuteOptions): Promise<ExecutionResult> {
    const { timeoutMs = this.#limits.timeoutMs, signal } = options;
    if (typeof code !== "string") throw new TypeError(`code must be a string, got ${typeof code}`);
    if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs must be above 0, got ${timeoutMs}`);
    signal?.throwIfAborted();
    const guest = await (this.#guest ?? this.#restart());
    const abort = (): void => guest.interrupt();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await this.#run(guest, code, timeoutMs, new Printed(options));
    } finally {
      signal?.removeEventListener("abort", abort);
      signal?.throwIfAborted();
    }
  }

  async #run(guest: Guest, code: string, timeoutMs: number, printed: Printed): Promise<ExecutionResult> {
    const startMs = performance.now();
    try {
      const outcome = await guest.run(code, timeoutMs, (fd, bytes) => printed.take(fd, bytes));
      return outcomeOf(outcome, printed.end(), performance.now() - startMs);
    } catch (error) {
      if (!(error instanceof GuestDied)) throw error;
      const durationMs = performance.now() - startMs;
      if (!this.#closed) void this.#restart().catch(() => undefined);
      return outcomeOf({ died: error, timedOut: durationMs >= timeoutMs }, printed.end(), durationMs);
    }
  }

  #restart(): Promise<Guest> {
    this.#guest = this.#engine.start(this.#options);
    return this.#guest;
  }

  async #end(): Promise<void> {
    const ending = this.#guest;
    this.#guest = undefined;
    const guest = await ending?.catch(() => undefined);
    await guest?.kill();
  }

  /** A callback that knows whose it is, so that it cannot wait for its own session. */
  #marked(callback: Callback): Callback {
    return (...args) => within.run(new Set([...(within.getStore() ?? []), this]), () => callback(...args));
  }
}
