import { isVfsError, parentOf, VfsError, type VPath } from "@vfs/core";
import type { CallContext } from "./call-context.ts";
import {
  GuestDied,
  type CallbackFunction,
  type Engine,
  type EngineOptions,
  type Guest,
  type HostServices,
} from "./engine.ts";
import { Execution, unlessAborted } from "./execution.ts";
import { checkTimeout } from "./limits.ts";
import { placeOf } from "./mounts.ts";
import { outcomeOf } from "./outcome.ts";
import { Printed } from "./printed.ts";
import type { ExecutionResult } from "./result.ts";
import type { Checkpoint, ExecuteOptions, Session } from "./session.ts";
import { NO_USE, Tally, useBetween, type SessionStats } from "./stats.ts";

/** A session, as this package makes it. */
export class LiveSession implements Session {
  readonly mountPath: string;
  readonly #engine: Engine;
  readonly #context: CallContext;
  readonly #onClosed: () => void;
  #options: EngineOptions;
  /** The interpreter, or the one that is being started; undefined when the last start failed. */
  #guest: Promise<Guest> | undefined;
  /** Every interpreter that was started and has not ended. */
  readonly #alive = new Set<Promise<Guest>>();
  /** What is executed, and behind it what waits for its turn. */
  readonly #executions = new Set<Execution>();
  readonly #tally = new Tally();
  /** The last of those that wait for one another. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  /**
   * @param context Tells whose callbacks are running.
   * @param onClosed Called once nothing of the session is left.
   */
  constructor(
    engine: Engine,
    options: EngineOptions,
    context: CallContext,
    onClosed: () => void = () => undefined,
  ) {
    this.#context = context;
    this.#onClosed = onClosed;
    this.mountPath = options.mountPath;
    this.#engine = engine;
    this.#options = { ...options, callbacks: this.#allMarked(options.callbacks) };
  }

