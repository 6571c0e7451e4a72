import { AsyncLocalStorage } from "node:async_hooks";
import { VfsError, type Vfs } from "@vfs/core";
import { GuestDied, type Callback, type Engine, type EngineOptions, type Guest } from "./engine.ts";
import { Execution, unlessAborted } from "./execution.ts";
import { checkTimeout, resolveLimits, type Limits, type ResolvedLimits } from "./limits.ts";
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
const within = new AsyncLocalStorage<Set<Session>>();

class LiveSession implements Session {
  readonly mountPath: string;
  readonly #engine: Engine;
  readonly #options: EngineOptions;
  readonly #limits: ResolvedLimits;
  /** The interpreter, or the one that is being started; undefined when the last start failed. */
  #guest: Promise<Guest> | undefined;
  /** Every interpreter that was started and has not ended. */
  readonly #alive = new Set<Promise<Guest>>();
  /** What is executed, and behind it what waits for its turn. */
  readonly #executions = new Set<Execution>();
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

  /** @throws VfsError `EBADF` when the session is closed meanwhile; Error when the interpreter does not start. */
  start(): Promise<Guest> {
    const starting = this.#engine.start(this.#options).then(async (guest) => {
      if (!this.#closed) return guest;
      await guest.kill();
      throw closed();
    });
    this.#alive.add(starting);
    this.#guest = starting;
    starting.catch(() => {
      this.#alive.delete(starting);
      // The next call tries again.
      if (this.#guest === starting) this.#guest = undefined;
    });
    return starting;
  }

  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecutionResult> {
    const { timeoutMs = this.#limits.timeoutMs, signal } = options;
    if (typeof code !== "string") throw new TypeError(`code must be a string, got ${typeof code}`);
    checkTimeout(timeoutMs);
    signal?.throwIfAborted();
    const execution = new Execution(code, timeoutMs, new Printed(options));
    this.#executions.add(execution);
    const done = this.#inTurn(() => this.#execute(execution)).finally(() =>
      this.#executions.delete(execution),
    );
    if (signal === undefined) return done;
    return unlessAborted(signal, execution, done);
  }

  interrupt(): void {
    const [current] = this.#executions;
    current?.interrupt();
  }

  reset(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end(this.#guest);
      if (this.#closed) throw closed();
      await this.start();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#alive, (guest) => this.#end(guest)));
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
      if (this.#closed) throw closed();
      return await action();
    } finally {
      resolve();
    }
  }

  async #execute(execution: Execution): Promise<ExecutionResult> {
    const startMs = performance.now();
    try {
      const guest = await (this.#guest ?? this.start());
      const outcome = await execution.run(guest);
      return outcomeOf(outcome, execution.printed.end(), performance.now() - startMs);
    } catch (error) {
      if (!(error instanceof GuestDied)) throw error;
      const durationMs = performance.now() - startMs;
      const { timeoutMs, printed } = execution;
      this.#forget();
      // The next one need not wait for it.
      if (!this.#closed) void this.start().catch(() => undefined);
      return outcomeOf({ died: error, timedOut: durationMs >= timeoutMs }, printed.end(), durationMs);
    }
  }

  /** An interpreter that has ended by itself. */
  #forget(): void {
    if (this.#guest !== undefined) this.#alive.delete(this.#guest);
    this.#guest = undefined;
  }

  async #end(starting: Promise<Guest> | undefined): Promise<void> {
    if (starting === undefined) return;
    if (this.#guest === starting) this.#guest = undefined;
    const guest = await starting.catch(() => undefined);
    await guest?.kill();
    this.#alive.delete(starting);
  }

  /** A callback that knows whose it is, so that it cannot wait for its own session. */
  #marked(callback: Callback): Callback {
    return (...args) => {
      const sessions = new Set([...(within.getStore() ?? []), this]);
      const result = within.run(sessions, async () => callback(...args));
      // What it has put off to later waits for nobody.
      return result.finally(() => sessions.delete(this));
    };
  }
}

function closed(): VfsError {
  return new VfsError("EBADF", { syscall: "execute", hint: "the session is closed" });
}
