import type { Vfs } from "@vfs/core";
import { asyncContext } from "./async-context.ts";
import type { Callback, Engine, Isolation, LeftOut } from "./engine.ts";
import type { Limits } from "./limits.ts";
import { LiveSession } from "./live-session.ts";
import type { Mount } from "./mounts.ts";
import type { ExecutionResult } from "./result.ts";
import { resolveSession } from "./session-options.ts";
import type { SessionStats } from "./stats.ts";

/** How a session is made. */
export interface SessionOptions {
  /** The files that it works on: a Vfs, or a view of one. The session closes neither. */
  readonly vfs?: Vfs | undefined;
  /** The language: `python()`. */
  readonly engine: Engine;
  /** Where the files are for the code; `/data` unless told. It is also where the code begins. */
  readonly mountPath?: string | undefined;
  /**
   * More files, by where they are for the code: `{ "/ref": { vfs: other, readOnly: true } }`. Without `vfs` the code
   * begins at the first of them.
   */
  readonly mounts?: Readonly<Record<string, Mount>> | undefined;
  readonly limits?: Limits | undefined;
  /**
   * Functions of the program that the code can call by their names. Arguments and result are JSON and bytes; keyword
   * arguments come as one object, last. What a function fails with is an exception for the code, with its message.
   */
  readonly callbacks?: Readonly<Record<string, Callback>> | undefined;
  /**
   * `process`, unless told: a process of its own under Node's permission model. `strict`: bubblewrap around that; a
   * session that cannot have it does not start.
   */
  readonly isolation?: Isolation | undefined;
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
  /** What it finds on its standard input; nothing unless told. */
  readonly stdin?: string | Uint8Array | undefined;
  /** Environment variables, for this code alone. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What it was started as, and with: `sys.argv`. */
  readonly argv?: readonly string[] | undefined;
  /** Files that are written before it runs, by their paths, relative to `mountPath` unless they say where. */
  readonly files?: Readonly<Record<string, string | Uint8Array>> | undefined;
}

/** What was in a session's memory: to be kept, and put into another session or the same one later. */
export interface Checkpoint {
  /** The engine that it is from. */
  readonly engine: string;
  /** Only for an interpreter of the same version. */
  readonly bytes: Uint8Array;
  /** The names that are not in it. */
  readonly leftOut: readonly LeftOut[];
}

/** An interpreter with a memory, on files that others see too. */
export interface Session extends AsyncDisposable {
  /** Where the files are for the code, and where it begins. */
  readonly mountPath: string;
  /** What it has done so far. */
  readonly stats: SessionStats;
  /**
   * Runs a piece of code in the session's memory. What the code does wrong is a result; the call itself fails only for
   * misuse. Several calls at once wait for one another.
   *
   * @throws VfsError `EDEADLK` when a function that the code called waits for its own session; `EBADF` when it is
   * closed; what `files` fail with.
   */
  execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult>;
  /** Interrupts what is running, if anything is: its result has the kind `killed`. */
  interrupt(): void;
  /** Begins anew with an empty memory. The files stay as they are. */
  reset(): Promise<void>;
  /**
   * Saves the names that the code has defined, as far as they can be saved, and tells which cannot. Files are no part of
   * it: a snapshot of the Vfs is.
   *
   * @throws VfsError `ENOTSUP` when the engine cannot.
   */
  checkpoint(): Promise<Checkpoint>;
  /**
   * Begins anew with what a checkpoint has.
   *
   * @throws TypeError for one of another engine; Error when it cannot be read; VfsError `ENOTSUP` when the engine cannot.
   */
  restore(checkpoint: Checkpoint): Promise<void>;
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
  const session = new LiveSession(options.engine, resolveSession(options), asyncContext);
  await session.start();
  return session;
}
