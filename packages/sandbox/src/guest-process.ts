import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable } from "node:stream";
import { ControlBlock } from "./control-block.ts";
import { FrameReader, writeFrame } from "./frames.ts";
import { closeOf, spawnGuest, type GuestProgram } from "./spawn-guest.ts";
import { watchProcessor } from "./processor-time.ts";
import { GUEST_FDS, type GuestHeader, type HostHeader } from "./protocol.ts";
import { RemoteGuest, type Carrier, type EngineConfig, type RemoteGuestOptions } from "./remote-guest.ts";

const COMPLAINT_CHARS = 2000;

/** What a guest process is started with. */
export interface GuestProcessOptions extends RemoteGuestOptions, GuestProgram {}

/** An interpreter in a process of its own. */
export class GuestProcess extends RemoteGuest {
  /**
   * Starts a process and waits until its interpreter is ready.
   *
   * @throws Error when the one or the other does not come about; nothing is left of it then.
   */
  static async start(options: GuestProcessOptions, config: EngineConfig): Promise<GuestProcess> {
    const guest = new GuestProcess(options, await ProcessCarrier.start(options));
    await guest.boot(config);
    return guest;
  }
}

/** The way to an interpreter in a process: frames by one descriptor, a file for what it is to see at any time. */
class ProcessCarrier implements Carrier {
  readonly control: ControlBlock;
  readonly ended: Carrier["ended"];
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  #reader: FrameReader | undefined;
  #complaint = "";

  static async start(program: GuestProgram): Promise<ProcessCarrier> {
    const control = new ControlBlock();
    try {
      const child = spawnGuest(program, control);
      await once(child, "spawn");
      return new ProcessCarrier(child, control);
    } catch (error) {
      control.close();
      throw new Error("the interpreter did not start", { cause: error });
    }
  }

  private constructor(child: ChildProcess, control: ControlBlock) {
    this.#child = child;
    this.control = control;
    this.#channel = child.stdio[GUEST_FDS.channel] as Duplex;
    // A guest that ends in the middle of a frame breaks the channel; what matters is that it ended.
    this.#channel.on("error", () => undefined);
    child.on("error", () => undefined);
    (child.stdio[2] as Readable).setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_CHARS);
    });
    this.ended = this.#watchEnd();
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  listen(onFrame: (header: GuestHeader, payload: Uint8Array) => void): void {
    const reader = new FrameReader(onFrame);
    this.#reader = reader;
    this.#channel.on("data", (piece: Uint8Array) => {
      try {
        reader.push(piece);
      } catch {
        this.end();
      }
    });
  }

  send(header: HostHeader, payload?: Uint8Array): void {
    if (header[0] === "ok" || header[0] === "fail") this.#reader?.answered();
    writeFrame(this.#channel, header, payload);
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }

  watchProcessor(cpuMs: number, onExceeded: () => void): () => void {
    const timer = watchProcessor(this.#child, cpuMs, onExceeded);
    return () => clearInterval(timer);
  }

  async #watchEnd(): ReturnType<() => Carrier["ended"]> {
    const [code, signal] = await closeOf(this.#child);
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    const complaint = this.#complaint === "" ? "" : `: ${this.#complaint.trim()}`;
    // V8 ends its process so, for want of memory more than for anything else.
    return { message: `the interpreter ended ${how}${complaint}`, outOfMemory: signal === "SIGABRT" };
  }
}
