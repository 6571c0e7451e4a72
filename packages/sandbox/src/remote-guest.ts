import type { Control } from "./control.ts";
import {
  GuestDied,
  type EngineOptions,
  type Guest,
  type HostServices,
  type HostUse,
  type OnOutput,
  type RunRequest,
  type SavedMemory,
} from "./engine.ts";
import { HostSide, type Command } from "./host-side.ts";
import { readOutcome } from "./outcome.ts";
import type {
  Cause,
  GuestConfig,
  GuestHeader,
  GuestOp,
  GuestOutcome,
  GuestRun,
  HostHeader,
} from "./protocol.ts";

/** What a guest is started with. */
export interface RemoteGuestOptions extends EngineOptions {
  /** Runs a program of another language for the guest, and answers with what came of it. */
  readonly command?: Command;
}

/** What an engine tells its guest, beside what holds for all. */
export type EngineConfig = Pick<GuestConfig, "modules" | "wheels" | "mountedWheels"> &
  Partial<Pick<GuestConfig, "engineUrl" | "snapshotBytes">>;

/** How a guest has ended. */
interface Ending {
  readonly message: string;
  /** Whether it was for want of memory, as far as one can tell. */
  readonly outOfMemory?: boolean;
}

/** The way to an interpreter that runs elsewhere, in a process or a worker, and can be ended at any time. */
export interface Carrier {
  /** What the guest sees of its host at any time. */
  readonly control: Control;
  readonly isAlive: boolean;
  /** Comes once nothing more comes from it. */
  readonly ended: Promise<Ending>;
  /** Says where its frames go. When that throws it is ended: not a word of it can be believed any more. */
  listen(onFrame: (header: GuestHeader, payload: Uint8Array) => void): void;
  /** @throws whatever comes of a frame that is larger than one may be. */
  send(header: HostHeader, payload?: Uint8Array): void;
  /** Ends it, whatever it does. */
  end(): void;
  /** Tells, once, when it has used more of a processor than it may from now on; answers how to stop that. */
  watchProcessor?(cpuMs: number, onExceeded: () => void): () => void;
}

// Beside its timeout, code gets this long to end by itself once it is interrupted; then its interpreter is ended.
const GRACE_MS = 1000;
const BOOT_MS = 60_000;
// A file system that does not answer must not keep a session from ending.
const CLOSE_MS = 2000;

/** An interpreter that runs elsewhere: it reads its own code, and talks to nobody but this object. */
export class RemoteGuest implements Guest {
  readonly #options: RemoteGuestOptions;
  readonly #carrier: Carrier;
  readonly #host: HostSide;
  readonly #ended: Promise<void>;
  #died: GuestDied | undefined;
  #onOutput: OnOutput | undefined;
  /** How much the guest has printed since it was given something to run, in bytes. */
  #printed = 0;
  /** Which limit the code that is running has gone beyond. */
  #exceeded: Cause | undefined;
  /** Whether a call of the guest is under way. */
  #serving = false;
  /** Who waits for the guest to be ready, or to be done. */
  #waiting: Waiting | undefined;