  get stats(): SessionStats {
    return this.#tally.stats;
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

  /** Gives a session that has run nothing yet other files and functions. */
  async attach(services: HostServices): Promise<void> {
    const { mounts } = services;
    const vfs = mounts[0]?.vfs ?? this.#options.vfs;
    const callbacks = this.#allMarked(services.callbacks);
    this.#options = { ...this.#options, vfs, mounts, callbacks };
    const guest = await (this.#guest ?? this.start());
    if (guest.attach !== undefined) guest.attach({ mounts, callbacks });
    else await this.reset();
  }

  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecutionResult> {
    const { timeoutMs = this.#options.limits.timeoutMs, signal } = options;
    if (typeof code !== "string") throw new TypeError(`code must be a string, got ${typeof code}`);
    checkTimeout(timeoutMs);
    signal?.throwIfAborted();
    const request = { code, timeoutMs, ...givenBy(options) };
    const execution = new Execution(request, new Printed(options));
    this.#executions.add(execution);
    const done = this.#inTurn(async () => {
      if (options.files !== undefined) await this.#write(options.files);
      return this.#execute(execution);
    }).finally(() => this.#executions.delete(execution));
    if (signal === undefined) return done;
    return unlessAborted(signal, execution, done);
  }

  interrupt(): void {
    const [current] = this.#executions;
    current?.interrupt();
  }

  reset(): Promise<void> {
    return this.#inTurn(async () => void (await this.#restart()));
  }

  checkpoint(): Promise<Checkpoint> {
    return this.#inTurn(async () => {
      const guest = await (this.#guest ?? this.start());
      if (guest.checkpoint === undefined) throw unsupported(this.#engine);
      const saved = await this.#surviving(guest.checkpoint(this.#options.limits.timeoutMs));
      return { engine: this.#engine.name, ...saved };
    });
  }

  async restore(checkpoint: Checkpoint): Promise<void> {
    if (checkpoint.engine !== this.#engine.name)
      throw new TypeError(`the checkpoint is of ${checkpoint.engine}, and this is ${this.#engine.name}`);
    return this.#inTurn(async () => {
      // Before anything is lost.
      if ((await (this.#guest ?? this.start())).restore === undefined) throw unsupported(this.#engine);
      const guest = await this.#restart();
      if (guest.restore === undefined) throw unsupported(this.#engine);
      try {
        await this.#surviving(guest.restore(checkpoint.bytes, this.#options.limits.timeoutMs));
      } catch (error) {
        // Half of it would be worse than nothing.
        if (!this.#closed) await this.#restart();
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#alive, (guest) => this.#end(guest)));
    this.#onClosed();
  }

  /** Whether its interpreter is started and has not ended by itself. */
  async isReady(): Promise<boolean> {
    const guest = await this.#guest?.catch(() => undefined);
    return guest !== undefined && guest.isAlive !== false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    if (this.#context.sessions()?.has(this))
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
    const guest = await (this.#guest ?? this.start());
    const before = guest.use?.() ?? NO_USE;
    const result = await this.#run(execution, guest, startMs);
    this.#tally.add(result, useBetween(before, guest.use?.() ?? NO_USE));
    return result;
  }

  async #run(execution: Execution, guest: Guest, startMs: number): Promise<ExecutionResult> {
    const { timeoutMs, printed } = execution;
    try {
      const outcome = await execution.run(guest);
      return outcomeOf(outcome, printed.end(), performance.now() - startMs);
    } catch (error) {
      if (!(error instanceof GuestDied)) throw error;
      const durationMs = performance.now() - startMs;
      this.#replace();
      return outcomeOf({ died: error, timedOut: durationMs >= timeoutMs }, printed.end(), durationMs);
    }
  }

  /** Fails with an error of its own when the interpreter ends; there is another one then. */
  async #surviving<T>(action: Promise<T>): Promise<T> {
    try {
      return await action;
    } catch (error) {
      if (!(error instanceof GuestDied)) throw error;
      this.#replace();
      throw new Error("the interpreter did not survive that", { cause: error });
    }
  }

  /** Writes what a piece of code is to find. */
  async #write(files: NonNullable<ExecuteOptions["files"]>): Promise<void> {
    const [first, ...rest] = this.#options.mounts;
    if (first === undefined) return;
    for (const [path, data] of Object.entries(files)) {
      const [vfs, place] = placeOf(path, [first, ...rest]);
      try {
        await vfs.writeFile(place, data);
      } catch (error) {
        if (!isVfsError(error, "ENOENT")) throw error;
        await vfs.mkdir(parentOf(place as VPath), { recursive: true });
        await vfs.writeFile(place, data);
      }
    }
  }

  async #restart(): Promise<Guest> {
    await this.#end(this.#guest);
    if (this.#closed) throw closed();
    return this.start();
  }

  /** An interpreter that has ended by itself makes room for another one. */
  #replace(): void {
    if (this.#guest !== undefined) this.#alive.delete(this.#guest);
    this.#guest = undefined;
    // The next piece of code need not wait for it.
    if (!this.#closed) void this.start().catch(() => undefined);
  }

  async #end(starting: Promise<Guest> | undefined): Promise<void> {
    if (starting === undefined) return;
    if (this.#guest === starting) this.#guest = undefined;
    const guest = await starting.catch(() => undefined);
    await guest?.kill();
    this.#alive.delete(starting);
  }

  #allMarked(callbacks: EngineOptions["callbacks"]): Record<string, CallbackFunction> {
    return Object.fromEntries(
      Object.entries(callbacks).map(([name, callback]) => [name, this.#marked(callback)]),
    );
  }

  /** A callback that knows whose it is, so that it cannot wait for its own session. */
  #marked(callback: CallbackFunction): CallbackFunction {
    return (...args) => {
      const sessions = new Set([...(this.#context.sessions() ?? []), this]);
      const result = this.#context.run(sessions, async () => callback(...args));
      // What it has put off to later waits for nobody.
      return result.finally(() => sessions.delete(this));
    };
  }
}

/** What is given to the code beside its files. */
function givenBy({ stdin, env, argv }: ExecuteOptions): Pick<Execution["request"], "stdin" | "env" | "argv"> {
  return { stdin: typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin, env, argv };
}

function closed(): VfsError {
  return new VfsError("EBADF", { syscall: "execute", hint: "the session is closed" });
}

function unsupported({ name }: Engine): VfsError {
  return new VfsError("ENOTSUP", { syscall: "checkpoint", hint: `${name} cannot save its memory` });
}
