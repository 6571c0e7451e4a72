import type { Vfs } from "@vfs/core";
import type { ResolvedLimits } from "./limits.ts";
import type { GuestOutcome } from "./protocol.ts";

/** A function of the host that code in a session can call; arguments and result are JSON. */
export type Callback = (...args: never[]) => unknown;

/** What an interpreter is started with. */
export interface EngineOptions {
  /** The files, as the guest may see them. */
  readonly vfs: Vfs;
  readonly mountPath: string;
  readonly limits: ResolvedLimits;
  readonly callbacks: Readonly<Record<string, Callback>>;
}

/** A language. */
export interface Engine {
  readonly name: string;
  /** Starts an interpreter with nothing in its memory. */
  start(options: EngineOptions): Promise<Guest>;
}

/** A piece of code, and what it is given. */
export interface RunRequest {
  readonly code: string;
  readonly timeoutMs: number;
  /** What it finds on its standard input; nothing unless told. */
  readonly stdin?: Uint8Array | undefined;
  /** What it was started as, and with: `sys.argv`, `process.argv` without the interpreter, `$0` and `$1`. */
  readonly argv?: readonly string[] | undefined;
  /** Environment variables, for this code alone. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** What the host does with what a guest prints. */
export type OnOutput = (fd: 1 | 2, bytes: Uint8Array) => void;

/** An interpreter that is running. */
export interface Guest {
  /** Runs a piece of code. Fails with {@link GuestDied} when the interpreter does not survive it. */
  run(request: RunRequest, onOutput: OnOutput): Promise<GuestOutcome>;
  /** Interrupts what is running. */
  interrupt(): void;
  /** Ends the interpreter, whatever it does, and gives back what it held. */
  kill(): Promise<void>;
}

/** The interpreter has ended while code ran. */
export class GuestDied extends Error {
  override readonly name = "GuestDied";
  /** Whether it ended because it had no memory left. */
  readonly outOfMemory: boolean;

  constructor(message: string, { outOfMemory = false }: { outOfMemory?: boolean } = {}) {
    super(message);
    this.outOfMemory = outOfMemory;
  }
}