  constructor(options: RemoteGuestOptions, carrier: Carrier) {
    this.#options = options;
    this.#carrier = carrier;
    this.#host = new HostSide(options, carrier.control, (limit) => this.#exceed(limit));
    carrier.listen((header, payload) => this.#onFrame(header, payload));
    this.#ended = this.#watchEnd();
  }

  /**
   * Waits until the interpreter is ready.
   *
   * @throws Error when that does not come about; nothing is left of it then.
   */
  async boot(config: EngineConfig, bootMs: number = BOOT_MS): Promise<void> {
    const { mountPath, mounts, limits, callbacks, stubs } = this.#options;
    const { memoryBytes, outputBytes, scratchBytes } = limits;
    const mountPaths = mounts.map(({ path }) => path);
    const known = { mountPath, mountPaths, stubs, callbacks: Object.keys(callbacks) };
    const bounds = { memoryBytes, outputBytes, scratchBytes };
    const timer = setTimeout(() => this.#carrier.end(), bootMs);
    try {
      const ready = this.#answer("ready");
      this.#carrier.send(["boot", { engineUrl: "", snapshotBytes: 0, ...config, ...known, ...bounds }]);
      await ready;
    } catch (error) {
      await this.kill();
      throw new Error("the interpreter did not start", { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async run(request: RunRequest, onOutput: OnOutput): Promise<GuestOutcome> {
    const { stdin, ...rest } = request;
    return this.#run({ ...rest, what: "run" }, onOutput, stdin);
  }

  async checkpoint(timeoutMs: number): Promise<SavedMemory> {
    this.#host.memory.start();
    const outcome = await this.#run({ code: "", timeoutMs, what: "checkpoint" }, () => undefined);
    if (outcome.error !== undefined) throw failed("the memory could not be saved", outcome);
    return { bytes: this.#host.memory.take(), leftOut: outcome.leftOut ?? [] };
  }

  async restore(bytes: Uint8Array, timeoutMs: number): Promise<void> {
    this.#host.memory.start(bytes);
    const outcome = await this.#run({ code: "", timeoutMs, what: "restore" }, () => undefined);
    this.#host.memory.start();
    if (outcome.error !== undefined) throw failed("the memory could not be restored", outcome);
  }

  async #run(
    request: Omit<GuestRun, "interrupts">,
    onOutput: OnOutput,
    stdin?: Uint8Array,
  ): Promise<GuestOutcome> {
    const { cpuMs } = this.#options.limits;
    const { timeoutMs } = request;
    this.#onOutput = onOutput;
    this.#printed = 0;
    this.#exceeded = undefined;
    this.#host.startRun();
    const done = this.#answer("done");
    const { interrupts } = this.#carrier.control;
    this.#carrier.send(["run", { ...request, cpuMs, interrupts }], stdin);
    const timer = setTimeout(() => this.#carrier.end(), timeoutMs + GRACE_MS);
    // Where nothing else can take longer, the clock on the wall will do.
    const stopWatching =
      cpuMs < timeoutMs
        ? this.#carrier.watchProcessor?.(cpuMs + GRACE_MS, () => this.#exceed("cpu"))
        : undefined;
    try {
      const outcome = await done;
      return this.#exceeded === undefined ? outcome : { ...outcome, interrupted: this.#exceeded };
    } finally {
      clearTimeout(timer);
      stopWatching?.();
      this.#onOutput = undefined;
    }
  }

  get isAlive(): boolean {
    return this.#died === undefined && this.#carrier.isAlive;
  }

  use(): HostUse {
    return this.#host.use;
  }

  attach(services: HostServices): void {
    this.#host.attach(services);
  }

  /** The code has gone beyond a limit: it is interrupted, or ended where it has been interrupted before. */
  #exceed(limit: Cause): void {
    const isNew = this.#exceeded === undefined;
    this.#exceeded ??= limit;
    if (limit === "cpu") this.#carrier.end();
    else if (isNew) this.interrupt();
  }

  interrupt(): void {
    this.#carrier.control.interrupt();
    const waiting = this.#waiting;
    // What does not end then has decided not to.
    inBackground(() => {
      if (waiting !== undefined && this.#waiting === waiting) this.#carrier.end();
    }, GRACE_MS);
  }

  async kill(): Promise<void> {
    this.#carrier.end();
    await this.#ended;
  }

  /** @throws whatever is wrong with a frame: the guest is not ours any more. */
  #onFrame(header: GuestHeader, payload: Uint8Array): void {
    switch (header[0]) {
      case "ready":
        return this.#settle("ready", NO_OUTCOME);
      case "done":
        return this.#settle("done", readOutcome(header[1]));
      case "out":
        return this.#print(header[1], payload);
      default:
        if (this.#waiting === undefined || this.#serving)
          throw new Error("the guest calls out of turn, which could fill our memory");
        void this.#serve(header, payload);
    }
  }

  #print(fd: 1 | 2, bytes: Uint8Array): void {
    this.#printed += bytes.length;
    // The guest keeps to its limit by itself, as long as it is ours.
    if (this.#printed > this.#options.limits.outputBytes) throw new Error("the guest prints on and on");
    this.#onOutput?.(fd, bytes);
  }

  async #serve([op, ...args]: readonly [GuestOp, ...unknown[]], payload: Uint8Array): Promise<void> {
    this.#serving = true;
    const { control } = this.#carrier;
    const before = control.generation;
    const answer = await this.#host.answer(op, args, payload);
    this.#serving = false;
    try {
      if (answer.ok) this.#carrier.send(["ok", answer.value, before, control.generation], answer.payload);
      else this.#carrier.send(["fail", answer.code, answer.message]);
    } catch {
      // It has asked for more than fits into an answer.
      this.#carrier.end();
    }
  }

  #answer(to: Waiting["to"]): Promise<GuestOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<GuestOutcome>();
    if (this.#died === undefined) this.#waiting = { to, resolve, reject };
    else reject(this.#died);
    return promise;
  }

  #settle(to: Waiting["to"], outcome: GuestOutcome): void {
    const waiting = this.#waiting;
    if (waiting?.to !== to) throw new Error("the guest answers what nobody has asked");
    this.#waiting = undefined;
    waiting.resolve(outcome);
  }

  /** Gives back what the guest held, as soon as it has ended, however that came. */
  async #watchEnd(): Promise<void> {
    const { message, outOfMemory = false } = await this.#carrier.ended;
    this.#host.stopListening();
    this.#died = new GuestDied(message, { outOfMemory, exceeded: this.#exceeded });
    const { promise: late, resolve } = Promise.withResolvers<void>();
    inBackground(resolve, CLOSE_MS);
    await Promise.race([this.#host.close(), late]);
    this.#carrier.control.close();
    this.#waiting?.reject(this.#died);
    this.#waiting = undefined;
  }
}

/** Does something later, unless nothing else keeps the program from ending. */
function inBackground(action: () => void, ms: number): void {
  const timer: unknown = setTimeout(action, ms);
  // A timer of Node; that of a browser is a number.
  if (typeof timer === "object") (timer as NodeJS.Timeout).unref();
}

/** Who waits for a frame of a kind. */
interface Waiting {
  readonly to: "ready" | "done";
  readonly resolve: (outcome: GuestOutcome) => void;
  readonly reject: (reason: GuestDied) => void;
}

function failed(what: string, { error }: GuestOutcome): Error {
  return new Error(`${what}: ${error?.type}: ${error?.message}`, { cause: error });
}

const NO_OUTCOME: GuestOutcome = { truncated: false, peakMemoryBytes: 0 };
