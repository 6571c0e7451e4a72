import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { ControlBlock } from "./control-block.ts";
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
import { FrameReader, writeFrame } from "./frames.ts";
import { readOutcome } from "./outcome.ts";
import { closeOf, spawnGuest, type GuestProgram } from "./spawn-guest.ts";
import { watchProcessor } from "./processor-time.ts";
import { HostSide, type Command } from "./host-side.ts";
import {
  GUEST_FDS,
  type GuestConfig,
  type GuestHeader,
  type Cause,
  type GuestOp,
  type GuestOutcome,
  type GuestRun,
} from "./protocol.ts";

/** What a guest process is started with. */
export interface GuestProcessOptions extends EngineOptions, GuestProgram {
  /** Runs a program of another language for the guest, and answers with what came of it. */
  readonly command?: Command;
}

/** What an engine tells its guest, beside what holds for all. */
export type EngineConfig = Pick<GuestConfig, "modules" | "wheels" | "mountedWheels"> &
  Partial<Pick<GuestConfig, "engineUrl" | "snapshotBytes">>;

// Beside its timeout, code gets this long to end by itself once it is interrupted; then its process is ended.
const GRACE_MS = 1000;
const BOOT_MS = 60_000;
// A file system that does not answer must not keep a session from ending.
const CLOSE_MS = 2000;
const COMPLAINT_CHARS = 2000;

/** An interpreter in a process of its own: it reads its own code, and talks to nobody but this object. */
export class GuestProcess implements Guest {
  readonly #options: GuestProcessOptions;
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  readonly #control: ControlBlock;
  readonly #host: HostSide;
  readonly #ended: Promise<void>;
  #died: GuestDied | undefined;
  #complaint = "";
  #onOutput: OnOutput | undefined;
  /** How much the guest has printed since it was given something to run, in bytes. */
  #printed = 0;
  /** Which limit the code that is running has gone beyond. */
  #exceeded: Cause | undefined;
  /** Whether a call of the guest is under way. */
  #serving = false;
  /** Who waits for the guest to be ready, or to be done. */
  #waiting: Waiting | undefined;

  /**
   * Starts a process and waits until its interpreter is ready.
   *
   * @throws Error when the one or the other does not come about; nothing is left of it then.
   */
  static async start(options: GuestProcessOptions, config: EngineConfig): Promise<GuestProcess> {
    const control = new ControlBlock();
    let guest: GuestProcess | undefined;
    try {
      const child = spawnGuest(options, control);
      await once(child, "spawn");
      guest = new GuestProcess(options, child, control);
      await guest.#boot(config);
      return guest;
    } catch (error) {
      await guest?.kill();
      control.close();
      throw new Error("the interpreter did not start", { cause: error });
    }
  }

  private constructor(options: GuestProcessOptions, child: ChildProcess, control: ControlBlock) {
    this.#options = options;
    this.#child = child;
    this.#control = control;
    this.#channel = child.stdio[GUEST_FDS.channel] as Duplex;
    this.#host = new HostSide(options, control, (limit) => this.#exceed(limit));
    const reader = new FrameReader((header, payload) => this.#onFrame(header, payload));
    this.#channel.on("data", (piece: Uint8Array) => this.#take(reader, piece));
    // A guest that ends in the middle of a frame breaks the channel; what matters is that it ended.
    this.#channel.on("error", () => undefined);
    child.on("error", () => undefined);
    (child.stdio[2] as Readable).setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_CHARS);
    });
    this.#ended = this.#watchEnd();
  }

  async #boot(config: EngineConfig): Promise<void> {
    const { mountPath, mounts, limits, callbacks, stubs } = this.#options;
    const { memoryBytes, outputBytes, scratchBytes } = limits;
    const mountPaths = mounts.map(({ path }) => path);
    const known = { mountPath, mountPaths, stubs, callbacks: Object.keys(callbacks) };
    const bounds = { memoryBytes, outputBytes, scratchBytes };
    const ready = this.#answer("ready");
    writeFrame(this.#channel, ["boot", { engineUrl: "", snapshotBytes: 0, ...config, ...known, ...bounds }]);
    const timer = setTimeout(() => this.#end(), BOOT_MS);
    try {
      await ready;
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
    const { interrupts } = this.#control;
    writeFrame(this.#channel, ["run", { ...request, cpuMs, interrupts }], stdin);
    const timer = setTimeout(() => this.#end(), timeoutMs + GRACE_MS);
    // Where nothing else can take longer, the clock on the wall will do.
    const watch =
      cpuMs < timeoutMs
        ? watchProcessor(this.#child, cpuMs + GRACE_MS, () => this.#exceed("cpu"))
        : undefined;
    try {
      const outcome = await done;
      return this.#exceeded === undefined ? outcome : { ...outcome, interrupted: this.#exceeded };
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      this.#onOutput = undefined;
    }
  }

  get isAlive(): boolean {
    return this.#died === undefined && this.#child.exitCode === null && this.#child.signalCode === null;
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
    if (limit === "cpu") this.#end();
    else if (isNew) this.interrupt();
  }

  interrupt(): void {
    this.#control.interrupt();
    const waiting = this.#waiting;
    // What does not end then has decided not to.
    setTimeout(() => {
      if (waiting !== undefined && this.#waiting === waiting) this.#end();
    }, GRACE_MS).unref();
  }

  async kill(): Promise<void> {
    this.#end();
    await this.#ended;
  }

  #end(): void {
    this.#child.kill("SIGKILL");
  }

  #take(reader: FrameReader, piece: Uint8Array): void {
    try {
      reader.push(piece);
    } catch {
      // Not a word of it can be believed any more.
      this.#end();
    }
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
    const before = this.#control.generation;
    const answer = await this.#host.answer(op, args, payload);
    this.#serving = false;
    try {
      if (answer.ok)
        writeFrame(this.#channel, ["ok", answer.value, before, this.#control.generation], answer.payload);
      else writeFrame(this.#channel, ["fail", answer.code, answer.message]);
    } catch {
      // It has asked for more than fits into an answer.
      this.#end();
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

  /** Gives back what the guest held, as soon as its process has ended, however that came. */
  async #watchEnd(): Promise<void> {
    const [code, signal] = await closeOf(this.#child);
    this.#host.stopListening();
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    const complaint = this.#complaint === "" ? "" : `: ${this.#complaint.trim()}`;
    // V8 ends its process so, for want of memory more than for anything else.
    const outOfMemory = signal === "SIGABRT";
    const message = `the interpreter ended ${how}${complaint}`;
    this.#died = new GuestDied(message, { outOfMemory, exceeded: this.#exceeded });
    await Promise.race([this.#host.close(), wait(CLOSE_MS, undefined, { ref: false })]);
    this.#control.close();
    this.#waiting?.reject(this.#died);
    this.#waiting = undefined;
  }
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
