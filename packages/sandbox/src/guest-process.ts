import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable } from "node:stream";
import { ControlBlock } from "./control-block.ts";
import { GuestDied, type EngineOptions, type Guest, type OnOutput } from "./engine.ts";
import { FileServer } from "./file-server.ts";
import { FrameReader, writeFrame } from "./frames.ts";
import { readOutcome } from "./outcome.ts";
import {
  GUEST_FDS,
  type GuestConfig,
  type GuestHeader,
  type GuestOp,
  type GuestOutcome,
} from "./protocol.ts";

/** What a guest process is started with. */
export interface GuestProcessOptions extends EngineOptions {
  /** The guest's program, a real path. */
  readonly program: string;
  /** What it may read of the host's files: its own code and nothing else. Real paths. */
  readonly readable: readonly string[];
  /** A file that it inherits open. */
  readonly snapshotFd: number;
}

// Beside its timeout, code gets this long to end by itself once it is interrupted; then its process is ended.
const GRACE_MS = 500;
// The interpreter's memory is not counted here, only what JavaScript keeps beside it.
const HEAP_MIB = 256;
const BOOT_MS = 60_000;
const COMPLAINT_CHARS = 2000;

/** An interpreter in a process of its own: it reads its own code, and talks to nobody but this object. */
export class GuestProcess implements Guest {
  readonly #options: GuestProcessOptions;
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  readonly #control = new ControlBlock();
  readonly #files: FileServer;
  readonly #stopListening: () => void;
  readonly #ended: Promise<GuestDied>;
  #complaint = "";
  #onOutput: OnOutput | undefined;
  /** How much the guest has printed since it was given something to run, in bytes. */
  #printed = 0;
  /** Whether a call of the guest is under way. */
  #serving = false;
  /** Who waits for the guest to be ready, or to be done. */
  #waiting: PromiseWithResolvers<GuestOutcome | undefined> | undefined;

  constructor(options: GuestProcessOptions) {
    this.#options = options;
    this.#child = this.#spawn();
    this.#channel = this.#child.stdio[GUEST_FDS.channel] as Duplex;
    this.#files = new FileServer(options);
    this.#stopListening = options.vfs.onChange(() => this.#control.bump());
    const reader = new FrameReader((header, payload) => this.#onFrame(header, payload));
    this.#channel.on("data", (piece: Uint8Array) => this.#take(reader, piece));
    // A guest that ends in the middle of a frame breaks the channel; what matters is that it ended.
    this.#channel.on("error", () => undefined);
    (this.#child.stdio[2] as Readable).setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_CHARS);
    });
    this.#ended = this.#watchEnd();
  }

  /** Waits until the interpreter is ready. */
  async boot(config: Pick<GuestConfig, "engineUrl" | "snapshotBytes">): Promise<void> {
    const { mountPath, limits, callbacks } = this.#options;
    const { memoryBytes, outputBytes, scratchBytes } = limits;
    const names = Object.keys(callbacks);
    const ready = this.#answer();
    writeFrame(this.#channel, [
      "boot",
      { ...config, mountPath, memoryBytes, outputBytes, scratchBytes, callbacks: names },
    ]);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), BOOT_MS);
    try {
      await ready;
    } catch (error) {
      await this.kill();
      throw new Error("the interpreter did not start", { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async run(code: string, timeoutMs: number, onOutput: OnOutput): Promise<GuestOutcome> {
    this.#onOutput = onOutput;
    this.#printed = 0;
    const done = this.#answer();
    writeFrame(this.#channel, ["run", { code, timeoutMs }]);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), timeoutMs + GRACE_MS);
    try {
      return (await done) as GuestOutcome;
    } finally {
      clearTimeout(timer);
      this.#onOutput = undefined;
    }
  }

  interrupt(): void {
    this.#control.interrupt();
    const waiting = this.#waiting;
    // What does not end then has decided not to.
    setTimeout(() => {
      if (waiting !== undefined && this.#waiting === waiting) this.#child.kill("SIGKILL");
    }, GRACE_MS).unref();
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #spawn(): ChildProcess {
    const { program, readable, snapshotFd } = this.#options;
    const flags = ["--permission", ...readable.map((path) => `--allow-fs-read=${path}`)];
    const quiet = ["--no-warnings", `--max-old-space-size=${HEAP_MIB}`];
    return spawn(process.execPath, [...flags, ...quiet, program], {
      env: {},
      cwd: "/",
      stdio: ["ignore", "ignore", "pipe", "pipe", this.#control.fd, snapshotFd],
    });
  }

  #take(reader: FrameReader, piece: Uint8Array): void {
    try {
      reader.push(piece);
    } catch {
      // Not a word of it can be believed any more.
      this.#child.kill("SIGKILL");
    }
  }

  #onFrame(header: GuestHeader, payload: Uint8Array): void {
    switch (header[0]) {
      case "ready":
        return this.#settle(undefined);
      case "out":
        this.#printed += payload.length;
        // The guest keeps to its limit by itself, as long as it is ours.
        if (this.#printed > this.#options.limits.outputBytes) throw new Error("the guest prints on and on");
        return this.#onOutput?.(header[1], payload);
      case "done":
        return this.#settle(readOutcome(header[1]));
      default:
        if (this.#waiting === undefined || this.#serving)
          throw new Error("the guest calls out of turn, which could fill our memory");
        void this.#serve(header, payload);
    }
  }

  async #serve([op, ...args]: readonly [GuestOp, ...unknown[]], payload: Uint8Array): Promise<void> {
    this.#serving = true;
    const before = this.#control.generation;
    const answer = await this.#files.answer(op, args, payload);
    this.#serving = false;
    if (answer.ok)
      writeFrame(this.#channel, ["ok", answer.value, before, this.#control.generation], answer.payload);
    else writeFrame(this.#channel, ["fail", answer.code, answer.message]);
  }

  #answer(): Promise<GuestOutcome | undefined> {
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  #settle(outcome: GuestOutcome | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(outcome);
  }

  /** Gives back what the guest held, as soon as its process has ended, however that came. */
  async #watchEnd(): Promise<GuestDied> {
    const [code, signal] = (await once(this.#child, "close")) as [number | null, NodeJS.Signals | null];
    this.#stopListening();
    await this.#files.close();
    this.#control.close();
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    const died = new GuestDied(
      `the interpreter ended ${how}${this.#complaint === "" ? "" : `: ${this.#complaint.trim()}`}`,
    );
    this.#waiting?.reject(died);
    this.#waiting = undefined;
    return died;
  }
}
