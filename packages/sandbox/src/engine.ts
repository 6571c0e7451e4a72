import type { Vfs } from "@vfs/core";
import type { ResolvedLimits } from "./limits.ts";
import type { Cause, GuestOutcome } from "./protocol.ts";

/**
 * A function of the host that code in a session can call. Arguments and result are what JSON can say, and bytes
 * (`Uint8Array`); keyword arguments come as one object, last.
 */
export type CallbackFunction = (...args: never[]) => unknown;

/** Such a function, and what the code is told of it. */
export interface DescribedCallback extends CallbackStub {
  readonly run: CallbackFunction;
}

/** What `help` says of a host function. */
export interface CallbackStub {
  /** Its parameters and result as the language has them: `(sku: str, days: int = 1) -> dict` in Python. */
  readonly signature?: string | undefined;
  /** What it does. */
  readonly doc?: string | undefined;
}

/** A function of the host that code in a session can call, with or without a description. */
export type Callback = CallbackFunction | DescribedCallback;

/** Files at a place. */
export interface MountPoint {
  /** Where they are for the code. */
  readonly path: string;
  /** The files, as the guest may see them. */
  readonly vfs: Vfs;
}

/** What a guest may use of its host: it can be given other ones while it is new. */
export interface HostServices {
  /** All files; the first are those of `vfs` and `mountPath`, where code begins. */
  readonly mounts: readonly MountPoint[];
  readonly callbacks: Readonly<Record<string, CallbackFunction>>;
}

/** How an interpreter is kept apart: as it always is, or with an operating system's own walls around it too. */
export type Isolation = "process" | "strict";

/** What an interpreter is started with. */
export interface EngineOptions extends HostServices {
  /** The files, as the guest may see them. */
  readonly vfs: Vfs;
  readonly mountPath: string;
  readonly limits: ResolvedLimits;
  /** What is known of the callbacks, for those that are described. */
  readonly stubs: Readonly<Record<string, CallbackStub>>;
  readonly isolation: Isolation;
}

/** A language. */
export interface Engine {
  readonly name: string;
  /** What it can do that not every engine can; a session that asks for more is refused. */
  readonly can?: readonly ("mounts" | "strict")[];
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

/** How much a guest has made of its host since it was started. */
export interface HostUse {
  readonly fileOperations: number;
  readonly callbacks: number;
  /** Programs that it has started. */
  readonly processes: number;
}

/** A name that is not in a checkpoint, and why. */
export interface LeftOut {
  readonly name: string;
  /** The type of what it stands for. */
  readonly type: string;
  readonly reason: string;
}

/** What was in an interpreter's memory. */
export interface SavedMemory {
  readonly bytes: Uint8Array;
  readonly leftOut: readonly LeftOut[];
}

/** An interpreter that is running. */
export interface Guest {
  /** Runs a piece of code. Fails with {@link GuestDied} when the interpreter does not survive it. */
  run(request: RunRequest, onOutput: OnOutput): Promise<GuestOutcome>;
  /** Interrupts what is running. */
  interrupt(): void;
  /** Ends the interpreter, whatever it does, and gives back what it held. */
  kill(): Promise<void>;
  /** Whether it can still run something, where it can tell. */
  readonly isAlive?: boolean;
  /** How much it has made of its host so far. */
  use?(): HostUse;
  /** Gives an interpreter that has run nothing yet other files and functions, with the same places and names. */
  attach?(services: HostServices): void;
  /** Saves what can be saved of the memory. */
  checkpoint?(timeoutMs: number): Promise<SavedMemory>;
  /** Puts what was saved into an empty memory. */
  restore?(bytes: Uint8Array, timeoutMs: number): Promise<void>;
}

/** The interpreter has ended while code ran. */
export class GuestDied extends Error {
  override readonly name = "GuestDied";
  /** Whether it ended because it had no memory left. */
  readonly outOfMemory: boolean;
  /** Which limit it was ended for, beside its time. */
  readonly exceeded: Cause | undefined;

  constructor(message: string, how: { outOfMemory?: boolean; exceeded?: Cause | undefined } = {}) {
    super(message);
    this.outOfMemory = how.outOfMemory ?? false;
    this.exceeded = how.exceeded;
  }
}
